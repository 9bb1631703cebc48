"""What a report says of an answer: numbered clues, the chain with what each step rests on, rivals, tool results."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from geoagent.belief import Belief, current, taken_back
from geoagent.belief.readout import mass
from geoagent.case.evidence import TAKEN_BACK, ToolCall
from geoagent.case.prediction import Prediction
from geoagent.case.summary import meaning_of_point, summary
from geoagent.case.trace import Trace, TraceFile
from geoagent.geo import Area, Point
from geoagent.plain_text import distance
from geoagent.reasoners.vlm.prices import told
from geoagent.report.argument import Reason, argument
from geoagent.report.chain import Citation, LogStep, chain
from geoagent.report.file_facts import file_facts
from geoagent.report.links import Link as WayOn
from geoagent.report.links import links
from geoagent.report.replay import History
from geoagent.report.rivals import Rival, rivals
from geoagent.report.shown_clues import ShownClue, shown_clues
from geoagent.report.terminal import REASONERS
from geoagent.report.unknown_answer import Unknown, unknown
from geoagent.report.unused_position import unused_position
from geoagent.tools.core.call_words import call_in_words, called

ADDRESSES = 12
_ID = re.compile(r"\b[celpktvs][0-9a-f]{12}\b")
DEGRADED = "The model server failed on the way. This answer rests on what had been found until then."
OUT_OF_BUDGET = "Steps, seconds or tokens ran out. This answer rests on what had been found until then."


TO_CHECK = (
    "geoagent trace show, of the saved trace or the bundle, checks its hashes and computes the answer again from its "
    "evidence; in an unpacked bundle sha256sum -c SHA256SUMS checks every file"
)


class ShownCall(NamedTuple):
    """A tool call as a report shows it, with its number, counted from 1.

    `asked` is the call in plain words, `lines` the text that it returned, `addresses` the web addresses in its data.
    """

    number: int
    call: ToolCall
    asked: str
    lines: list[str]
    addresses: list[str]


class ShownCandidate(NamedTuple):
    """A tested place as a report shows it, with its letter.

    `outcome` is that of the test, `proposer` who proposed the place; `supporting` and `opposing` count the evidence for
    and against it. `probability` is None where the belief cannot be computed again, `point` None where the place has
    none.
    """

    id: str
    letter: str
    place: str
    outcome: str
    proposer: str
    supporting: int
    opposing: int
    probability: float | None
    point: Point | None


class ReportedAnswer(NamedTuple):
    """All that a report says of an answer, except the map and the pictures.

    `lead` is the answer in two sentences, `centre` where the middle of the belief lies, `warning` a sentence on an
    answer that was cut short, or "". `unknown` replaces levels, point, map and rivals where nothing tells where.
    `position` says that a photo's file holds a position that was not used, or is "". `links` lead to maps of the point.
    `chain` is the log; `files` has for each photo sentences on its file.
    """

    title: str
    lead: str
    centre: str
    position: str
    links: list[WayOn]
    warning: str
    clues: list[ShownClue]
    argument: list[Reason]
    chain: list[LogStep]
    calls: list[ShownCall]
    candidates: list[ShownCandidate]
    rivals: list[Rival]
    unknown: Unknown | None
    files: list[list[str]]


def answer(file: TraceFile, past: History) -> ReportedAnswer:
    """What a report says of a finished case.

    `past` is how its belief moved, as `geoagent.report.replay.history` gives it. `file` is its trace.
    """
    prediction = file.prediction
    clues = _clues(file)
    calls = _calls(file.trace, clues)
    candidates = tested(file, past.final, past.agrees)
    marks = _marks(file.trace, clues, calls, candidates)
    return ReportedAnswer(
        title=prediction.place or "Not known",
        lead=str(summary(prediction)),
        centre=_centre(prediction) if prediction.has_centre else "",
        position=unused.sentence if (unused := unused_position(file)) else "",
        links=links(prediction),
        warning={"degraded": DEGRADED, "out_of_budget": OUT_OF_BUDGET}.get(prediction.status, ""),
        clues=clues,
        argument=argument(file, marks),
        chain=chain(file, marks),
        calls=calls,
        candidates=candidates,
        rivals=rivals(file, past.final) if past.agrees and not prediction.is_unknown else [],
        unknown=unknown(file),
        files=[list(file_facts(ref.file)) for ref in file.photos],
    )


def _centre(prediction: Prediction) -> str:
    """Where the middle of what is likely lies, and how far it reaches."""
    point = f"{prediction.point.lat:.4f}, {prediction.point.lon:.4f}"
    near, far = distance(prediction.radius_km_50), distance(prediction.radius_km_90)
    what = meaning_of_point(prediction)
    half = f"Half of the belief lies within {near} of it, 90 % within {far}"
    reach = half if near != far else f"90 % of the belief lies within {far} of it"
    return f"{what[0].upper()}{what[1:]}: {point}. {reach}."


def _clues(file: TraceFile) -> list[ShownClue]:
    fallen = _taken_back(file.trace)
    return [shown for shown in shown_clues(file.trace, file.photos) if shown.clue.id not in fallen]


def _taken_back(trace: Trace) -> set[str]:
    """The ids of the clues of a person's corrections that were taken back: nothing that counts rests on them."""
    fallen = taken_back(trace.evidence)
    cited = {i for item in trace.evidence if item.id in fallen for i in item.clues}
    rests = {i for item in current(trace.evidence) if item.kind != TAKEN_BACK for i in item.clues}
    return {clue.id for clue in trace.clues if clue.witness == "user" and clue.id in cited - rests}


def _calls(trace: Trace, clues: Sequence[ShownClue]) -> list[ShownCall]:
    return [
        ShownCall(
            number, call, call_in_words(call.tool, call.arguments), _named(call.text, clues).splitlines(),
            list(dict.fromkeys(_addresses(call.data)))[:ADDRESSES],
        )
        for number, call in enumerate(trace.calls, 1)
    ]  # fmt: skip


def _named(text: str, clues: Sequence[ShownClue]) -> str:
    """What a tool answered, with the numbers of clues in the place of their ids, and without other ids."""
    numbers = {shown.clue.id: f"clue {shown.number}" for shown in clues}
    return _ID.sub(lambda found: numbers.get(found[0], "a record"), text)


def _addresses(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        if data.startswith(("http://", "https://")) and data.isprintable() and " " not in data:
            yield data
    elif isinstance(data, Mapping | list | tuple):
        for item in data.values() if isinstance(data, Mapping) else data:
            yield from _addresses(item)


def tested(file: TraceFile, belief: Belief, agrees: bool) -> list[ShownCandidate]:
    """The tested places of an answer, lettered in the order of their verdicts.

    `file` is the answer's trace. `belief` is the one at the end of the case. `agrees` says whether that gives the
    recorded answer; if not, the places get no probabilities.
    """
    known = {candidate.id: candidate for candidate in file.trace.candidates}
    shown = []
    for number, verdict in enumerate(file.prediction.verdicts):
        candidate = known.get(verdict.candidate)
        if candidate is None:
            continue
        area = candidate.place.key
        shown.append(
            ShownCandidate(
                id=candidate.id, letter=_letter(number), place=str(candidate.place), outcome=verdict.outcome,
                proposer=candidate.proposer, supporting=len(verdict.supporting), opposing=len(verdict.opposing),
                probability=mass(belief, area) if area and agrees else None,
                point=candidate.point or (most_probable(belief, area) if area else None),
            )
        )  # fmt: skip
    return shown


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number - 25}"


def most_probable(belief: Belief, area: Area) -> Point | None:
    """The most probable point of an area; None where the atlas has no row in it."""
    rows = belief.atlas.rows(area)
    return belief.atlas.point(int((belief.probability * rows).argmax())) if rows.any() else None


def _marks(
    trace: Trace, clues: Sequence[ShownClue], calls: Sequence[ShownCall], candidates: Sequence[ShownCandidate]
) -> dict[str, Citation]:
    """What can be cited besides evidence, by id."""
    marks = {
        shown.clue.id: Citation("clue", str(shown.number), f"clue-{shown.number}", shown.clue.value) for shown in clues
    }
    marks |= {
        shown.call.id: Citation("tool", called(shown.call.tool), f"call-{shown.number}", shown.asked) for shown in calls
    }
    marks |= {
        shown.id: Citation("candidate", shown.letter, f"candidate-{shown.letter}", shown.place) for shown in candidates
    }
    return marks | {verdict.id: marks[verdict.candidate] for verdict in trace.verdicts if verdict.candidate in marks}


def cost(file: TraceFile) -> list[tuple[str, str]]:
    """What an answer took and how it came about, as pairs of a name and a value in words, such as ("Time", "2.1 s").

    `file` is the answer's trace.
    """
    usage, prediction = file.prediction.usage, file.prediction
    told_by = REASONERS.get(prediction.reasoner, prediction.reasoner)
    facts = [("Found", told_by), ("Status", prediction.status.replace("_", " "))]
    if file.settings.get("model"):
        facts.append(("Model", str(file.settings["model"])))
    facts.append(("Time", f"{usage.seconds:.1f} s"))
    facts += [("Things looked up", f"{len(file.trace.calls)}")] if file.trace.calls else []
    facts += [("Questions to the model", f"{usage.model_calls}")] if usage.model_calls else []
    if usage.tokens:
        facts.append(("Tokens", f"{usage.prompt_tokens:,} in, {usage.completion_tokens:,} out"))
        facts.append(("Cost", told(usage.dollars)))
    facts += [("Hint", file.hint)] if file.hint else []
    facts += [("Photo fetched", f"{ref.fetched.address}, {ref.fetched.at}") for ref in file.photos if ref.fetched]
    if not prediction.is_unknown:
        area = f"{prediction.area_km2_50:,.0f} km² and {prediction.area_km2_90:,.0f} km²"
        facts.append(("Likely area (50 %, 90 %)", area))
    return [*facts, ("geoagent", file.geoagent), ("To check it", TO_CHECK)]
