"""Reports and the acts of stewards."""
