"""A model that is asked once, and taken at its word: the baseline of every measurement."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish, Reasoner


class DirectReasoner:
    """The first look of a model is the answer: no tools, no second turn, nothing weighed."""

    able = Capabilities(name="direct", at_its_word=True, is_perceived=False)

    def __init__(self, model: Reasoner) -> None:
        self.witness = model.witness
        self._model = model

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The model's own first look."""
        return self._model.propose(case)

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Nothing more is asked."""
        return Finish(()), Usage()
