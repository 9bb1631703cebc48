"""Films: the frames that stand for each place that a film shows, as photos, and the positions that its file holds."""
