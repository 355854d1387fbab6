"""What Parley does under load: the bench, and the replay of customers' texts."""
