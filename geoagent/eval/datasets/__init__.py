"""Published benchmarks: where to get them, what they hold, and how their files and the answers to them are read."""
