"""The demo: a small believable community to look around in."""
