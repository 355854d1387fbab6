"""What companies promise: versions, opening hours, clocks."""
