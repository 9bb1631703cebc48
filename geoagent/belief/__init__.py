"""The belief: a posterior over places that every piece of evidence adds to."""

from geoagent.belief.belief import Belief, Beliefs, Term, current, made_with

__all__ = ["Belief", "Beliefs", "Term", "current", "made_with"]
