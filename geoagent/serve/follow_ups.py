"""What users say to a finished case: how a question is answered, and what a correction changes in the case."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from geoagent.case.evidence import Clue, Step, Turn
from geoagent.case.prediction import Prediction
from geoagent.case.trace import State, Trace, TraceFile
from geoagent.errors import ConfigError
from geoagent.graph.resources import Resources
from geoagent.plain_text import fold, percent, printable, with_article
from geoagent.report.questions import FORMS, Record, answer_to
from geoagent.serve.case_rows import Remark
from geoagent.serve.corrections import corrected, reads_as_correction, taken_back
from geoagent.tools.core.call import call_tool

_WHY = re.compile(r"\bwhy\b|\bhow come\b|\bcould it be\b|\bnot in\b", re.I)
_AGAIN = re.compile(r"\b(?:look|read|check|zoom)\b.*\b(?:again|closer|at)\b|\bzoom\b", re.I)
_CORRECTS = "This reads as a correction: send it with Correct, and the case is decided again from it."
_FORMS = f'{FORMS}, "look at the shop sign again"'


class Sentence(NamedTuple):
    """A sentence of the answer to a remark.

    `cites` are the ids in the case's trace of what it rests on; `support` says what stands behind it: "record" for what
    the trace holds, or the support of a model's claim, such as "seen" or "unsupported".
    """

    statement: str
    cites: tuple[str, ...] = ()
    support: str = "record"


class Reply(NamedTuple):
    """What a remark to a finished case leads to: the sentences that answer it at once, and what is added to the state
    of the case.

    Where `added` is not None, the case is then decided again with it.
    """

    sentences: list[Sentence]
    added: State | None = None


def reply_to(remark: Remark, kept: State, resources: Resources) -> Reply:
    """Answer a question about a finished case from its trace. Where a model solved the case, the question is also
    handed to the model, which may look again and then concludes.

    `kept` is the state in which the case ended. A text that states a correction is not answered but sent back with the
    advice to send it as one. Raises ConfigError where there is no model and the trace answers nothing.
    """
    if reads_as_correction(remark.text):
        return Reply([Sentence(_CORRECTS)])
    question, found, added = remark.text, list[Sentence](), Trace()
    if _AGAIN.search(question) and not _WHY.search(question):
        found, added = _look_again(question, remark.clue, kept, resources)
    else:
        record = Record(kept["prediction"], kept["trace"], resources.belief(kept), resources.beliefs.reliabilities)
        found = [Sentence(*said) for said in answer_to(question, record)]
    if not resources.reasoner.able.can_be_asked_again:
        if not found:
            raise ConfigError(f"The record does not answer that. What can be asked without a model: {_FORMS}")
        return Reply(found, _state(added) if added.evidence else None)
    return Reply(found, _asked(remark, added))


def correction_of(remark: Remark, kept: State, resources: Resources) -> Reply:
    """What a user's correction changes in a finished case, whose last state is `kept`; the case is then decided again.

    Raises ConfigError where nothing in the correction can be understood.
    """
    text, atlas = remark.text, resources.belief(kept).atlas
    added = corrected(printable(text), _clue(remark.clue, kept), kept["trace"], atlas)
    said = [Sentence(step.statement, step.cites) for step in added.steps]
    turn = _noted(f"The person who asks now corrects: {printable(text)!r}")
    return Reply(said, _state(added.model_copy(update={"turns": (turn,)})))


def take_back(remark: Remark, kept: State, resources: Resources) -> Reply:
    """What is added to a finished case, whose last state is `kept`, when its user takes a correction back; the case is
    then decided again.

    The text of the remark is that of the correction. Raises ConfigError where no correction in these words stands.
    """
    added = taken_back(printable(remark.text), kept["trace"])
    said = [Sentence(step.statement, step.cites) for step in added.steps]
    turn = _noted(f"The person who asks now takes back the correction {printable(remark.text)!r}")
    return Reply(said, _state(added.model_copy(update={"turns": (turn,)})))


def _noted(what: str) -> Turn:
    return Turn(
        thought="", action="conclude", arguments={"claims": []},
        observation=f"noted. {what}. See what follows, or conclude again",
    )  # fmt: skip


def claims_since(before: Trace, after: Trace) -> list[Sentence]:
    """The sentences of the steps that the trace `after` has and the trace `before` has not, without those that only
    tell what is on record: what a model has concluded since.
    """
    known = {step.id for step in before.steps}
    new = [step for step in after.steps if step.id not in known and step.support != "record"]
    return [Sentence(step.statement, step.cites, step.support) for step in new]


def decided(before: Prediction, now: Prediction) -> Sentence:
    """A sentence on how the answer of a case changed after a remark, such as "Decided again: Lund 80 %; before: Malmö
    60 %".
    """
    was, answer = _answer(before), _answer(now)
    return Sentence(f"Decided again: {answer}{', as before' if answer == was else f'; before: {was}'}")


def outvoted(now: TraceFile, said: Trace) -> list[Sentence]:
    """A sentence where a correction, whose evidence `said` holds, speaks against the answer that stands after it: that
    it was counted, and what outweighs it most.
    """
    ratios = {item.evidence: item.odds_ratio for item in now.prediction.influences}
    against = tuple(item.id for item in said.evidence if item.kind == "correction" and ratios.get(item.id, 1.0) < 1.0)
    outweighs = [item for item in now.trace.evidence if ratios.get(item.id, 1.0) > 1.0]
    if not against or not outweighs:
        return []
    most = max(outweighs, key=lambda item: ratios[item.id])
    leader = with_article(now.prediction.levels[0].name)
    told = f"Your word was counted and speaks against {leader}; what outweighs it most: {most.statement}"
    return [Sentence(told[:2000], (*against, most.id))]


def _answer(prediction: Prediction) -> str:
    stated = prediction.stated
    return f"{stated.name} {percent(stated.probability)}" if stated else "not known"


def as_data(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Sentences as plain data that can be written as JSON: a dict with `statement`, `cites` and `support` for each."""
    return [{**sentence._asdict(), "cites": list(sentence.cites)} for sentence in sentences]


def _state(added: Trace) -> State:
    return {"trace": added, "next": "investigate"}


def _asked(remark: Remark, added: Trace) -> State:
    """The question as a turn of the model's loop: it may look, and concludes with claims that answer.

    Asked again in the same words it is another question, which the number tells.
    """
    question = printable(remark.text)
    asked = Clue(kind="other", value=f"question {remark.id}: {question}", witness="user")
    turn = Turn(
        thought="", action="conclude", arguments={"claims": []},
        observation=f"noted. The person who asks now wants to know: {question!r}. "
        "Look where that needs it, then conclude with claims that answer it",
    )  # fmt: skip
    return _state(added.model_copy(update={"clues": (*added.clues, asked), "turns": (*added.turns, turn)}))


def _clue(clue_id: str | None, kept: State) -> Clue | None:
    if clue_id is None:
        return None
    found = next((clue for clue in kept["trace"].clues if clue.id == clue_id), None)
    if found is None:
        raise ConfigError(f"there is no clue {printable(clue_id)[:20]} in this case")
    return found


def _look_again(question: str, clue_id: str | None, kept: State, resources: Resources) -> tuple[list[Sentence], Trace]:
    """The text that is meant, read once more, enlarged."""
    clue = _clue(clue_id, kept) or _meant(question, kept["trace"])
    if clue is None or clue.box is None or clue.view is None:
        raise ConfigError("which sign? choose it on the photo, or name a word on it")
    across, down = (clue.box.x1 - clue.box.x0) * 0.2 + 0.01, (clue.box.y1 - clue.box.y0) * 0.5 + 0.01
    box = [
        round(max(0.0, clue.box.x0 - across), 4), round(max(0.0, clue.box.y0 - down), 4),
        round(min(1.0, clue.box.x1 + across), 4), round(min(1.0, clue.box.y1 + down), 4),
    ]  # fmt: skip
    added = call_tool(
        resources.tools_for(kept), "read_text", {"view": clue.view, "box": box}, resources.tool_context(kept)
    )
    nothing_new = [] if added.evidence else [Sentence("That adds no evidence: the answer stays.")]
    return [*(_sentence(step) for step in added.steps), *nothing_new], added


def _sentence(step: Step) -> Sentence:
    return Sentence(step.statement, step.cites, step.support)


def _meant(question: str, trace: Trace) -> Clue | None:
    """The text that shares most words with a question; the largest where it only says "sign" and there is none."""
    words = set(fold(question).split())
    texts = [clue for clue in trace.clues if clue.kind == "text" and clue.box is not None and clue.view is not None]
    shared = [(len(words & set(fold(clue.value).split())), _height(clue), clue) for clue in texts]
    best = max(shared, key=lambda item: item[:2], default=None)
    return best[2] if best else None


def _height(clue: Clue) -> float:
    return clue.box.y1 - clue.box.y0 if clue.box else 0.0
