"""Dues: joining, paying, gifts and solidarity places. Nothing of speech or scores knows of it."""
