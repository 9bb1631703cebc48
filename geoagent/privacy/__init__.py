"""What gives a photo away, a copy that hides it, and answers told more coarsely."""
