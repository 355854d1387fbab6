"""Threads about the line, the power, the flat and the lamp."""

from __future__ import annotations

from parley.demo.shapes import SILENCE, Step, Story, days, hours

STORIES = (
    Story(
        "brightline", "complaint", "moira",
        "The router gives up every evening at eight",
        """
        You could set a clock by it. At eight, give or take a minute, everything stops for about
        ten minutes, and then comes back as though nothing had happened. I have missed the
        beginning of every film since we moved in.

        I have turned it off and on. I have spoken to it nicely.
        """,
        2.05,
        product="Home 200, the white router", where="Kitchen shelf", when="Every evening",
        remedy="A film with a beginning.", impact="nuisance",
        steps=(
            Step(hours(2), "weigh_in", "tomasz", """
                That is the automatic channel search; it runs at 20:00 unless told otherwise. In
                the router's page: *Wireless*, then *Advanced*, then set the search to 04:00. Takes
                a minute and survives restarts.
                """, side="helping"),
            Step(hours(0.7), "helped", "moira", post=1),
            Step(hours(0.9), "confirm", "moira", "Eight o'clock has come and gone. Bless you.",
                 solved_by="community", posts=(1,)),
        ),
        me_too=(("agnes", "works_now"), ("lea", "works_now"), ("felix", "affected")),
    ),
    Story(
        "brightline", "complaint", "hattie",
        "Moved out months ago, still paying for the line at the old flat",
        """
        I gave notice, I have the confirmation, I sent the router back and have the postal receipt.
        Five months later I am still being charged 39 euros a month for internet in a flat where
        somebody else now lives.

        Each chat ends with "it will stop next month". It is a very patient kind of next month.
        """,
        16.1,
        product="Home 500", when="Five monthly bills since I left",
        remedy="195 euros back and a bill for zero that I can frame.", impact="money_held",
        steps=(
            Step(days(2), "ask", "priya", """
                Hattie, that is embarrassing, and I would like to end it today. Do you still have
                the number at the bottom of the confirmation? It starts with K. The number only,
                please; no address here in the open.
                """),
            Step(hours(7), "send_back", "hattie", "It is K-20417. I have it on the fridge."),
            Step(days(4.8), "propose_resolution", "priya", """
                Found: your notice was filed under the new tenant's contract, so nobody stopped
                yours. It is stopped now. 195 euros went out this afternoon, and you will get a
                final bill that says 0.00. Suitable for framing.
                """),
        ),
        me_too=(("elif", "affected"), ("bram", "left")),
    ),
    Story(
        "brightline", "question", "ines",
        "Can I take my phone number with me if I leave?",
        """
        It was my grandmother's number. I am thinking about another provider, and the number is the
        one thing I would not give up.
        """,
        66.3,
        steps=(
            Step(days(1), "answer", "priya", """
                Yes. The number is yours. Ask the *new* provider to fetch it, and do not cancel
                with us first: a cancelled line loses its number after thirty days. We must release
                it within one working day and we charge nothing.
                """),
            Step(days(1), "confirm", "ines", "Clear and kind, thank you. I am staying.",
                 solved_by="vendor"),
        ),
    ),
    Story(
        "brightline", "complaint", "sanjay",
        "Engineer did not come, twice, and both visits are marked as done",
        """
        Two days off work, two windows of "between eight and one", two visits that your system says
        took place. The second one apparently lasted 45 minutes and I offered no coffee.

        I still have no line.
        """,
        49.1,
        product="New connection", where="At home, waiting", when="Two Tuesdays in a row",
        remedy="One visit that happens.", impact="no_service",
        steps=(
            Step(days(1), "ask", "priya", """
                Sanjay, I am sorry. So that I send them to the right door: is there a second
                entrance at the back? The engineer's note for both visits mentions a green gate.
                """),
            Step(hours(4), "send_back", "sanjay", """
                There is no green gate. There is one in the street behind ours with the same house
                number. I think you have connected somebody else.
                """),
            Step(days(1.6), "update", "declan", """
                We have. A surprised family now owns two fibre lines. We are correcting the map.
                """),
            Step(days(2), "propose_resolution", "priya", """
                The engineer was with you this morning and the line tested at 480 down. You get the
                first two months free for the two lost days.
                """),
            Step(days(1), "confirm", "sanjay", "Working, and the engineer did get a coffee.",
                 solved_by="vendor"),
        ),
    ),
    Story(
        "brightline", "complaint", "pavel",
        "Price went up in month three of a fixed price",
        """
        "Fixed for 24 months" was the headline. In month three I pay 2.40 more. I was told that the
        *price* is fixed and the *service fee* is not. I do not know a word for that which I would
        use in public.
        """,
        58.9,
        product="Home 200", remedy="The price on the poster.", impact="nuisance",
        steps=(
            Step(days(2.6), "decline", "declan", """
                Pavel, the service fee stands on page two of the contract, and it follows the cost
                of the line that we rent. We will not take it back. We have changed the poster,
                which now shows both amounts in the same size. It should have from the start.
                """),
            Step(days(1), "weigh_in", "henrik", """
                For what it is worth, the rent of the line did go up by about that much; every
                network pays it. The poster is a different matter.
                """, side="defending"),
            SILENCE,
        ),
        me_too=(("carlo", "left"), ("yasmin", "left"), ("agnes", "affected")),
    ),
    Story(
        "brightline", "idea", "felix",
        "Tell us about planned works the day before, in one line",
        """
        I work from home and so does half the street. A message by six in the evening, "no line
        tomorrow from nine to eleven", would turn a lost morning into a morning at the library.
        """,
        22.3,
        steps=(
            Step(days(5), "mark", "declan", """
                We know the times two days ahead, so nothing stands in the way but us. I am finding
                out what it takes.
                """, state="considering"),
        ),
        me_too=(("grace", "affected"), ("hattie", "affected"), ("ines", "affected")),
    ),
    Story(
        "brightline", "idea", "grace",
        "Leave the cables out of the box for people who have them",
        """
        I now own seven identical network cables and five power supplies. Let people tick "router
        only" and give the difference to somebody planting trees.
        """,
        44.1,
        steps=(
            Step(days(6), "mark", "declan", """
                We looked at it properly. The boxes are packed and sealed at the factory, and
                opening them here would cost more, in money and in lorries, than the cables weigh.
                We have asked the factory for a version without, and they said not for our numbers.
                So no, for now. Old cables are welcome in the returns bag.
                """, state="declined"),
            Step(days(1), "note", "grace", "A no with reasons. I will take that."),
        ),
    ),
    Story(
        "brightline", "praise", "yasmin",
        "Priya stayed on the line until my mother's television spoke Turkish",
        """
        It was not even a fault. My mother had pressed something. Priya spent half an hour finding
        out what, in the dark, by having her describe the pictures on the buttons.

        There is a special place for such people, and I hope it has good coffee.
        """,
        13.1,
        steps=(
            Step(hours(23), "acknowledge", "priya", """
                It was the button with the little globe. Please tell your mother that I enjoyed
                every minute, and that I will look up the series she recommended.
                """),
        ),
    ),
    Story(
        "brightline", "complaint", "ruben",
        "The fibre box on my wall hums in B flat",
        """
        I tune pianos for a living, so I can tell you that it is a B flat, slightly sharp, and that
        it is there day and night. It began when the box was replaced after the storm.

        You cannot hear it during the day in a kitchen. You can hear it at night in a flat with one
        room, and you can hear it while tuning an A.
        """,
        58.3,
        product="Wall box, the square one", where="Above my desk", when="Since the replacement",
        remedy="A box that is silent, or one that hums in tune.", impact="nuisance",
        steps=(
            Step(days(2), "acknowledge", "priya", "Passed to the people who know the boxes."),
            Step(days(6), "ask", "priya", """
                Could you hold a phone to it for half a minute and tell us whether the hum changes
                when you unplug the small white cable?
                """),
            Step(hours(28), "send_back", "ruben", """
                It stops when I unplug the white cable, and so does the internet. That seems to be
                the choice on offer.
                """),
            Step(days(11), "answer", "priya", """
                It is the power supply of that series, not the box. A different one is in the post;
                you only need to swap the plug.
                """),
            Step(days(6), "send_back", "ruben", """
                Swapped. It now hums an octave lower. An improvement, in a sense, but no.
                """),
            Step(days(26.8), "propose_resolution", "priya", """
                Ruben, we had to order the supply with the metal case, hence the wait. It went out
                today by tracked post. I listened to one for ten minutes with my ear on it, and
                heard nothing except my colleagues laughing.
                """),
        ),
        me_too=(("henrik", "affected"), ("lea", "affected")),
    ),
    Story(
        "brightline", "complaint", "aiko",
        "Whole street without a line since the storm, and the status page is green",
        """
        Nine houses, two of them with people who need the line for their alarm buttons. Your status
        page says that everything is fine. From here it is not.
        """,
        0.95,
        product="All of them", where="The lower end of our street", when="Since last night",
        remedy="A line first, a truthful page second.", impact="no_service",
        steps=(
            Step(hours(3), "weigh_in", "henrik", """
                The green page watches the exchange and not the cabinets, so it will stay green.
                Report it as **several houses at once** on the emergency number: that opens a
                different kind of ticket, and the alarm buttons give it priority.
                """, side="helping"),
            Step(hours(0.4), "helped", "aiko", post=1),
        ),
        me_too=(("pavel", "affected"), ("felix", "affected")),
    ),
    Story(
        "brightline", "question", "elif",
        "Do you offer a fixed address for a small server at home?",
        """
        I host the website of our allotment club, forty visitors a week, and every time the router
        restarts the address changes and I get forty phone calls.
        """,
        9.2,
        steps=(
            Step(hours(6), "edit", "elif", """
                I host the website of our allotment club, forty visitors a week, and every time the
                router restarts the address changes and I get forty phone calls.

                (Edited to add: it is about the old kind of address. The new kind already stays
                the same.)
                """, post=0),
            Step(hours(40), "answer", "priya", """
                Yes, for 3 euros a month, and it can be cancelled monthly. It is not on the price
                page, which I have just reported. Say the word here or in the app under *Extras*.
                """),
        ),
    ),
    # Greyfell Energy
    Story(
        "greyfell", "complaint", "grace",
        "Estimated bill is three times what the meter says",
        """
        I send a photograph of the meter every month. You send me an estimate every month. The
        estimate believes that I run a bakery.

        Meter: 212. Bill: 640. I am a nurse with two lamps.
        """,
        69.2,
        product="Electricity, monthly billing", when="Three bills in a row",
        remedy="Read the photograph.", impact="money_held",
        steps=(
            Step(days(4), "propose_resolution", "catrin", """
                Grace, your photographs were filed under the meter that was taken out when yours
                was exchanged. I have moved them, and the three bills are corrected. 171 euros come
                off your next payment, or back to your account if you prefer.
                """),
            Step(days(2), "confirm", "grace", "Corrected, and I chose the account. No bakery.",
                 solved_by="vendor"),
        ),
        me_too=(("pavel", "works_now"), ("oda", "affected")),
    ),
    Story(
        "greyfell", "question", "lea",
        "What becomes of my fixed rate when I move across the street?",
        """
        Same supplier, same street, other side. On the phone one person said that the rate moves
        with me, and another said that it ends and I begin anew at today's price. The difference is
        300 euros a year.

        Which of the two was right?
        """,
        31.1,
        steps=(
            Step(days(2), "weigh_in", "elif", """
                When I moved, three years ago, it went with me. But I had to ask for it *before*
                the last reading, and I would get it in writing.
                """, side="helping"),
            Step(days(10), "note", "lea", "I move in nine days. Somebody, anybody?"),
        ),
        me_too=(("hattie", "affected"), ("ines", "affected")),
    ),
    Story(
        "greyfell", "complaint", "carlo",
        "Same direct debit taken twice on one morning",
        """
        118 euros at 6:02 and 118 euros at 6:03. At 6:04 my account was below zero and the bank
        added its own little fee. I would like all three numbers to go away.
        """,
        53.1,
        product="Gas and electricity", remedy="118 euros, plus the 7.50 from the bank.",
        impact="money_held",
        steps=(
            Step(days(1), "propose_resolution", "catrin", """
                Carlo, our bank ran one file twice; it hit 212 people. The second debit has been
                returned, and I added the 7.50. You did not need to send a receipt for that.
                """),
            SILENCE,
            Step(days(4), "confirm", "carlo", """
                I have been on the road and forgot about this. It did arrive, all of it.
                """, solved_by="vendor"),
        ),
        me_too=(("elif", "works_now"),),
    ),
    Story(
        "greyfell", "idea", "yasmin",
        "One page a year that a person can read",
        """
        What I used, what it cost, how it compares with last year, what I could change. No pie
        chart with nine colours. My late uncle wrote such a page for his tenants, by hand, and
        nobody ever rang him up.
        """,
        25.2,
        me_too=(("moira", "affected"), ("felix", "affected"), ("agnes", "affected")),
    ),
    Story(
        "greyfell", "complaint", "ines",
        "Meter cupboard in the stairwell left open after the reading",
        """
        The reader came, read, and went, and left the cupboard on the ground floor open with the
        live rail in plain sight. Three small children live on that floor.

        I closed it with tape. Tape is not a lock.
        """,
        14.3,
        product="Yearly reading", where="Stairwell, ground floor", when="Monday morning",
        remedy="Somebody with the right key, soon, and a word with whoever forgot.",
        impact="safety",
        steps=(
            Step(hours(22), "answer", "catrin", """
                Thank you for the tape, and for telling us. A colleague passed by at noon and
                locked it. The firm that reads for us has been told.
                """),
            Step(hours(8), "send_back", "ines", """
                He locked the left door. The right one, with the rail, has a broken latch and
                swings open when the front door slams.
                """),
            Step(days(3), "answer", "catrin", """
                You were right, and I apologise for the half job. The latch was replaced this
                morning, and both doors now have our seal. If a seal is ever broken, the number
                printed on it rings a person, also at night.
                """),
        ),
    ),
    Story(
        "greyfell", "question", "bram",
        "Is the night rate worth it for somebody who bakes at four?",
        """
        My oven runs from four to seven in the morning. The night rate ends at six. Has anyone done
        the sums for something like this?
        """,
        17.2,
        steps=(
            Step(hours(6), "weigh_in", "elif", """
                I did them for my sister's café. It pays if more than about 55 % of what you use
                falls before six. Switch the proving cabinet on at three and you are probably over.
                """, side="helping"),
            Step(hours(10), "helped", "bram", post=1),
            Step(days(1), "reply", "pavel", """
                My cousin rents out batteries by the month, good ones, and gives a discount to
                anyone who names me. I can put you in touch.
                """),
            Step(days(12), "report", "lea", post=2, reason="spam", note="""
                Friendly enough, but it is a sales pitch with a reward for the person who makes it.
                """),
        ),
    ),
    # Lindqvist Homes and Oslo Light have no account here yet.
    Story(
        "lindqvist", "complaint", "yasmin",
        "Deposit not returned eleven weeks after I handed over the keys",
        """
        The handover took nine minutes. The man from the office wrote "no defects" and we both
        signed. That was eleven weeks ago.

        Since then:

        - two mails, not answered
        - one call, "the colleague is on holiday"
        - one call, "there is no colleague of that name"

        It is 2,400 euros. I need it for the deposit of the flat I am in now, which I am paying off
        in instalments to a landlord who does answer.
        """,
        52.3,
        product="Flat, two rooms", when="Eleven weeks ago",
        remedy="The deposit. The interest they can keep, if they say sorry.", impact="money_held",
        steps=(
            Step(days(3), "reply", "felix", """
                Send one registered letter with a date, two weeks ahead. Mine came back in full
                four days after that letter, without a word.
                """),
            Step(days(1), "helped", "yasmin", post=1),
            Step(days(20), "note", "yasmin", "Letter sent, signed for, not answered."),
        ),
        me_too=(
            ("felix", "works_now"), ("ines", "affected"), ("henrik", "affected"),
            ("aiko", "affected"), ("lea", "affected"), ("bram", "left"),
        ),
    ),
    Story(
        "lindqvist", "complaint", "carlo",
        "The caretaker who keeps our spare keys, and where to find him",
        """
        He has keys to forty flats on a nail in his hallway. Since the office does nothing, here is
        his name and where he lives, so that all of you can ring *his* bell at night.
        """,
        40.2,
        remedy="New locks.", impact="safety",
        steps=(
            Step(hours(16), "report", "aiko", post=0, reason="personal_data", note="""
                The keys are a real problem, but this sends people to a man's door."""),
            Step(hours(5), "hide_thread", "oda", """
                The worry about the keys is fair and may be told again without the name and the
                address. A private person's door is no place to complain.
                """, reason="personal_data"),
        ),
    ),
    Story(
        "oslo", "question", "henrik",
        "Where do I send a lamp that came with a cracked socket?",
        """
        The leaflet says "contact your dealer". I bought it from Oslo Light directly, so the dealer
        is Oslo Light. Their form asks for a dealer number.

        I have a lamp, a box, and nobody to post it to.
        """,
        18.1,
        steps=(
            Step(days(2), "reply", "oda", """
                My sister put "0000" into the dealer field and got a label. No promises.
                """),
            Step(days(1), "note", "henrik", """
                0000 gives me "dealer closed". I admire the thought, though.
                """),
        ),
        me_too=(("agnes", "affected"), ("ines", "affected")),
    ),
    Story(
        "oslo", "complaint", "ines",
        "Dimmer hums, and grows too warm to touch",
        """
        The dimmer that came with the *Fjell* floor lamp is at about 60 degrees after an hour. I
        measured it with a kitchen thermometer, which I have since retired from kitchen work.

        I have unplugged it. If you own the same lamp, please put a hand on the dimmer tonight.
        """,
        9.9,
        product="Fjell floor lamp, with the black dimmer", where="Living room",
        when="From the first evening", remedy="A recall, if I am not the only one.",
        impact="safety",
        steps=(
            Step(days(1), "reply", "sanjay", """
                Did as you said. Mine is warm but not hot. It has a grey dimmer, so perhaps an
                older one.
                """),
            Step(hours(14), "reply", "aiko", "Black dimmer here, and hot. Unplugged."),
            Step(hours(12), "helped", "ines", post=2),
        ),
        me_too=(("aiko", "affected"), ("pavel", "affected")),
    ),
)
