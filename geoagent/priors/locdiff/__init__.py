"""LocDiff: diffusion of places in the space of spherical-harmonics Dirac-delta (SHDD) codes, after arXiv 2503.18142."""
