"""How the user's hint was read, as a model is told it, and what happens where the model says that the hint means
something else.
"""

from geoagent.belief.belief import current
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Alternatives, Mixture
from geoagent.case.trace import Trace

LEFT = 0.3
"""How much of what a hint was read as stays, once a model has said that this misreads it."""


def hint_readings(trace: Trace) -> list[str]:
    """Sentences that tell a model how the user's hint was understood, and what else in it is not used; empty where
    nothing was understood.
    """
    understood = [item.statement for item in _standing(trace)]
    if not understood:
        return []
    hints = {clue.id for clue in trace.clues if clue.kind == "hint"}
    unused = [step.statement for step in trace.steps if step.renders is None and hints & set(step.cites)]
    return [*understood, *unused]


def can_be_contested(trace: Trace) -> bool:
    """Whether a model may still say that the user's hint was misread: the hint was understood as something, and no
    model has said so before.
    """
    return bool(_standing(trace)) and not any(_is_reading(item) and item.supersedes for item in trace.evidence)


def contested(reason: str, trace: Trace) -> tuple[Evidence, ...]:
    """Weaker evidence that replaces the evidence made from the user's hint, because a model says that the hint was
    misread.

    `reason` is the model's reason. Empty where it is "", and where a model has said so before.
    """
    if not reason or not can_be_contested(trace):
        return ()
    return tuple(_weakened(item, reason) for item in _standing(trace))


def _weakened(item: Evidence, reason: str) -> Evidence:
    assert not isinstance(item.likelihood, Alternatives)
    told = f'{item.statement}; the model says that this misreads the hint, so it counts for little: "{reason}"'
    return item.replace(likelihood=Mixture(parts=((LEFT, item.likelihood),)), statement=told[:2000], supersedes=item.id)


def _standing(trace: Trace) -> list[Evidence]:
    return [item for item in current(trace.evidence) if _is_reading(item)]


def _is_reading(item: Evidence) -> bool:
    """Whether a piece of evidence is what the hint was read as; a point in it and a correction are given, not read."""
    return item.kind == "hint" and item.witness == "user" and item.group.startswith("hint")
