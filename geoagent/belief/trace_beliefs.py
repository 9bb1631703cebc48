"""The beliefs that the answer of a trace rests on, which the trace itself tells."""

from geoagent.belief.belief import Beliefs
from geoagent.belief.reliability import AT_ITS_WORD, load_reliabilities
from geoagent.case.trace import TraceFile


def judged_with(file: TraceFile, beliefs: Beliefs) -> Beliefs:
    """The calculator of beliefs with which a trace's answer is computed again.

    A trace that tells the place coarsely is computed with the reliabilities that ship with geoagent, one of a reasoner
    that is taken at its word with full reliability, and any other with those of `beliefs`.
    """
    if file.disclosure != "exact":
        return Beliefs(beliefs.atlas, load_reliabilities())
    return Beliefs(beliefs.atlas, AT_ITS_WORD) if file.reasoner.at_its_word else beliefs
