"""Reasoning chains scored against references."""
