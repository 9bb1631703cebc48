"""The baseline of a model that is asked once and taken at its word, with which geoagent's measurements compare."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.reasoners.reasoner import CaseView, Decision, Finish, Reasoner


class DirectReasoner:
    """The baseline that asks a model once and takes the probabilities that it states as the answer: no tools, no second
    turn, and no discount for how often models are wrong.

    `model` is the reasoner that asks the model.
    """

    able = Capabilities(name="direct", at_its_word=True, is_perceived=False)

    def __init__(self, model: Reasoner) -> None:
        self.witness = model.witness
        self._model = model

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The first look of the model at the photos, and what it cost."""
        return self._model.propose(case)

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Ends the case at once, without any claims and without cost."""
        return Finish(()), Usage()
