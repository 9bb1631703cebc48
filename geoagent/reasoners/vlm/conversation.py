"""The messages that a model is sent: the first question of a case, and at later turns its whole history, made to fit a
server's context.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from geoagent.belief.questions import LANGUAGE, SCRIPT, answered, rank_questions
from geoagent.belief.readout import levels, rank_cities, rank_countries, rank_regions, rank_spots
from geoagent.belief.unlisted_places import said_names
from geoagent.case.evidence import Clue, Turn
from geoagent.case.likelihood import Alternatives
from geoagent.case.prediction import Region, deepest_stated
from geoagent.case.views import Enhance, Look, Rectify, Rotate, View
from geoagent.geo import Area
from geoagent.prompts import render
from geoagent.reading.picture_kind import FROM_ABOVE, kind_of
from geoagent.reasoners.reasoner import CaseView, PhotoPart
from geoagent.reasoners.vlm.answer_models import MAX_CLUES
from geoagent.reasoners.vlm.contested_hint import can_be_contested, hint_readings
from geoagent.reasoners.vlm.context_length import Fit
from geoagent.reasoners.vlm.opinion import place_path
from geoagent.tools.core.tool import Tool, schema
from geoagent.tools.zoom_map import NAME as ZOOM_MAP

MAX_CLUES_SHOWN = 40
SHORT_OBSERVATION = 80
_NOTED = re.compile(r" \[(?:(?:noted|evidence|clue) [a-z0-9]+: |call [a-z0-9]+\])")
"""How what a turn brought is told after its result; it stays where the result is shortened."""
RANKED = 4
WORTH_SHOWING = 0.05
CLOSE = 0.1
ADVICE = 2
Message = dict[str, Any]
RECENT, STEP = 2, 2
"""So many turns are told in full and with their views, and up to STEP - 1 more: what is shortened changes in steps, so
that servers can keep what they have computed of the beginning."""
PART_SIDE = 768
"""The longest side in pixels of a part that is shown by itself."""
VIEW_SCALE = 0.8
"""Views are parts that were enlarged; they are sent a little smaller than the photos: see `SHOWN_SIDE`."""
PAST_SCALE = 0.35
"""At a step, views that are still shown are sent this small, but for those of the latest turn."""


def first_question(case: CaseView, longest_side: int, fit: Fit) -> list[Message]:
    """The chat messages that ask a model for the clues that it sees and its opinion, before it learns what anyone else
    has found.

    `longest_side` is that of the photos in pixels; `fit` says how much smaller they are to be.
    """
    prompt = render(
        "propose" if case.refs else "propose_text",
        photos=len(case.refs),
        hint=case.hint,
        texts=[clue.value for clue in case.trace.clues if clue.kind == "post"],
        read=hint_readings(case.trace),
        contestable=can_be_contested(case.trace),
        max_clues=MAX_CLUES,
    )
    return [
        {"role": "system", "content": render("system").text},
        {"role": "user", "content": [_text(prompt.text), *_images(case, photo_views(case), longest_side, fit)]},
    ]


def next_question(case: CaseView, longest_side: int, fit: Fit) -> list[Message]:
    """The chat messages that ask a model for its next action: the first question with its answer, what else was known
    after it, all turns so far, and how things stand now.

    From turn to turn messages are only added before the last part, so that a server can reuse what it has computed.
    `longest_side` is that of the photos in pixels; `fit` says how much of the case is shown.
    """
    turns = case.trace.turns
    in_full = len(turns) - min(fit.turns, _recent(len(turns)))
    shown = _shown(case, fit)
    placed = _turns_that_show(turns)

    def pictures(number: int) -> list[Message]:
        views = [view for view in turns[number].views if view in shown and placed[view] == number]
        scaled = [(view, fit._replace(scale=shown[view])) for view in views]
        return [part for view, smaller in scaled for part in _images(case, [view], longest_side, smaller)]

    known = [_text(_known(case))]
    if in_full:
        known.append(_text("\n".join(["Your earlier turns, shortened:", *map(_in_short, turns[:in_full])])))
    messages = [
        *first_question(case, longest_side, fit),
        {"role": "assistant", "content": _first_look(case)},
        {"role": "user", "content": [*known, *(part for number in range(in_full) for part in pictures(number))]},
    ]
    for number, turn in enumerate(turns[in_full:], in_full):
        messages += _told(turn)
        messages[-1]["content"] += pictures(number)
    messages[-1]["content"].append(_text(_situation(case, shown)))
    return messages


def _shown(case: CaseView, fit: Fit) -> dict[int, float]:
    """The views besides the photos that are shown, and their scale."""
    turns = case.trace.turns
    stepped = len(turns) - _recent(len(turns))
    scales = {
        view: fit.scale * (PAST_SCALE if stepped and number < stepped + RECENT - 1 else VIEW_SCALE)
        for number, turn in enumerate(turns)
        for view in turn.views
        if number >= stepped
    }
    return dict(list(scales.items())[-fit.views :]) if fit.views else {}


def _turns_that_show(turns: Sequence[Turn]) -> dict[int, int]:
    """The turn under which each view is shown: of recent turns that asked for the same one the first."""
    found = dict[int, int]()
    for number in range(len(turns) - _recent(len(turns)), len(turns)):
        for view in turns[number].views:
            found.setdefault(view, number)
    return found


def hear_question(case: CaseView, clues: Sequence[Clue], longest_side: int, fit: Fit) -> list[Message]:
    """The chat messages that ask a model once more for clues and its opinion: the first question with its answer, then
    `clues` that others noticed in the photos.

    `longest_side` is that of the photos in pixels; `fit` says how much smaller they are to be.
    """
    heard = render("hear", photos=len(case.refs), clues=clues)
    return [
        *first_question(case, longest_side, fit),
        {"role": "assistant", "content": _first_look(case)},
        {"role": "user", "content": [_text(heard.text)]},
    ]


def rank_question(case: CaseView, places: Sequence[str], longest_side: int, fit: Fit) -> list[Message]:
    """The chat messages that ask a model to order `places` by how well they fit the photos, in a conversation of its
    own that tells nothing else of the case.

    `longest_side` is that of the photos in pixels; `fit` says how much smaller they are to be.
    """
    prompt = render("rank", photos=len(case.refs), count=len(places), places=places)
    return [
        {"role": "system", "content": render("system").text},
        {"role": "user", "content": [_text(prompt.text), *_images(case, photo_views(case), longest_side, fit)]},
    ]


def part_question(case: CaseView, parts: Sequence[PhotoPart], longest_side: int, fit: Fit) -> list[Message]:
    """The chat messages that ask a model what each part of a photo shows, in a conversation of its own that tells
    nothing else of the case.

    Only the first `fit.views` parts are shown (at least one); `longest_side` is the most pixels that a part may be
    long.
    """
    parts = parts[: max(fit.views, 1)]
    asked = [(number, part.question, part.answers) for number, part in enumerate(parts, 1) if part.question]
    prompt = render("look_again", count=len(parts), asked=asked)
    content = [_text(prompt.text)]
    for number, part in enumerate(parts, 1):
        side = round(min(longest_side, PART_SIDE) * fit.scale)
        url = case.context.photos.data_url(case.refs[part.view.photo], part.view, side)
        content += [_text(f"Picture {number}:"), {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "system", "content": render("system").text}, {"role": "user", "content": content}]


def _recent(turns: int) -> int:
    """How many of so many turns are told in full: all of few, else the latest, RECENT at least."""
    return turns - STEP * max(0, (turns - RECENT) // STEP)


def photo_views(case: CaseView) -> list[int]:
    """The numbers of the views of a case that are whole photos."""
    return [view.number for view in case.trace.views if view.is_photo]


def sizes(case: CaseView, longest_side: int, fit: Fit) -> dict[int, tuple[int, int]]:
    """The (width, height) in pixels at which each view of a case is sent to the model, by the view's number.

    Coordinates that a model gives in pixels are read with it. `longest_side` is that of the photos; `fit` says how much
    of the case is shown.
    """
    found, shown = {}, _shown(case, fit)
    for view in case.trace.views:
        scale = fit.scale if view.is_photo else shown.get(view.number, fit.scale * VIEW_SCALE)
        side = round(longest_side * scale)
        ref = view.of or case.refs[view.photo]
        width, height = view.width or ref.width, view.height or ref.height
        shrunk = min(1.0, side / max(width, height))
        found[view.number] = (max(1, round(width * shrunk)), max(1, round(height * shrunk)))
    return found


def _told(turn: Turn) -> list[Message]:
    said = {"thought": turn.thought, "action": {"name": turn.action, "arguments": turn.arguments}}
    return [
        {"role": "assistant", "content": json.dumps(said, ensure_ascii=False)},
        {"role": "user", "content": [_text(f"Result of {turn.action}: {turn.observation}")]},
    ]


def _in_short(turn: Turn) -> str:
    """A turn in a line: what was done, and the beginning of what came of it, with the ids of what it brought."""
    observation = " ".join(turn.observation.split())
    noted = _NOTED.search(observation)
    kept = observation[noted.start() :] if noted else ""
    given = json.dumps(turn.arguments, ensure_ascii=False)
    return f"- {turn.action} {_cut(given)}: {_cut(observation.removesuffix(kept))}{kept}"


def _cut(text: str) -> str:
    return text if len(text) <= SHORT_OBSERVATION else f"{text[:SHORT_OBSERVATION]}… (shortened)"


def _text(text: str) -> Message:
    return {"type": "text", "text": text}


def _images(case: CaseView, numbers: Sequence[int], longest_side: int, fit: Fit) -> list[Message]:
    parts: list[Message] = []
    side = round(longest_side * fit.scale)
    for view in case.trace.views:
        if view.number in numbers:
            url = case.context.photos.data_url(case.refs[view.photo], view, side)
            parts += [_text(f"View {view.number}:"), {"type": "image_url", "image_url": {"url": url}}]
    return parts


def _notes(tool: Tool) -> list[tuple[str, str]]:
    """What is said of each argument of a tool."""
    return [(n, p["description"]) for n, p in schema(tool)["properties"].items() if "description" in p]


def _described(tool: Tool, shared: Collection[tuple[str, str]]) -> dict[str, str]:
    """A tool as the model reads of it, without the notes that it shares with others."""
    form = schema(tool)
    names = [name if name in form["required"] else f"{name}?" for name in form["properties"]]
    own = dict[str, list[str]]()
    for name, said in _notes(tool):
        if (name, said) not in shared:
            own.setdefault(said, []).append(name)
    notes = [f"{' and '.join(of)}: {said}" for said, of in own.items()]
    description = " ".join(tool.description.split())
    return {
        "name": tool.name,
        "parameters": ", ".join(names),
        "description": f"{description} ({'; '.join(notes)})" if notes else description,
    }


def _first_look(case: CaseView) -> str:
    """What the model answered to the first question, as far as it was used; its clues are told with their ids later."""
    said = next((e for e in case.trace.evidence if e.kind == "opinion" and e.witness == case.context.witness), None)
    if said is None or not isinstance(said.likelihood, Alternatives):
        return "(no answer that could be used)"
    places = []
    for place in said.likelihood.places:
        path = place_path(place, case.belief.atlas)
        named = {"country": path.country, "region": path.region, "city": path.city, "street": path.street}
        told = {level: name for level, name in named.items() if name}
        at = {"lat": round(place.point.lat, 5), "lon": round(place.point.lon, 5)} if place.point else {}
        places.append({**told, **at, "probability": round(place.probability, 3)})
    return json.dumps({"places": places}, ensure_ascii=False)


def _known(case: CaseView) -> str:
    """What was known when the turns began, and what can be done."""
    brought = {item for turn in case.trace.turns for item in turn.brought}
    clues = [clue for clue in case.trace.clues if clue.id not in brought]
    evidence = [item for item in case.trace.evidence if item.id not in brought]
    replaced = {item.supersedes for item in evidence}
    first = [clue for clue in clues if clue.witness != "ocr"]
    told = Counter(note for tool in case.tools.values() for note in _notes(tool))
    shared = [note for note, tools in told.items() if tools > 1]
    return render(
        "investigate",
        tools=[_described(tool, shared) for tool in case.tools.values()],
        shared=shared,
        clues=[*first, *(clue for clue in clues if clue.witness == "ocr")][:MAX_CLUES_SHOWN],
        evidence=[item for item in evidence if item.id not in replaced],
    ).text


def _situation(case: CaseView, shown: Collection[int]) -> str:
    """How things stand now; `shown` are the views besides the photos that the model still sees."""
    belief = case.belief
    stated = deepest_stated(levels(belief))
    ranked = {
        "countries": rank_countries(belief, RANKED),
        "regions": rank_regions(belief, RANKED),
        "cities": rank_cities(belief, RANKED),
        "streets": rank_spots(belief, RANKED),
    }
    called = said_names(belief)
    ranked = {
        level: [
            area if level == "streets" else _as_said(area, called)
            for area in areas
            if area.probability >= WORTH_SHOWING
        ]
        for level, areas in ranked.items()
    }
    close = next((names for level, areas in ranked.items() if len(names := _apart(level, areas)) > 1), [])
    written = any(clue.kind == "text" for clue in case.trace.clues)
    asked = answered(case.trace) | (set() if written else {LANGUAGE, SCRIPT})
    advice = rank_questions(belief, case.reliabilities, asked, ADVICE) if len(ranked["countries"]) > 1 else []
    return render(
        "situation",
        hint=case.hint,
        read=hint_readings(case.trace),
        contestable=can_be_contested(case.trace),
        views=[
            {"number": view.number, "made": _made(view), "hidden": not (view.is_photo or view.number in shown)}
            for view in case.trace.views
        ],
        ranked=ranked,
        finest=f"{stated.name} ({stated.level})" if stated else "none",
        close=close,
        above=kind_of(case.trace) in FROM_ABOVE and ZOOM_MAP in case.tools,
        advice=[question._asdict() for question in advice if question.leaders[1].probability > CLOSE],
        steps_left=case.left.steps,
    ).text


def _apart(level: str, areas: Sequence[Region]) -> list[str]:
    """The likely areas of a level, none of which is a part of another: a county stands for its division."""
    likely = [area for area in areas if area.probability > CLOSE]
    if level == "regions":
        likely = list({area.key: area for area in likely}.values())
    return [area.name for area in likely]


def _as_said(area: Region, called: Mapping[Area, str]) -> Region:
    """An area under the name that the model gave it: Tianshui is Beidao in the atlas."""
    name = called.get(area.key) if area.key else None
    parts = area.name.split(", ")
    return area.model_copy(update={"name": ", ".join([name, *parts[1:]])}) if name else area


def _made(view: View) -> str:
    """How a view came about, in a few words; empty for a photo."""
    if view.beside:
        return f"{view.beside[0].number} and {view.beside[1].number} side by side"
    if view.source is None:
        return view.outside or ""
    match view.operations[-1] if view.operations else None:
        case Rotate(angle_deg=angle_deg):
            return f"{view.source} turned by {angle_deg:.1f}°"
        case Rectify():
            return f"a plane of {view.source} from the front"
        case Look(heading_deg=heading_deg):
            return f"heading {heading_deg:.0f}°"
        case Enhance():
            return f"{view.source} enhanced"
    return f"part of {view.source}"
