"""Which reliabilities the answer of a trace was computed with; the trace itself tells."""

from geoagent.belief.belief import Beliefs
from geoagent.belief.reliability import AT_ITS_WORD, load_reliabilities
from geoagent.case.trace import TraceFile


def judged_with(file: TraceFile, beliefs: Beliefs) -> Beliefs:
    """The calculator of beliefs with which a trace's answer has to be computed again.

    A trace that tells the place coarsely needs the reliabilities that ship with geoagent; one of a reasoner that is
    taken at its word needs full reliability; any other gets `beliefs`.
    """
    if file.disclosure != "exact":
        return Beliefs(beliefs.atlas, load_reliabilities())
    return Beliefs(beliefs.atlas, AT_ITS_WORD) if file.reasoner.at_its_word else beliefs
