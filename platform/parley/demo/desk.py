"""What the people of one company of the demo keep at their desk, as data."""

from __future__ import annotations

from parley.demo.shapes import Briefing, Note, SavedReply

COMPANY = "northwind"
MANAGER = "jonas"

# Who takes care of which thread, by title.
ASSIGNED = {
    "No boarding ramp at Aldersee, for the third time in seven weeks": "jonas",
    "Can I move a group ticket for 26 children to another day?": "marta",
}
NOTES = (
    Note("jonas", "No boarding ramp at Aldersee, for the third time in seven weeks", """
        The station manager says that the key to the ramp hangs in the **freight** office, which
        closes at four. I ask for a second key today."""),
    Note("marta", "No boarding ramp at Aldersee, for the third time in seven weeks", """
        Yasmin rides the 17:40 on Thursdays. Please have it there by then."""),
    Note("marta", "Sixty euros surcharge although my pass was valid", """
        Second one from that conductor. The reader may be broken rather than the passes."""),
)
REPLIES = (
    SavedReply("Lost property: where things go", "answer", """
        Dear {author},

        what is found on our trains goes to the office in Brennach within three working days. Write
        to us here with the train, the day and what it looks like, and we ask there for you.

        {me}, {company}"""),
    SavedReply("Refund on its way", "propose_resolution", """
        Dear {author},

        your refund left our account today. Your bank may take two working days. If nothing has
        come by then, send this back to us.

        {me}, {company}"""),
    SavedReply("Read, and answered by", "acknowledge", """
        Dear {author}, we have read this. We answer by {due}."""),
)
BRIEFINGS = (
    Briefing("How to help with refunds", """
        A refund that was granted shows in the app under *Tickets, Past*, with a date. If there is
        no date, nobody has granted it yet: then please send people to us."""),
    Briefing("Storm weeks", """
        Every ticket between 20 and 31 October may be refunded, also saver fares. No receipt is
        needed. We were slow; please do not defend that."""),
)
