"""The beliefs that the answer of a trace rests on, which the trace itself tells."""

from geoagent.belief.belief import Beliefs
from geoagent.belief.reliability import AT_ITS_WORD, load_reliabilities
from geoagent.case.trace import TraceFile


def judged_with(file: TraceFile, beliefs: Beliefs) -> Beliefs:
    """What computes the belief of a trace: for a coarse trace the reliabilities that ship, otherwise the given ones.

    A reasoner that is taken at its word is believed in all that it says.
    """
    if file.disclosure != "exact":
        return Beliefs(beliefs.atlas, load_reliabilities())
    return Beliefs(beliefs.atlas, AT_ITS_WORD) if file.reasoner.at_its_word else beliefs
