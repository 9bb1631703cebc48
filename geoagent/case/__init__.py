"""The nouns of a case: views, clues, evidence, the trace that holds them, and the prediction."""
