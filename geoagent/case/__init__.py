"""The nouns of a case, that is of the photos of one place and all that becomes of them: views, clues, evidence,
candidates, verdicts, the trace that holds them all, and the prediction.
"""
