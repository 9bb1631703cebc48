"""A model that is asked once, and taken at its word: the baseline of every measurement."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish, Reasoner


class DirectReasoner:
    """The baseline that asks a model once and takes its opinion as the answer: no tools, no second turn, no
    discount.
    """

    able = Capabilities(name="direct", at_its_word=True, is_perceived=False)

    def __init__(self, model: Reasoner) -> None:
        self.witness = model.witness
        self._model = model

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The first look of the model behind it."""
        return self._model.propose(case)

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Ends the loop at once."""
        return Finish(()), Usage()
