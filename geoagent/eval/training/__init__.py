"""Turns the answers of runs into data to train models on: conversations, pairs and prompts, as trainers read them."""
