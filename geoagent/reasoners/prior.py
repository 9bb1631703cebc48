"""No look at the photo at all: what an answer is worth has to be more than what the prior alone says."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish


class PriorReasoner:
    """Adds nothing, so that the belief stays the prior over places."""

    able = Capabilities(name="prior", is_perceived=False)
    witness = "prior"

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """Nothing is seen."""
        return Trace(), Usage()

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Nothing is asked."""
        return Finish(()), Usage()
