"""Combinations of things on a map: asked in words, sought in an extract of OpenStreetMap."""
