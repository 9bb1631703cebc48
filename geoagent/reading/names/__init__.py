"""Place names in texts."""
