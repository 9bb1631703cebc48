"""Text in a photo: found, read by the recogniser that its script needs."""
