"""Companies: their pages, people and followers."""
