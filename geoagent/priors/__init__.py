"""Where photos like this are taken: priors."""
