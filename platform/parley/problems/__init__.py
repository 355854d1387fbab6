"""Causes behind many threads, and whether their fix works."""
