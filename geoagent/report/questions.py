"""Answers questions about a finished case from its record: how sure, why, which street, and so on.

What a question is about is told by its words (`question_words.py`). Nothing is looked at again.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Id
from geoagent.case.prediction import Prediction, finest_area
from geoagent.case.summary import LEVEL_NAMES, meaning_of_point, reasons, summary
from geoagent.case.trace import Trace
from geoagent.plain_text import distance, percent, with_article
from geoagent.reading.hints.areas import named_areas
from geoagent.report.links import place_links
from geoagent.report.question_words import Topic, topic_of, without_products
from geoagent.report.why_not import Said, what_would_settle, why_not
from geoagent.tools.core.call_words import call_in_words

FORMS = (
    '"how sure are you?", "why?", "why not Slovenia?", "which street?", "explain it simply", "what would settle it?", '
    '"what did you search?", "what is uncertain?", "where else?", "what did you see?", "when was it taken?", '
    '"show it on a map"'
)
SHOWN = 8
UNSURE = 0.8
"""A clue that is less clear than this was not read for sure."""


class Record(NamedTuple):
    """What questions about a finished case are answered from: answer, trace, belief, and the belief's reliabilities."""

    prediction: Prediction
    trace: Trace
    belief: Belief
    reliabilities: Reliabilities


def answer_to(question: str, record: Record) -> list[Said]:
    """The sentences that answer a question from the record of a case, each with the ids that it rests on.

    A question that names a place asks why it is not that place; but "which street in Lyon?" of an answer in Lyon asks
    which street. Empty where the record has no answer.
    """
    topic = topic_of(question)
    areas = named_areas(without_products(question), record.belief.atlas)
    if topic == "where" and (found := finest_area(record.prediction.levels)):
        areas = [area for area in areas if not area.contains(found)]
    if areas and topic != "settle":
        return [said for area in areas[:2] for said in why_not(area, record.belief)]
    return list(ANSWERS[topic](record)) if topic else []


def suggested(prediction: Prediction) -> list[str]:
    """Questions that somebody may want to ask of an answer, such as "Why?" and "Why not Italy?"."""
    if prediction.is_unknown:
        return ["What would settle it?", "What was seen?"]
    rivals = [f"Why not {with_article(region.name)}?" for region in prediction.alternatives[1:2]]
    return ["How sure are you?", "Why?", *rivals, "What would settle it?", "What is uncertain?", "Explain it simply"]


def _how_sure(record: Record) -> Iterator[Said]:
    prediction = record.prediction
    yield summary(prediction).answer, ()
    if prediction.is_unknown:
        return
    told = ", ".join(f"{level.name} {percent(level.probability)}" for level in prediction.levels)
    yield f"From coarse to fine: {told}.", ()
    near, far = distance(prediction.radius_km_50), distance(prediction.radius_km_90)
    half = f"Half of the belief lies within {near}, nine tenths" if near != far else "Nine tenths of the belief lie"
    yield f"{half} within {far} of the {meaning_of_point(prediction)}.", ()
    yield from _alternatives(record)


def _why(record: Record) -> Iterator[Said]:
    found = reasons(record.prediction)
    yield summary(record.prediction).answer, ()
    for item in [*found.shown, *found.weaker][:SHOWN]:
        yield f"{item.weight.capitalize()}: {item.step.statement}", item.step.cites
    if not found.shown:
        yield "The record holds no reason for a place.", ()


def _simply(record: Record) -> Iterator[Said]:
    said = summary(record.prediction)
    yield said.answer, ()
    found = reasons(record.prediction).shown
    if said.carried:
        yield said.carried, found[0].step.cites
    against = [item for item in found if item.weight == "against"]
    if against:
        yield f"What speaks against it: {against[0].step.statement}", against[0].step.cites


def _where_exactly(record: Record) -> Iterator[Said]:
    prediction = record.prediction
    stated = [level for level in prediction.levels if level.stated]
    for level in stated[-1:]:
        yield f"The finest that can be said is the {level.level}: {level.name} ({percent(level.probability)}).", ()
    for item in prediction.undetermined:
        yield f"Not determined, {LEVEL_NAMES.get(item.level, item.level)}: {item.reason}.", ()
    if prediction.points_somewhere:
        point = prediction.point
        far = distance(prediction.radius_km_90)
        yield f"The {meaning_of_point(prediction)} is {point.lat:.4f}, {point.lon:.4f}; 90 % lies within {far}.", ()


def _settling(record: Record) -> Iterator[Said]:
    yield from what_would_settle(record.belief, record.reliabilities, record.trace)


def _searched(record: Record) -> Iterator[Said]:
    calls = record.trace.calls
    if not calls:
        yield "Nothing was looked up: the answer rests on what is in the photo and its file, and on your hint.", ()
    for call in calls[:SHOWN]:
        when = f", {call.at}" if call.at else ""
        came = {"ok": "answered", "invalid": "refused", "unavailable": "no answer"}[call.status]
        yield f"{call_in_words(call.tool, call.arguments)[:260]} ({came}{when}).", (call.id,)
    if len(calls) > SHOWN:
        yield f"And {len(calls) - SHOWN} more.", ()


def _uncertain(record: Record) -> Iterator[Said]:
    prediction = record.prediction
    for item in prediction.undetermined:
        yield f"Not determined, {LEVEL_NAMES.get(item.level, item.level)}: {item.reason}.", ()
    against = [item.step for item in reasons(prediction).shown if item.weight == "against"]
    yield from ((f"Against the answer: {step.statement}", step.cites) for step in against)
    unsure = [clue for clue in record.trace.clues if clue.confidence < UNSURE]
    for clue in sorted(unsure, key=lambda clue: clue.confidence)[:4]:
        yield f"Read or seen without being sure ({percent(clue.confidence)}): {clue.value[:200]}", (clue.id,)
    for clue_id in sorted(record.trace.unconfirmed()):
        clue = next(clue for clue in record.trace.clues if clue.id == clue_id)
        yield f"A second look did not confirm: {clue.value[:200]}", (clue.id,)
    yield from _alternatives(record)


def _alternatives(record: Record) -> Iterator[Said]:
    others = [region for region in record.prediction.alternatives[1:] if region.probability >= 0.01]
    if others:
        told = ", ".join(f"{with_article(region.name)} {percent(region.probability)}" for region in others)
        yield f"It could also be {told}.", ()
    elif not record.prediction.is_unknown:
        yield "No other country has 1 % or more.", ()


def _map(record: Record) -> Iterator[Said]:
    found, point = place_links(record.prediction), record.prediction.point
    if found:
        yield f"The point to look at is {point.lat:.4f}, {point.lon:.4f}.", ()
    yield from ((f"{link.name}: {link.url}", ()) for link in found)
    if not found:
        yield "The answer does not say where, so there is nothing to show on a map.", ()


def _file(record: Record) -> Iterator[Said]:
    """What the file of the photo tells: the camera, the time; and whether it holds a position."""
    told = [clue for clue in record.trace.clues if clue.witness == "exif"]
    yield from ((f"The file says: {clue.value[:200]}.", (clue.id,)) for clue in told)
    if record.prediction.unused_positions:
        yield "The file holds a position, which was not used.", ()
    if not told and not record.prediction.unused_positions:
        yield "The record holds nothing that the file of the photo tells: no time, no camera, no position.", ()


def _cost(record: Record) -> Iterator[Said]:
    usage = record.prediction.usage
    yield f"It took {usage.seconds:.1f} s.", ()
    yield f"Questions to a model: {usage.model_calls}; calls of tools: {len(record.trace.calls)}.", ()
    if usage.dollars is not None:
        yield f"It cost ${usage.dollars:.4f}, as far as prices are known.", ()


def _seen(record: Record) -> Iterator[Said]:
    clues: list[tuple[str, Id]] = [(clue.value, clue.id) for clue in record.trace.clues]
    for value, clue_id in clues[:SHOWN]:
        yield value[:300], (clue_id,)
    if len(clues) > SHOWN:
        yield f"And {len(clues) - SHOWN} more clues.", ()
    if not clues:
        yield "Nothing was read or seen in the photo that is on record.", ()


ANSWERS: dict[Topic, Callable[[Record], Iterator[Said]]] = {
    "settle": _settling, "simply": _simply, "cost": _cost, "search": _searched, "uncertain": _uncertain, "map": _map,
    "file": _file, "where": _where_exactly, "sure": _how_sure, "others": _alternatives, "seen": _seen, "why": _why,
    "place": _where_exactly,
}  # fmt: skip
