"""Painting of invented street scenes."""
