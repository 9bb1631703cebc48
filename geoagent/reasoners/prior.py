"""No look at the photo at all: what an answer is worth has to be more than what the prior alone says."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish


class PriorReasoner:
    """The baseline that does not look at the photo, so that the answer is the prior over places."""

    able = Capabilities(name="prior", is_perceived=False)
    witness = "prior"

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """Adds nothing to the trace."""
        return Trace(), Usage()

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Ends the loop at once."""
        return Finish(()), Usage()
