"""Reliabilities fitted to labelled runs."""
