"""What gives a photo's place away, copies of photos that hide it, and answers that tell the place more coarsely."""
