"""Threads, posts, rounds, outcomes, me too, helped marks."""
