"""Scores of single answers, and figures with intervals over many of them."""
