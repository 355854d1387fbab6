"""What must happen after a commit, as leased rows."""
