"""Threads about money and medicine."""

from __future__ import annotations

from parley.demo.shapes import SILENCE, Step, Story, days, hours

STORIES = (
    Story(
        "alder", "complaint", "elif",
        "New card still not here after three weeks",
        """
        The app says "on its way". It has said so for three weeks. I am living on a cash withdrawal
        from the branch, like my grandfather did, but he had a hat for it.
        """,
        46.3,
        product="Debit card", when="Ordered three weeks ago", remedy="A card.", impact="money_held",
        steps=(
            Step(days(2), "ask", "noor", """
                Elif, has your address changed in the last few months? Only yes or no, please; the
                address itself does not belong here.
                """),
            Step(hours(5), "send_back", "elif", "Yes. I told the app, and it said thank you."),
            Step(days(3), "propose_resolution", "noor", """
                The app had told our accounts, and not our card printer. The card went to your old
                door; I have stopped it. A new one is at your branch and can be fetched today.
                """),
            SILENCE,
        ),
        me_too=(("yasmin", "affected"),),
    ),
    Story(
        "alder", "question", "pavel",
        "Why is my transfer pending for two days when the other bank says it is there?",
        """
        I paid the rent on Monday. The landlord has it. My account says "pending" and still shows
        the money as mine. I would love it to be true.
        """,
        12.2,
        steps=(
            Step(hours(9), "weigh_in", "sanjay", """
                The app only refreshes that list once you open the details of the entry. Tap it and
                go back. It is a well-known nuisance.
                """, side="helping"),
            Step(hours(15), "note", "pavel", """
                Tapped: no change. But the web page shows it as paid, so the app is wrong and the
                bank is right. I reinstalled the app, and now both agree.
                """),
            Step(hours(1), "confirm", "pavel", solved_by="myself"),
        ),
    ),
    Story(
        "alder", "complaint", "felix",
        "Account frozen for nine days, and nobody may tell me why",
        """
        On a Thursday my card stopped. The branch says that the account is "under review", that they
        cannot say what for, how long, or who does it.

        I do the books for a living. I am not asking you to skip a review. I am asking for three
        things that no law forbids:

        1. a person with a name
        2. a date by which I hear something, even if it is "not yet"
        3. a way to pay my rent, which is due on the first
        """,
        15.3,
        product="Current account", when="Nine days ago", impact="money_held",
        remedy="A name, a date, and the rent paid.",
        steps=(
            Step(days(1), "acknowledge", "noor", """
                Felix, I have read this, and I have asked the reviewing team for the three things.
                """),
            Step(hours(6), "weigh_in", "sanjay", """
                A word for the bank: if a review is of a certain sort, staff commit an offence by
                explaining it. But your first two points are fair, and point three is usually
                possible at the branch, in person, with the rent contract.
                """, side="defending"),
            Step(hours(5), "helped", "felix", post=2),
            Step(hours(10), "reply", "carlo", """
                They are crooks, the lot of them, and the one who runs the branch has a very nice
                car. Somebody should let the air out of its tyres. It stands in the yard behind the
                bakery from eight.
                """),
            Step(hours(11), "report", "noor", post=3, reason="threat", note="""
                A colleague's car and where it stands. I do not mind the first three words."""),
            Step(hours(3), "hide_post", "oda", """
                Anger at a bank is welcome here. Telling people where someone's car stands is not.
                """, post=3, reason="threat"),
            Step(days(1), "edit", "felix", """
                On a Thursday my card stopped. The branch says that the account is "under review",
                that they cannot say what for, how long, or who does it.

                I do the books for a living. I am not asking you to skip a review. I am asking for
                three things that no law forbids:

                1. a person with a name
                2. a date by which I hear something, even if it is "not yet"
                3. a way to pay my rent, which is due on the first

                (Added later: point 3 is solved, the branch did it by hand, as Sanjay said. Points
                1 and 2 are not.)
                """, post=0),
        ),
        me_too=(("hattie", "affected"), ("ines", "affected"), ("bram", "left")),
    ),
    Story(
        "alder", "complaint", "moira",
        "A fee for paying in coins, at a bank",
        """
        I run the till of a church fair once a year. 312 euros in coins, sorted, rolled, with a
        smile. The counter took 15 euros for counting them, though they were counted.
        """,
        73.2,
        product="Paying in at the branch", remedy="15 euros for the roof.", impact="nuisance",
        steps=(
            Step(days(3), "decline", "noor", """
                I am sorry, Moira, but the list of fees applies to every paying-in of more than 100
                coins, rolled or not. I cannot waive it.
                """),
            Step(days(1), "send_back", "moira", """
                I dispute it, with your own list beside me. Line 14 says "other than registered
                charities". The parish is one, and the paying-in slip says so.
                """),
            Step(days(3), "propose_resolution", "victor", """
                You read our list better than we did. Line 14 applies. The 15 euros are back on the
                parish's account, and the branches have been reminded of line 14.
                """),
            Step(days(2), "confirm", "moira", "The roof thanks you.", solved_by="vendor"),
        ),
        me_too=(("agnes", "works_now"),),
    ),
    Story(
        "alder", "idea", "lea",
        "Show what is still going to leave my account this month",
        """
        The balance is not what I have; it is what I have before rent, strings and the dentist. Let
        me see one more figure below it: what is left after everything that I already agreed to.
        """,
        21.1,
        steps=(
            Step(days(6), "mark", "victor", "With the app team, who asked for just this.",
                 state="considering"),
        ),
        me_too=(("pavel", "affected"), ("elif", "affected"), ("felix", "affected")),
    ),
    Story(
        "alder", "question", "yasmin",
        "Is there a branch with a counter that I can see over?",
        """
        From a chair I can see the underside of every counter you have. Which of the six branches
        has a low one, and is it open on Saturdays?
        """,
        0.4,
    ),
    # Wrenfield Pharmacy
    Story(
        "wrenfield", "complaint", "ines",
        "\"Ready to collect\" came two days before it was ready",
        """
        I crossed town for it, twice. Both times the young man at the counter was as surprised by
        the message as I was by the empty shelf.
        """,
        29.2,
        product="Repeat prescription", when="Last two months", impact="nuisance",
        remedy="A message that means what it says.",
        steps=(
            Step(days(1), "propose_resolution", "emeka", """
                The message went out when the *order* was complete, not the bag. I have changed
                which of the two sends it. And your next one comes by courier, on us.
                """),
            Step(days(12), "confirm", "ines", "This month: message, bag, done. Thank you.",
                 solved_by="vendor"),
        ),
        me_too=(("henrik", "works_now"), ("grace", "works_now")),
    ),
    Story(
        "wrenfield", "question", "grace",
        "May I collect my mother's medicine if she cannot come?",
        """
        She is 84 and the stairs have won. What do you need from me at the counter: her card, a
        letter, my own card, all three?
        """,
        3.4,
        steps=(
            Step(hours(2), "weigh_in", "agnes", """
                I did it for my husband for two years: his card, a note with his signature, and my
                own card the first time. After that they know your face.
                """, side="helping"),
            Step(hours(3), "helped", "grace", post=1),
            Step(hours(22), "answer", "emeka", """
                Agnes has it right. One thing to add: with the note we can also bring it to your
                mother, on weekdays before noon, at no charge. Tell the counter and we arrange it.
                """),
        ),
    ),
    Story(
        "wrenfield", "praise", "felix",
        "Night counter, four in the morning, a child with croup",
        """
        I do not know the name of the pharmacist with the green glasses. She explained the inhaler
        to a frightened father three times without once looking at the clock, and then rang at
        seven to ask how the night had been.

        It had been fine, from about ten past four.
        """,
        50.1,
        steps=(
            Step(days(1), "acknowledge", "emeka", """
                Ada, with the green glasses. She asks me to say that you were doing everything right
                before you came in. I am glad that all of you slept.
                """),
        ),
    ),
    Story(
        "wrenfield", "complaint", "henrik",
        "The leaflet in my box is in a language that I do not read",
        """
        The box is ours, the leaflet is from three countries further south. I could guess the dose
        from the drawing, but I would rather not guess.
        """,
        11.4,
        product="Eye drops", remedy="The right leaflet.", impact="safety",
        steps=(
            Step(hours(3), "weigh_in", "agnes", """
                Ring the shop and they read it out to you and post one the same day. They did for
                me. And do not guess, please.
                """, side="helping"),
            Step(hours(5), "helped", "henrik", post=1),
            Step(hours(17), "answer", "emeka", """
                An import, and the leaflet should have been swapped before it reached you. The right
                one is in your letter box tomorrow. Until then, the part that matters: one drop,
                each eye, morning and evening, for seven days.
                """),
            Step(hours(6), "send_back", "henrik", """
                Thank you, but the drawing shows two drops, and my doctor wrote two. Which is it?
                """),
            Step(hours(3), "answer", "emeka", """
                I rang your doctor's practice: **two**. I read the wrong strength from my screen,
                and I am sorry; that is the very mistake that a leaflet exists to prevent. I have
                written down how it came about, for our own safety record.
                """),
        ),
    ),
)
