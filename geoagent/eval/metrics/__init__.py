"""Scores of answers, and figures over many."""
