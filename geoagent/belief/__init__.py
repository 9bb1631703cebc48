"""The belief: the probability of each place, given the evidence; every piece of evidence adds to it."""

from geoagent.belief.belief import Belief, Beliefs, Term, current, made_with, taken_back

__all__ = ["Belief", "Beliefs", "Term", "current", "made_with", "taken_back"]
