"""Measuring: samples, runs, scores of single samples, figures over many, calibration, other systems' answers."""
