"""Published models that turn pictures, and texts, into vectors; loaded by transformers from folders."""
