"""Measures how good answers are: datasets, scores of single samples, figures over many, calibration, other systems."""
