"""Galleries: photos whose places are known, among which those that look most like a new photo are found."""
