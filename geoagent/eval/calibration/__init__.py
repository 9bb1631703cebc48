"""Fits how far each witness is to be trusted to runs over photos whose places are known."""
