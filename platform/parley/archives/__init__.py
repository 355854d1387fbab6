"""The archive: everything of a member, taken away whole, checked and brought back."""
