"""Several models ("minds") that look at the photo, first each alone, then once more with the clues that the others
noticed.

They hear clues and no places, so that none follows a majority. Each opinion stays a piece of evidence of its own, with
the reliability of its model; how much several count together follows from how alike the models err
(`Reliabilities.correlation`), not from a vote. After that the first mind goes on alone: it decides, looks again and
orders places.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from geoagent.case.evidence import Clue, Step
from geoagent.case.prediction import Usage
from geoagent.case.trace import Trace, extend
from geoagent.errors import ConfigError, ModelError
from geoagent.reasoners.reasoner import CaseView, Decision, Glimpse, PhotoPart, costing, wasted
from geoagent.reasoners.vlm.reasoner import VLMReasoner

MOST_HEARD = 24
"""So many clues of the others are told, the most telling of each first."""
Looked = tuple[Trace, Usage]


class Minds:
    """A reasoner made of several models: all of them propose, and the first decides.

    Raises ConfigError where two of the `minds` are the same model.
    """

    def __init__(self, minds: Sequence[VLMReasoner]) -> None:
        self._first, self._minds = minds[0], list(minds)
        self.able, self.witness = self._first.able, self._first.witness
        names = [mind.witness for mind in minds]
        if len(set(names)) < len(names):
            raise ConfigError(
                f"minds: {', '.join(name.partition(':')[2] for name in names)} are not each another model; "
                "--opinion-samples averages several answers of one"
            )

    def propose(self, case: CaseView) -> Looked:
        """The clues and opinions of all models, after each has looked alone and then once more with the clues of the
        others; and what that cost.

        Where another model than the first fails, its opinion is missing and a step says so; where the first fails, its
        error is raised.
        """
        alone, cost = self._asked([partial(mind.propose, case) for mind in self._minds])
        told = {mind.witness: seen.clues for mind, seen in zip(self._minds, alone, strict=True) if seen is not None}
        questions = list[Callable[[], Looked]]()
        for mind, seen in zip(self._minds, alone, strict=True):
            heard = _of_others(told, mind.witness)
            if seen is None or not heard:
                questions.append(_silent)
            else:
                questions.append(partial(mind.hear, _knowing(case, seen, mind.witness), heard))
        try:
            again, more = self._asked(questions)
        except ModelError as error:
            raise costing(error, cost + wasted(error)) from error
        found = Trace()
        for mind, seen, later in zip(self._minds, alone, again, strict=True):
            if seen is None:
                said = f"{mind.witness.partition(':')[2]} failed, and its opinion does not count"
                seen = Trace(steps=(Step(node="propose", statement=said, support="unsupported"),))
            found = _joined(_joined(found, seen), later or Trace())
        return found, cost + more

    def _asked(self, questions: Sequence[Callable[[], Looked]]) -> tuple[list[Trace | None], Usage]:
        """The answers to questions that are asked at the same time, and their cost; None for one of another mind than
        the first that failed.

        Where the first failed its error is raised, with the cost of all.
        """
        with ThreadPoolExecutor(len(questions)) as pool:
            waiting = [pool.submit(copy_context().run, question) for question in questions]
        answers, cost, faults = list[Trace | None](), Usage(), dict[int, ModelError]()
        for number, answer in enumerate(waiting):
            try:
                trace, usage = answer.result()
            except ModelError as error:
                trace, usage = None, wasted(error)
                faults[number] = error
            answers.append(trace)
            cost += usage
        if 0 in faults:
            raise costing(faults[0], cost) from faults[0]
        return answers, cost

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """What to do in the next turn, as the first model decides, and what that cost."""
        return self._first.decide(case)

    def look_again(self, case: CaseView, parts: Sequence[PhotoPart]) -> tuple[Mapping[int, Glimpse], Usage]:
        """What the first model sees in each of some parts of photos, by the part's number from 1, and what it cost."""
        return self._first.look_again(case, parts)

    def rank(self, case: CaseView, places: Sequence[str]) -> tuple[list[int], Usage]:
        """The positions in `places` (from 0) as the first model orders them, the best first, and what that cost."""
        return self._first.rank(case, places)


def _silent() -> Looked:
    return Trace(), Usage()


def _joined(one: Trace, other: Trace) -> Trace:
    """The additions of two minds as one; what they cite may lie in the case."""
    names = ("clues", "evidence", "spots", "candidates", "steps")
    both = {name: getattr(one, name) + getattr(other, name) for name in names}
    return one.model_copy(update={**both, "prompts": {**one.prompts, **other.prompts}})


def _of_others(told: Mapping[str, Sequence[Clue]], witness: str) -> list[Clue]:
    """What the other minds noticed, the first of each before the second of any."""
    others = [clues for name, clues in told.items() if name != witness]
    longest = max(map(len, others), default=0)
    mixed = [clues[n] for n in range(longest) for clues in others if n < len(clues)]
    return mixed[:MOST_HEARD]


def _knowing(case: CaseView, seen: Trace, witness: str) -> CaseView:
    """The case as a mind knows it that has looked alone."""
    return case._replace(context=case.context._replace(trace=extend(case.trace, seen), witness=witness))
