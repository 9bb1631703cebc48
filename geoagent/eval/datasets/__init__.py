"""Published benchmarks: where they are had, what they hold, and how their files are read."""
