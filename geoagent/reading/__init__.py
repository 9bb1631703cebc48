"""Reads what is written in a photo, in its file and in a hint, and tells what that says about where."""
