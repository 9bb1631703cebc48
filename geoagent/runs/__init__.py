"""Many photos solved as a run: the samples, a folder that keeps each result, and checkpoints to go on from."""
