"""The vendor's desk: the queue, notes, saved replies, briefings, and who answers what."""
