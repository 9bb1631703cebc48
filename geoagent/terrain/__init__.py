"""Heights from the user's own elevation tiles, and the horizons that they make."""
