"""Persons who signed up: sign-in, sessions, profile."""
