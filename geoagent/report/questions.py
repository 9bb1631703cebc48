"""Questions about a finished case that its record answers, by what people ask: how sure, why, which street, and so on.

Each kind of question is told by the words in it. The answer is made of the record alone; nothing is looked at again.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Id
from geoagent.case.prediction import Prediction
from geoagent.case.summary import LEVEL_NAMES, meaning_of_point, reasons, summary
from geoagent.case.trace import Trace
from geoagent.names import distance, percent, with_article
from geoagent.reading.hints.areas import named_areas
from geoagent.report.links import place_links
from geoagent.report.why_not import Said, what_would_settle, why_not

FORMS = (
    '"how sure are you?", "why?", "why not Slovenia?", "which street?", "explain it simply", "what would settle it?", '
    '"what did you search?", "what is uncertain?", "show it on a map"'
)
SHOWN = 8


class Record(NamedTuple):
    """A finished case as questions about it are answered from: the trace, the belief, and what computes it."""

    prediction: Prediction
    trace: Trace
    belief: Belief
    reliabilities: Reliabilities


def answer_to(question: str, record: Record) -> list[Said]:
    """The sentences that answer a question from the record of a case, each with the ids that it rests on.

    Empty where the record has no answer.
    """
    asked = _without_products(question)
    areas = named_areas(asked, record.belief.atlas)
    if areas and not SETTLE.search(question):
        return [said for area in areas[:2] for said in why_not(area, record.belief)]
    for pattern, answer in KINDS:
        if pattern.search(question):
            return list(answer(record))
    return []


def _without_products(question: str) -> str:
    """A question without the names of maps and searches, which are no places: "Google Maps", "Bing"."""
    return PRODUCTS.sub(" ", question)


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
        given = ", ".join(f"{value}" for value in call.arguments.values() if isinstance(value, str) and value)
        when = f", {call.at}" if call.at else ""
        came = {"ok": "answered", "invalid": "refused", "unavailable": "no answer"}[call.status]
        yield f"{call.tool.replace('_', ' ')}{f': {given[:200]}' if given else ''} ({came}{when}).", (call.id,)
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


def _seen(record: Record) -> Iterator[Said]:
    clues: list[tuple[str, Id]] = [(clue.value, clue.id) for clue in record.trace.clues]
    for value, clue_id in clues[:SHOWN]:
        yield value[:300], (clue_id,)
    if len(clues) > SHOWN:
        yield f"And {len(clues) - SHOWN} more clues.", ()
    if not clues:
        yield "Nothing was read or seen in the photo that is on record.", ()


def _any(*phrases: str) -> re.Pattern[str]:
    """What fits a text that holds one of these phrases as whole words."""
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.I)


UNSURE = 0.8
PRODUCTS = _any(
    r"google(?:'s)?(?: (?:maps?|earth|lens|images?|street ?view))?", r"apple maps?", r"bing(?: maps?)?",
    r"open ?street ?maps?", r"street ?view", "mapillary", "kartaview", "yandex(?: images)?", "tin ?eye", "sentinel",
    "copernicus", "wayback", "wikipedia",
)  # fmt: skip
SETTLE = _any(
    "settle", "decide", "tell (?:them|the two) apart", "(?:would|could) help", "make (?:you|it) (?:sure|certain)",
    "(?:be|become) (?:more )?(?:sure|certain)", "find out more", "what else (?:do|would|can|should)",
    "how can i (?:check|verify)", "need to know", "missing",
)  # fmt: skip
Answerer = Callable[[Record], Iterator[Said]]
KINDS: tuple[tuple[re.Pattern[str], Answerer], ...] = (
    (SETTLE, _settling),
    (
        _any(r"simpl\w*", "briefly", "in short", "short version", "plain (?:words|english)", r"summar\w+",
             "like i(?:'| a)m", "tl;?dr", "in a nutshell"),
        _simply,
    ),
    (
        _any(r"search\w*", "look(?:ed)? (?:it |this |that )?up",
             "(?:which|what) (?:tools|services|sites|pages|sources)", "online", "on the web", "internet"),
        _searched,
    ),
    (
        _any(r"uncertain\w*", "unsure", r"doubt\w*", "not (?:sure|certain|known|clear|determined)", "ambiguous",
             "unclear", r"weak\w*", "be wrong", "mistaken", "speaks against", "what don'?t you know"),
        _uncertain,
    ),
    (_any("maps?", "coordinates", "satellite", "links?", "open (?:it )?in"), _map),
    (PRODUCTS, _map),
    (
        _any("streets?", "roads?", "address", "where exactly", r"exact\w*", "house", "building", "how (?:far|near)"),
        _where_exactly,
    ),
    (
        _any("how (?:very )?(?:likely|reliable|accurate|precise|probable)", r"probabilit\w+", r"confiden\w+", "sure",
             "certain", "trust", "odds", "chances?"),
        _how_sure,
    ),
    (
        _any("where else", r"other (?:places?|countr\w+|options?|candidates?|possibilit\w+)", r"alternatives?",
             "second", r"runner\w*", "else could it be", "next best"),
        _alternatives,
    ),
    (
        _any(r"(?:what|which) (?:\w+ ){0,3}(?:see|read|notice|signs?|texts?|clues?|words?)",
             "what'?s in the (?:photo|picture|image)"),
        _seen,
    ),
    (
        _any("why", "how come", "reasons?", "evidence", "explain", "how (?:do|did|can|could) you", "because",
             r"arguments?", "proof", "prove", "what (?:makes|made) you", "justify"),
        _why,
    ),
    (_any("where", "(?:which|what) (?:country|city|town|region|place)"), _where_exactly),
)  # fmt: skip
"""The kinds of question, by the words that tell them; the first that fits counts."""
