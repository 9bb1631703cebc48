"""Training data out of runs: conversations, pairs and prompts, as trainers read them."""
