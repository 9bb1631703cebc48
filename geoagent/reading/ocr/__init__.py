"""Reads the text in pictures."""
