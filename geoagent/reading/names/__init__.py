"""Finds place names in texts, and what they do there."""
