"""Membership, standing and offices."""
