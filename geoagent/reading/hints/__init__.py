"""What the user says about where."""
