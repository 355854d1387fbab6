"""Threads about books, kettles and vegetables."""

from __future__ import annotations

from parley.demo.shapes import SILENCE, Step, Story, days, hours

STORIES = (
    Story(
        "morrow", "complaint", "aiko",
        "Charged twice for the annual plan of the reading club",
        """
        Once on the day I joined and once four days later, both times 72 euros. The second mail
        even begins "Welcome back", although I had not yet been anywhere.
        """,
        5.2,
        product="Reading club, annual plan", remedy="One of the two 72s.", impact="money_held",
        steps=(
            Step(hours(20), "propose_resolution", "hattie", """
                Aiko, our form accepts a second press of the button if the first one is slow. Yours
                was slow. 72 euros are on their way back, and the button now goes grey when it is
                pressed. I looked for others and found six; they have been paid back too.
                """),
            Step(hours(26), "confirm", "aiko", "Arrived already. Welcome back to my 72 euros.",
                 solved_by="vendor"),
        ),
        me_too=(("sanjay", "works_now"), ("lea", "works_now")),
    ),
    Story(
        "morrow", "question", "ines",
        "Will the third volume of the lighthouse trilogy be translated?",
        """
        I bought volumes one and two from you because a handwritten card on the shelf said they were
        worth it. They were. The third came out in the original six years ago, and I do not read
        Icelandic, although I am beginning to consider it.
        """,
        8.9,
        steps=(
            Step(hours(1.5), "weigh_in", "moira", """
                The translator said at a reading not long ago that she has finished it and that the
                publisher is waiting for a grant. So it exists, in a drawer.
                """, side="helping"),
            Step(hours(12), "helped", "ines", post=1),
            Step(days(2), "answer", "hattie", """
                I rang the publisher, because now I wanted to know as well. The grant came through:
                it is set for next year. I put your name on the first copy that we get, and on no
                list for anything else.
                """),
            Step(hours(10), "note", "ines", """
                Next year. I shall read the first two again, slowly. Leaving this open for a few
                days in case anybody else would like a copy put aside.
                """),
        ),
        me_too=(("moira", "affected"), ("agnes", "affected")),
    ),
    Story(
        "morrow", "consultation", "hattie",
        "What should the reading club do in the dark months?",
        """
        The club has 300 people and one evening a month. When the days are short we
        could do more, or something else, and would rather ask than guess.

        Would you come to a second evening, read along by post, or have us leave things alone?
        """,
        74.3,
        steps=(
            Step(hours(26), "reply", "agnes", """
                By post, please. I do not drive after dark, but I do write a good letter.
                """),
            Step(hours(6), "reply", "felix", """
                A second evening, if it ends by nine. And chairs with backs.
                """),
            Step(days(2), "reply", "yasmin", """
                Any evening, as long as it is in the shop with the flat entrance.
                """),
            Step(days(3), "reply", "lea", "I would play the cello at one. Softly. No speeches."),
            Step(days(24), "close_consultation", "hattie", """
                Thank you. 41 of you answered, here and on paper. This is what we do with it:

                - from next month a **letter round**: six people, one book, a letter each fortnight
                - a second evening in the flat-entrance shop, seven to nine, chairs with backs
                - one evening with a cello and no speeches

                Not done: the midnight reading. Nine wanted it, but nobody would lock up.
                """),
        ),
    ),
    Story(
        "morrow", "praise", "ines",
        "A note in a second-hand book, and the trouble somebody took over it",
        """
        In a second-hand cookbook from you I found a recipe for plum dumplings, handwritten, signed
        "for Tilde, so that you stop ringing me".

        I mentioned it at the till, as a joke. A week later I got a card: someone at Morrow had gone
        through the boxes of that purchase, found the family, and Tilde, who is 71, would love to
        have it back.

        I made the dumplings first. Then I posted it to her. She rang me up.
        """,
        34.2,
        steps=(
            Step(days(1), "acknowledge", "hattie", """
                That was Joss, from the sorting room, who will deny it. Thank you for sending it
                home. May we have the recipe?
                """),
            Step(hours(6), "note", "ines", """
                I asked Tilde. She says: only if you promise not to ring her either.
                """),
        ),
    ),
    Story(
        "morrow", "idea", "agnes",
        "Let me give a finished book back against the next one",
        """
        I read a novel a week and own one shelf. If I could bring a book back within a month for a
        third of its price, I would buy more, not fewer.
        """,
        40.3,
        steps=(
            Step(days(8), "mark", "hattie", "I like this a great deal. Doing the sums.",
                 state="considering"),
            Step(days(5), "update", "hattie", """
                The sums say a quarter instead of a third, and only in the shops, not by post.
                Would that still be of use to you?
                """),
            Step(days(1), "note", "agnes", "A quarter is fine. It is the shelf that worries me."),
        ),
        me_too=(("moira", "affected"), ("grace", "affected"), ("lea", "affected")),
    ),
    Story(
        "morrow", "question", "felix",
        "Can you send a book to a parcel locker instead of my door?",
        """
        I am never in when the post comes, and my neighbour has read two of my books before me. He
        was polite about it. He even told me the endings.
        """,
        20.3,
        steps=(
            Step(hours(4), "weigh_in", "moira", """
                Yes, but it is hidden: at the address, choose *another country*, then your own
                again. The locker field appears. I proofread manuals for a living and still needed
                ten minutes.
                """, side="helping"),
            Step(hours(2), "helped", "felix", post=1),
            Step(days(4), "confirm", "felix", "It appeared. My neighbour is in mourning.",
                 solved_by="community", posts=(1,)),
        ),
    ),
    Story(
        "morrow", "complaint", "elif",
        "Pages 97 to 112 are missing, and the murderer is on one of them",
        """
        From page 96 it jumps to 113, where everybody already knows. I would like the pages, or a
        whole copy, or failing that the name.
        """,
        28.3,
        product="A paperback crime novel, new", remedy="Sixteen pages.", impact="nuisance",
        steps=(
            Step(hours(5), "reply", "carlo", "It was the gardener. It is always the gardener."),
            Step(hours(2), "reply", "lea", "Carlo. People are reading this."),
            Step(hours(14), "remove", "carlo", post=1),
            Step(days(1.2), "propose_resolution", "hattie", """
                A whole copy left this afternoon, and I looked at pages 97 to 112 myself. The rest
                of the batch goes back to the printer. Keep the short one as a curiosity.
                """),
            Step(days(3), "confirm", "elif", """
                It has all its pages. It was not the gardener, and I am glad I did not know.
                """, solved_by="vendor"),
        ),
        me_too=(("pavel", "works_now"),),
    ),
    # Halden Kitchen
    Story(
        "halden", "question", "lea",
        "Is the kettle with the grey lid part of the recall?",
        """
        The recall says "kettles with a dark lid". Mine is grey. Is grey dark? It was bought two
        years ago and sparks a bit when the lid is wet, which I had taken for temperament.
        """,
        32.2,
        steps=(
            Step(hours(3), "weigh_in", "aiko", """
                Unplug it, please. Then look underneath: if the number begins with HK4, it is in.
                Mine was grey as well.
                """, side="helping"),
            Step(hours(2), "helped", "lea", post=1),
            Step(hours(19), "answer", "sven", """
                Grey is dark. We wrote that badly, and the page now shows the five lids side by
                side and the number to look for. Aiko is right: HK4, and unplug it today. A new
                kettle is on its way to you; the old one goes into our bin, not yours.
                """),
            Step(days(2), "confirm", "lea", "HK4 it was. New one boils without opinions.",
                 solved_by="vendor"),
        ),
        me_too=(
            ("moira", "works_now"), ("agnes", "works_now"), ("grace", "works_now"),
            ("hattie", "affected"), ("yasmin", "affected"),
        ),
    ),
    Story(
        "halden", "complaint", "henrik",
        "Enamel came off the second pan as well",
        """
        You replaced the first without a question, and that was good. The second one did the same
        after five months: a flake the size of a coin, in the soup.
        """,
        13.3,
        product="Blue casserole, 24 cm", remedy="A pan that stays in one piece, or my money.",
        impact="nuisance",
        steps=(
            Step(days(1), "acknowledge", "grit", "Photographs received. Looking with Sven."),
            Step(days(7), "decline", "sven", """
                Henrik, the mark around the flake comes from a pan that was heated empty; the enamel
                lets go at about 400 degrees. That is not something we can replace twice. Grit can
                enamel it anew for 18 euros, the cost of the material.
                """),
        ),
        me_too=(("elif", "affected"),),
    ),
    Story(
        "halden", "complaint", "ruben",
        "Hand mixer only runs if I hold the cable at an angle",
        """
        It is eleven years old, so this is hardly a scandal. But your page promises repairs "for
        old ones too", and the form does not know my model.
        """,
        83.2,
        product="Hand mixer, the cream-coloured one", remedy="A cable, or a drawing.",
        impact="nuisance",
        steps=(
            Step(days(1), "ask", "grit", "Is there a letter behind the number, an R or an S?"),
            Step(days(2), "note", "ruben", """
                An R. But I have opened it meanwhile: one wire had worked loose, and I hold a
                soldering iron more often than I hold a whisk.
                """),
            Step(hours(2), "confirm", "ruben", solved_by="myself"),
        ),
    ),
    Story(
        "halden", "idea", "sanjay",
        "Sell the rubber seals one by one",
        """
        The seal of the storage jar costs nothing, and it comes in a set of ten different sizes,
        of which I need one. I have nine rubber rings on a nail. They look like a small art show.
        """,
        76.1,
        steps=(
            Step(days(1), "weigh_in", "aiko", """
                The workshop already takes single ones out of the sets for repairs; there must be a
                shelf with the rest. They would only need a price.
                """, side="helping"),
            Step(hours(5), "helped", "sanjay", post=1),
            Step(days(6.8), "mark", "sven", "There is indeed such a shelf.", state="considering"),
            Step(days(14), "mark", "sven", """
                Single seals are in the shop, 60 cents each, posted in an envelope. Thank you,
                Sanjay, and Aiko, who remembered the shelf.
                """, state="shipped"),
        ),
        me_too=(("moira", "works_now"), ("pavel", "works_now"), ("agnes", "affected")),
    ),
    Story(
        "halden", "complaint", "bram",
        "A knife arrived with its tip through the box",
        """
        Nobody was hurt, but the woman who brought it held the parcel at arm's length, and rightly.
        The inner sleeve was there, just not on the knife.
        """,
        4.4,
        product="Bread knife", where="At the door", remedy="Find out who packs without the sleeve.",
        impact="safety",
        steps=(
            Step(days(1), "ask", "grit", """
                That must not leave our house. Is there a small stamp on the flap of the box, two
                letters and a date? It tells me which table packed it.
                """),
        ),
    ),
    Story(
        "halden", "praise", "moira",
        "Grit mended a mixer that is older than she is",
        """
        It was my mother's. I sent it with an apology. It came back with new brushes, a new flex, a
        drawing of what had been wrong, and a slip: *no charge, it was a pleasure to meet her*.
        """,
        45.2,
        steps=(
            Step(days(1), "acknowledge", "grit", """
                It really was. She has twenty years left in her if you do not let her knead rye.
                """),
            Step(hours(7), "reply", "agnes", "I am sending mine. She has kneaded rye."),
        ),
    ),
    Story(
        "halden", "complaint", "grace",
        "The oven's handle came off in my hand, hot",
        """
        One screw, half its thread gone. I had a tray of lasagne in the other hand, and a choice to
        make. The lasagne lived.
        """,
        64.3,
        product="Built-in oven, series 3", when="Sunday dinner",
        remedy="A handle with two screws.", impact="safety",
        steps=(
            Step(days(1), "propose_resolution", "sven", """
                Grace, I am glad that both of you are well. A new handle with longer screws is in
                the post; a coin is enough to fit it.
                """),
            Step(days(5), "confirm", "grace", "Fitted, with a coin.", solved_by="vendor"),
            Step(days(17), "reopen", "grace", """
                The same screw worked itself out again after two weeks of roasting. So it is not
                the length of the screw.
                """),
            Step(days(2), "update", "sven", """
                You are right. It is the heat: the nut behind it grows and lets go. We are trying
                a locking nut in the oven of our own canteen.
                """),
            Step(days(9.1), "propose_resolution", "sven", """
                The canteen has roasted for a week without a quarter turn. A fitter brings you the
                locking nuts, and every oven of series 3 that we sell has them from now on.
                """),
            Step(days(7), "confirm", "grace", "Four roasts later it has not moved. Thank you.",
                 solved_by="vendor"),
        ),
        me_too=(("felix", "works_now"), ("elif", "affected")),
    ),
    # Pip & Barrow
    Story(
        "pip", "complaint", "tomasz",
        "Third box in a row with swaps that nobody announced",
        """
        I order leeks and get fennel. I like fennel, but not three weeks running, and not when the
        soup on Friday is called leek soup.
        """,
        61.2,
        product="Medium box", when="Three Thursdays", remedy="A word before, not a slip after.",
        impact="nuisance",
        steps=(
            Step(days(1), "propose_resolution", "rosa", """
                The leeks drowned, to be honest, and we were ashamed to write it. From this week
                you get a message on Wednesday with every swap, and you may say no to it.
                """),
            SILENCE,
        ),
        me_too=(("bram", "works_now"), ("yasmin", "affected")),
    ),
    Story(
        "pip", "praise", "marta",
        "The driver who carried my box up four floors and then my neighbour's",
        """
        The lift was broken, and she did not mention it. When she saw my neighbour, who is ninety,
        looking at her own box in the hall, she went down and did it again.
        """,
        26.3,
        steps=(
            Step(hours(23), "acknowledge", "rosa", """
                That is Wil. I read this out at the morning coffee, and she said "well, it was only
                four". Thank you, Marta.
                """),
        ),
    ),
    Story(
        "pip", "question", "agnes",
        "Which boxes are packed away from nuts?",
        """
        My grandson is coming for a month and must not meet a walnut. Is the fruit box packed in the
        same room as the harvest one with the nuts in it?
        """,
        43.3,
        steps=(
            Step(hours(20), "answer", "rosa", """
                It was, until you asked. Nuts are now packed last, on their own table, and the fruit
                box leaves the room before they come in. I cannot promise "no trace", because two of
                the farms grow both. The *small green box* comes from farms without any nut tree;
                for him I would take that one.
                """),
            Step(hours(30), "confirm", "agnes", "The small green box, then. Thank you.",
                 solved_by="vendor"),
        ),
        me_too=(("grace", "works_now"),),
    ),
    Story(
        "pip", "idea", "elif",
        "Take the cool packs back with the next delivery",
        """
        I have fourteen. They have the freezer now. I live somewhere else.
        """,
        51.4,
        steps=(
            Step(days(2), "weigh_in", "carlo", """
                The drivers would take them, I asked ours. They just are not allowed to put used
                things beside the food. A second crate on the van would do.
                """, side="helping"),
            Step(hours(9), "helped", "elif", post=1),
            Step(days(10.7), "mark", "rosa", """
                Every van has a red crate since Monday. Put the packs on top of the empty box.
                Thanks to Elif, and to Carlo for asking the right person.
                """, state="shipped"),
        ),
        me_too=(("aiko", "works_now"), ("bram", "works_now"), ("oda", "affected")),
    ),
)
