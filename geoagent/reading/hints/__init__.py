"""Reads hints: what the user says about where, in a sentence."""
