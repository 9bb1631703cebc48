"""The baseline that does not look at the photo: an answer is worth only what it adds to the prior over places."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish


class PriorReasoner:
    """The baseline that does not look at the photo, so that the answer is the prior over places."""

    able = Capabilities(name="prior", is_perceived=False)
    witness = "prior"

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """Adds nothing to the trace, at no cost."""
        return Trace(), Usage()

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Ends the case at once, without any claims and without cost."""
        return Finish(()), Usage()
