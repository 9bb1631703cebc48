"""What is written in a photo, in its file and in a hint, and what that says about where."""
