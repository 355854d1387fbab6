"""Who hears of what, in the page and by mail."""
