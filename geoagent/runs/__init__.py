"""Many photos as a run: samples, results as they come, checkpoints."""
