"""Other systems' answers, read from files."""
