"""Scores chains of reasoning (lists of statements on why a photo was taken where it was) against references.

GeoRC is a published benchmark of such chains, written by experts; docs/chains.md tells of it.
"""
