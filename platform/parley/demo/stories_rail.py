"""Threads about Northwind Rail, and one about a parcel."""

from __future__ import annotations

from parley.demo.shapes import SILENCE, Step, Story, days, hours

STORIES = (
    Story(
        "northwind", "complaint", "ines",
        "Counter said my refund for the cancelled sleeper was through, and no money has come",
        """
        Our night train south was cancelled about an hour before it should have left. The woman at
        the counter was kind, stamped a slip, and told us the refund was "through". That was ten
        weeks ago.

        Since then I have called twice (forty minutes, then twenty-five) and sent one letter. Each
        time somebody can see the slip and nobody can see the money.

        I am not angry about the cancellation. A storm is a storm. I would only like to stop
        keeping a file about it.
        """,
        6.9,
        product="Sleeper, two berths", where="Counter at the main station",
        when="Ten weeks ago, late evening",
        remedy="The 214 euros, and an honest word about why it takes this long.",
        impact="money_held",
        steps=(
            Step(hours(11), "weigh_in", "tomasz", """
                Mine was stuck in the same place last year. A slip from the counter needs a
                second release by somebody in accounts, and the counter is not told about that
                step. Ask them whether the **second release** is missing; that phrase got mine
                moving within a day.
                """, side="helping"),
            Step(hours(2), "helped", "ines", post=1),
            Step(hours(1), "note", "ines", """
                Thank you, Tomasz. I had never heard of a second release, and apparently neither
                had the two people on the phone.
                """),
            Step(hours(25), "answer", "marta", """
                Ines, I am sorry, and Tomasz has it right. Slips written at the counter during the
                storm weeks were filed and never released. Yours was one of 340.

                I released it this morning and checked that it left our bank. 214 euros should
                reach you within three working days.

                We are now going through the other 339 without waiting for people to write.
                """),
        ),
        me_too=(
            ("lea", "affected"), ("pavel", "affected"), ("yasmin", "affected"),
            ("henrik", "affected"), ("felix", "affected"), ("grace", "works_now"),
            ("moira", "works_now"), ("carlo", "left"),
        ),
    ),
    Story(
        "northwind", "complaint", "yasmin",
        "No boarding ramp at Aldersee, for the third time in seven weeks",
        """
        I book assistance two days ahead, as your page asks. I get the confirmation. I arrive, and
        there is no ramp, and the person on the platform looks for a key to a cupboard that turns
        out to be empty.

        Yesterday two passengers and the guard lifted me in. They were lovely about it. It is also
        how people get dropped.

        The three times:

        - once the ramp was "at the other station"
        - once the cupboard was locked and nobody had the key
        - yesterday it was simply not there
        """,
        24.3,
        product="Boarding assistance", where="Aldersee, platform 2",
        when="Always the 7:40",
        remedy="A ramp that lives on the train, or a person at Aldersee who owns the cupboard.",
        impact="safety",
        steps=(
            Step(hours(22), "acknowledge", "marta", """
                Yasmin, this must not happen once, let alone three times. I have it in front of the
                station manager for Aldersee today. I do not have an answer for you yet, and I will
                not pretend otherwise.
                """),
            Step(days(2), "weigh_in", "tomasz", """
                Until it is solved: the 8:10 uses the newer sets with a ramp built into the second
                door. It is thirty minutes later and it stops at every milk churn, but it does not
                depend on a cupboard.
                """, side="helping"),
            Step(hours(5), "helped", "yasmin", post=2),
            Step(days(6), "note", "yasmin", """
                Took the 8:10 this week and it works. I also got to work late twice, so please do
                not read this as solved.
                """),
            Step(days(4.2), "reply", "grace", """
                Same cupboard, my mother, last year. We gave up and drove. Following this.
                """),
        ),
        me_too=(
            ("grace", "affected"), ("lea", "affected"), ("agnes", "affected"),
            ("sanjay", "affected"), ("oda", "affected"), ("elif", "left"),
        ),
    ),
    Story(
        "northwind", "question", "aiko",
        "Can I move a group ticket for 26 children to another day?",
        """
        Year five was going to the salt mine on Thursday. Half of year five now has chickenpox.

        Can I move the group ticket by two weeks without buying it again? The booking page offers
        me "cancel, 80 % fee" and nothing else, which cannot be the whole truth.
        """,
        4.2,
        steps=(
            Step(hours(5), "weigh_in", "tomasz", """
                It is not the whole truth. Group tickets may be moved once, free of charge, up to
                noon on the day before. The page cannot do it; the group desk can, by phone, and it
                opens at seven. Have the booking number and the new train ready.
                """, side="helping"),
            Step(hours(14), "helped", "aiko", post=1),
            Step(hours(1), "note", "aiko", """
                The group desk wants a written yes from Northwind because we are over 25. So: dear
                Northwind, may we? Twenty-six scabby children would be grateful.
                """),
        ),
        me_too=(("bram", "affected"), ("moira", "affected")),
    ),
    Story(
        "northwind", "question", "milo",
        "Ticket machine at Brennach kept my twenty euros, who do I ask?",
        """
        The machine took the note, thought about it, then went back to its start screen. No ticket,
        no money, no paper. There is a phone number on it but the last two digits are scratched
        off.
        """,
        41.1,
        steps=(
            Step(hours(21), "ask", "marta", """
                Milo, we can trace that. Could you tell me roughly what time it was, and whether
                it was the machine by the stairs or the one by the kiosk? Each keeps its own log.
                """),
            SILENCE,
        ),
    ),
    Story(
        "northwind", "praise", "lea",
        "Heating in coach 4 mended before the second stop",
        """
        Coach 4 was a fridge this morning. I told the guard, expecting a shrug, and he came back
        ten minutes later with a toolbox and a colleague called **Urs**. By the second stop my
        fingers worked again, which for a cellist on the way to an audition is no small thing.

        Urs, if this reaches you: I got the place.
        """,
        19.1,
        steps=(
            Step(hours(24), "acknowledge", "marta", """
                It has reached him. He read it twice, went a bit pink, and said the fan belt had it
                coming. Congratulations from everyone in the depot.
                """),
            Step(hours(4), "reply", "moira", "This has cheered up a wet week. Well played."),
        ),
    ),
    Story(
        "northwind", "idea", "pavel",
        "Show the order of the coaches before the train comes in",
        """
        Every morning two hundred people walk the length of platform 3 because nobody knows whether
        the bicycle coach is at the front or at the back today.

        You know the order: it is on the driver's sheet. Put it on the screen five minutes before,
        even as plain letters. `A B C bike D` would do.
        """,
        78.2,
        steps=(
            Step(hours(30), "weigh_in", "tomasz", """
                A detail that may save them months: the order is already in the feed that the
                station screens read, in the field for the platform section. It is sent empty on
                the regional lines. So this may need one person with a form, and no new software.
                """, side="helping"),
            Step(hours(14), "helped", "pavel", post=1),
            Step(days(3), "mark", "jonas", "Passed to the timetable team with Tomasz's remark.",
                 state="considering"),
            Step(days(20), "mark", "jonas", "The field can be filled. We start with lines 3 and 7.",
                 state="planned"),
            Step(days(18), "update", "marta", """
                Trial on platform 3 from Monday. If the letters and the train disagree, tell us
                here, with the time.
                """),
            Step(days(2), "reply", "lea", "They agreed all week. Five times the right way."),
            Step(days(24), "mark", "jonas", """
                Live on all regional lines since this morning. Thank you, Pavel, for the idea, and
                Tomasz for knowing where the empty field was.
                """, state="shipped"),
        ),
        me_too=(
            ("lea", "affected"), ("sanjay", "affected"), ("yasmin", "affected"),
            ("carlo", "works_now"), ("ines", "works_now"),
        ),
    ),
    Story(
        "northwind", "idea", "moira",
        "A quiet coach on the evening regional trains",
        """
        Night trains have one and it works beautifully. On the 18:05 I now know the outcome of
        somebody's custody case and I did not want to.

        One coach, a sign, and a guard who is allowed to point at the sign.
        """,
        47.3,
        steps=(
            Step(days(3.1), "weigh_in", "tomasz", """
                The 18:05 has five coaches, and the last one is locked until the second stop to
                save heating. If that one opened from the start it could be the quiet one and
                nobody would lose a seat.
                """, side="helping"),
            Step(hours(20), "helped", "moira", post=1),
            Step(days(9), "mark", "jonas", "Liked by the guards, which is half the work.",
                 state="considering"),
            Step(days(14), "mark", "jonas", """
                Planned for the next timetable on the 18:05 and the 18:35, in the last coach.
                """, state="planned"),
        ),
        me_too=(("ines", "affected"), ("aiko", "affected"), ("felix", "affected")),
    ),
    Story(
        "northwind", "idea", "felix",
        "Let me choose a seat that faces forwards",
        """
        I get sick travelling backwards, and the seat map does not say which way the train goes.
        A small arrow would do.
        """,
        3.3,
        me_too=(("grace", "affected"), ("elif", "affected")),
    ),
    Story(
        "northwind", "question", "sanjay",
        "Does one bicycle reservation cover a tandem?",
        """
        My daughter and I have a tandem and want to take it over the pass. The form offers
        "bicycle" and "folding bicycle". Is a tandem one, two, or forbidden?
        """,
        29.9,
        steps=(
            Step(hours(1.5), "weigh_in", "tomasz", """
                Two reservations, side by side, and it must be a train with the long bay: on the
                pass that is the 9:20 and the 15:20. The small trains have hooks and a tandem will
                not hang.
                """, side="helping"),
            Step(hours(12), "reply", "ines", """
                We did it last year just like that. Board by the door with the bicycle painted on
                it. The other one has a step that will hate you.
                """),
            Step(hours(30), "helped", "sanjay", post=1),
            Step(hours(0.1), "helped", "sanjay", post=2),
            Step(days(2), "confirm", "sanjay", "Over the pass and back again. Lovely day.",
                 solved_by="community", posts=(1, 2)),
        ),
    ),
    Story(
        "northwind", "complaint", "carlo",
        "Bicycle space 12 on line 7 sold to me and to somebody else",
        """
        I had space 12. So did a gentleman with a cargo bike and a dog. We compared tickets: same
        train, same coach, same space. The guard decided for the dog.

        I waited two hours for the next train, in the rain, and missed a lunch that I was supposed
        to cook.
        """,
        36.2,
        product="Bicycle reservation", where="Line 7, southbound", when="Last Sunday, the 9:20",
        remedy="My 9 euros, and a system that can count to one.",
        steps=(
            Step(days(2), "propose_resolution", "marta", """
                Carlo, I apologise, above all to the people who missed your lunch. I have refunded
                the 9 euros and added a voucher for 20.
                """),
            Step(hours(26), "send_back", "carlo", """
                Thanks for the money. But it happened again today, to the woman next to me, with
                space 8. A voucher does not fix that, and I asked for both halves.
                """),
            Step(days(5), "update", "marta", """
                You were right to send it back. Two sales systems hand out the same spaces when the
                connection between them drops. We have blocked bicycle sales in one of them.
                """),
            Step(days(4), "propose_resolution", "marta", """
                Since the block, four days and 61 trains on line 7 without one double sale; I have
                read the list myself. The permanent repair comes with the next release; until then
                bicycle spaces are sold in the app and at the counter, and no longer at machines.
                """),
            Step(days(3), "confirm", "carlo",
                 "Sunday, space 12, alone with my bicycle. Closed, and thank you.",
                 solved_by="vendor"),
        ),
        me_too=(
            ("sanjay", "works_now"), ("pavel", "affected"), ("aiko", "works_now"),
            ("henrik", "affected"),
        ),
    ),
    Story(
        "northwind", "complaint", "henrik",
        "Sixty euros surcharge although my pass was valid",
        """
        My yearly pass renewed itself at midnight. At 00:20, on the last train, the inspector's
        device did not know the new one yet, so I was charged as a passenger without a ticket.

        I showed the receipt for the renewal. He agreed that it was odd, and charged me anyway,
        because "the device decides".
        """,
        27.1,
        product="Yearly pass", where="Last train north", when="In the first minutes of the month",
        remedy="The 60 euros back, and a device that does not decide.",
        impact="money_held",
        steps=(
            Step(days(3), "decline", "marta", """
                Henrik, our conditions say that a pass must be readable at the time of inspection,
                and the surcharge follows from that. Accounts will not lift it, and I have to pass
                on their no.
                """),
            Step(days(1), "weigh_in", "bram", """
                In fairness to the inspectors: they lose a shift's bonus when they waive one by
                hand. I shared a canteen with them for years. It is not the man on the train who
                should be arguing here.
                """, side="defending"),
            Step(hours(20), "report", "pavel", post=2, reason="false_identity", note="""
                He says supplier, but sharing a canteen and knowing about bonuses sounds like an
                employee to me. Could somebody ask him?
                """),
            Step(hours(28), "send_back", "henrik", """
                I dispute this. The pass *was* readable; your device had last been updated at
                22:00. I paid for a year, not for a year minus the hours that your update takes.

                And yes, Bram, I agree about the inspector. My quarrel is with the rule.
                """),
            Step(days(1.8), "acknowledge", "marta", """
                That is a fair point about the 22:00 update. I have asked for the device's log and
                put the case to a different person than the one who said no.
                """),
        ),
        me_too=(("pavel", "affected"), ("elif", "affected")),
    ),
    Story(
        "northwind", "question", "grace",
        "Do children's passes count on night trains?",
        """
        Mine are seven and nine and have the regional pass. Does it make the berth cheaper, or only
        the seat? The page says "reduced where applicable", and that is not an amount.
        """,
        55.3,
        steps=(
            Step(days(2), "answer", "marta", """
                Only the seat. The pass takes the fare part to zero, the berth costs 29 euros for
                each child. If they share one berth (allowed up to ten years), you pay it once.
                """),
            SILENCE,
        ),
    ),
    Story(
        "northwind", "complaint", "lea",
        "The app signs me out in every tunnel and then wants a code by text message",
        """
        There is no text message in a tunnel. There is, however, an inspector.

        I have started to print my tickets like it is 1998.
        """,
        62.2,
        product="Ticket app on Android", where="Every tunnel on line 2", when="For about a month",
        remedy="Let the ticket stay visible when I am offline.",
        impact="nuisance",
        steps=(
            Step(days(4), "propose_resolution", "marta", """
                Version 5.2, out today, keeps tickets for the day on the phone, signed in or not.
                Could you try it on your way home?
                """),
            Step(days(3), "confirm", "lea", "Three tunnels, one ticket, no drama. Thank you.",
                 solved_by="vendor"),
            Step(days(33), "reopen", "lea", """
                It is back since the last update. Same tunnel, same empty screen. I have sent the
                version number from the settings page: 5.4.1.
                """),
            Step(days(1), "acknowledge", "marta", """
                Confirmed here on two phones. I have told the app team that it was fixed once and
                should have stayed fixed.
                """),
        ),
        me_too=(("pavel", "affected"), ("ines", "affected"), ("bram", "affected")),
    ),
    Story(
        "northwind", "complaint", "dana",
        "Refund granted in the storm weeks, still nothing on my account",
        """
        The counter gave me a slip, the slip says granted, my bank says no. It is 88 euros and I
        am a student, so it is not nothing.
        """,
        4.9,
        product="Regional return ticket", remedy="88 euros.", impact="money_held",
        steps=(
            Step(hours(38), "decline", "marta", """
                Dana, you are right, and you do not need a thread of your own: this is the same
                fault as in Ines's thread. Your slip is in the pile that we are releasing this
                week. I close this one as a duplicate, and the other carries the news for both.
                """,
                duplicate_of=(
                    "Counter said my refund for the cancelled sleeper was through, and no money"
                    " has come"
                )),
        ),
    ),
    Story(
        "northwind", "complaint", "elif",
        "Lost property desk has my umbrella and will not say where it is",
        """
        I have a mail that says "found". I have a desk that says "not here". Somewhere between the
        two is a yellow umbrella with a duck's head.
        """,
        33.4,
        product="Lost property", remedy="The duck.", impact="nuisance",
        steps=(
            Step(hours(8), "reply", "pavel", """
                Things found on line 3 spend a week at the terminus first. Nobody there answers the
                phone, but they do open the door.
                """),
            Step(days(2), "withdraw", "elif"),
        ),
    ),
    Story(
        "northwind", "consultation", "jonas",
        "Which late train should stay on Sundays?",
        """
        From the next timetable on we have crews for one late train on Sundays instead of two.
        Before we decide we would like to hear from the people who would stand on the platform.

        1. Keep the **22:10**, which meets the last bus in the valley.
        2. Keep the **23:05**, which waits for the concert hall.

        Tell us which, and what you would do without it. I will write here what we decided and why,
        also if it is not what most of you asked for.
        """,
        11.2,
        steps=(
            Step(hours(4), "reply", "lea", """
                The 23:05. Rehearsals end at half past ten, and without it I have a cello and a
                two-hour walk.
                """),
            Step(hours(16), "reply", "grace", """
                The 22:10, please. Late shift ends at 21:30 and the bus is the only one up the
                hill. The concert people have taxis more often than the ward people do.
                """),
            Step(days(1), "reply", "sanjay", "Either, but tell us before the holidays begin."),
            Step(days(3), "update", "jonas", """
                Thank you so far. A question back to the 23:05 people: would 22:40 help you, or is
                it too early to be any use? The crew could do that one.
                """),
            Step(hours(5), "reply", "ines", """
                22:40 would get me from the concert hall if I skip the encore. I would skip it.
                """),
        ),
    ),
    Story(
        "corvane", "complaint", "agnes",
        "Parcel signed for by a neighbour who does not exist",
        """
        The note says it was left with number 14. We are a terrace of twelve.

        It is a heated propagator for my tomatoes, and the seeds will not wait for a parcel firm.
        """,
        38.3,
        product="Next-day parcel", where="Our street, twelve houses long", when="Last week",
        remedy="Tell me whose handwriting that is.",
        steps=(
            Step(hours(20), "reply", "moira", """
                Try the number 14 in the *road* of the same name on the other side of the river.
                Mine spend their holidays there.
                """),
            Step(days(2), "note", "agnes", """
                It was not there either, but the people were charming and now I have their spare
                courgettes.
                """),
            Step(days(4), "confirm", "agnes", """
                Found it myself in the end, behind the bins of the chapel, dry and in one piece.
                """, solved_by="myself"),
        ),
        me_too=(("moira", "affected"), ("hattie", "affected")),
    ),
)
