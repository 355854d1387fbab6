"""Parley: public threads between members and companies, owned by the members."""

__version__ = "0.1.0"
