"""A second look: a model is shown the parts of the photos that its own clues lie in, by themselves and without the
clues.

Models describe what is not there. So before the answer is read out, each clue that it rests on is held against what the
same model says of the part alone. What that does not confirm loses its weight: the evidence that it gave rise to falls,
and no sentence of the argument rests on it.
"""

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from geoagent.belief import current
from geoagent.belief.questions import sight_tables
from geoagent.case.evidence import Clue, Id, LookOutcome, SecondLook, Step
from geoagent.case.trace import State, Trace
from geoagent.case.views import Box, View
from geoagent.errors import ModelError, ToolInputError, UnusableAnswer
from geoagent.graph.budget import SPENT, seconds_left, used_up
from geoagent.graph.resources import Resources
from geoagent.plain_text import fold, printable
from geoagent.reading.confirmation import of_answer, of_description, of_text
from geoagent.reading.ocr.recognition import overlap
from geoagent.reading.readers import is_model
from geoagent.reading.transcripts import without_readings
from geoagent.reading.written_coordinates import without_stamps
from geoagent.reasoners.reasoner import MOST_PARTS, Glimpse, LooksAgain, PhotoPart, wasted
from geoagent.tools.core.call import evidence_step
from geoagent.tools.core.tool import ToolContext
from geoagent.tools.core.views import cut, find_part, picture_of

MARGIN = 0.25
"""How much of its width and height a box is widened by at each side: a model's boxes are rough."""
LEAST_MARGIN = 0.03
"""The same as a share of the photo: a strip of a few pixels shows nothing."""
LARGEST = 0.85
"""The share of a photo from which on a part is no closer look."""
MAGNIFIED, SIDE = 8.0, 768
NARROWEST = 3.0
"""How many times as long as wide a part may be: a strip shows nothing."""
SAME = 0.9
"""From this share of two boxes in common on they are shown as one picture."""
LEAST_SECONDS = 1.0
UNWEIGHED = frozenset({"opinion", "correction"})
IN_WORDS: dict[LookOutcome, str] = {
    "confirmed": "confirmed", "different": "something different is there", "not_visible": "nothing of the kind is seen"
}  # fmt: skip


class ShownClue(NamedTuple):
    """A clue and the part of its photo that is shown again.

    `claimed` is the clue's answer to the question of a knowledge table; empty where it gave none.
    """

    clue: Clue
    part: PhotoPart
    claimed: str = ""


def look_again(state: State, resources: Resources) -> State:
    """Show a model again the parts of the photos that its clues lie in, without the clues; return what that adds to the
    state.

    Empty where the settings forbid it, a second look was taken before, or nothing needs one. A note says so where the
    model cannot be asked.
    """
    trace, reasoner = state["trace"], resources.reasoner
    if resources.settings.no_second_look or trace.second_looks or not isinstance(reasoner, LooksAgain):
        return {}
    shown = _shown(resources.tool_context(state))
    parts = _distinct([item.part for item in shown])[:MOST_PARTS]
    if not parts:
        return {}
    if why := prevented(state, resources):
        return {"notes": (f"what the model saw was not looked at again: {why}",)}
    began = time.monotonic()
    try:
        seen, usage = reasoner.look_again(resources.view(state), parts)
    except UnusableAnswer as error:
        return {"usage": wasted(error), "notes": (f"what the model saw was not looked at again: {error}",)}
    except ModelError as error:
        return resources.failed(state, error, time.monotonic() - began)
    pairs = [(item, n) for item in shown for n, part in enumerate(parts, 1) if n in seen and _is_same(item.part, part)]
    looks = [_judged(item, seen[number], reasoner.witness) for item, number in pairs]
    return {"trace": _weighed(looks, trace, resources), "usage": usage}


def prevented(state: State, resources: Resources) -> str:
    """Why the model cannot be asked: it has failed, or time, tokens or money are used up. Turns do not count."""
    if state.get("status") == "degraded":
        return "the model had failed"
    if seconds_left(state, resources.settings) < LEAST_SECONDS:
        return "no time was left"
    spent = used_up({**state, "usage": state["usage"].model_copy(update={"steps": 0})}, resources.settings)
    return SPENT[spent] if spent else ""


def _shown(context: ToolContext) -> list[ShownClue]:
    """The parts that a model's clues lie in: first those that a sentence cites, then those that evidence rests on.

    Where the model has concluded in sentences, what none of them cites and no evidence rests on is not shown.
    What text recognition has read alike needs no second look.
    """
    trace = context.trace
    read = {fold(clue.value) for clue in trace.clues if clue.kind == "text" and clue.witness == "ocr"}
    own = [clue for clue in trace.clues if is_model(clue.witness)]
    seen = [clue for clue in own if clue.kind != "text" or fold(clue.value) not in read]
    weighed = {i for item in current(trace.evidence) if item.kind not in UNWEIGHED for i in item.clues}
    cited = {i for step in trace.steps if step.claim is not None for i in step.cites}
    rested_on = [clue for clue in seen if clue.id in weighed | cited] if cited else seen
    ordered = sorted(rested_on, key=lambda clue: (clue.id not in cited, clue.id not in weighed))
    return [found for clue in ordered if (found := _part(clue, context)) is not None]


def _part(clue: Clue, context: ToolContext) -> ShownClue | None:
    """The part of a photo that shows a clue; None where it has no box, or next to all or nothing of a photo."""
    if clue.box is None or clue.view is None:
        return None
    box = clue.box
    wide, high = (max(MARGIN * side, LEAST_MARGIN) for side in (box.x1 - box.x0, box.y1 - box.y0))
    around = [max(box.x0 - wide, 0.0), max(box.y0 - high, 0.0), min(box.x1 + wide, 1.0), min(box.y1 + high, 1.0)]
    try:
        old, part = find_part(context, clue.view, around)
        view = cut(context, old, _no_strip(part, context, old), MAGNIFIED, SIDE)
    except ToolInputError:  # a few pixels, or a box across two views
        return None
    if _share(view.box) > LARGEST:
        return None
    answered = next((e for e in context.trace.evidence if e.kind in sight_tables() and clue.id in e.clues), None)
    if answered is None:
        return ShownClue(clue, PhotoPart(view))
    table = sight_tables()[answered.kind]
    return ShownClue(clue, PhotoPart(view, table.question, tuple(table.answers)), answered.answer)


def _distinct(parts: Sequence[PhotoPart]) -> list[PhotoPart]:
    """The parts without those that show what an earlier one shows: two clues may lie in one box."""
    found: list[PhotoPart] = []
    for part in parts:
        if not any(_is_same(part, other) for other in found):
            found.append(part)
    return found


def _is_same(one: PhotoPart, other: PhotoPart) -> bool:
    same_photo = one.view.photo == other.view.photo and one.question == other.question
    return same_photo and overlap(one.view.box, other.view.box) >= SAME


def _no_strip(box: Box, context: ToolContext, view: View) -> Box:
    """A box that is widened until it is no narrower than `NARROWEST` allows, as far as the view reaches."""
    whole = picture_of(context, view)
    width, height = (view.width or whole.width) * (box.x1 - box.x0), (view.height or whole.height) * (box.y1 - box.y0)
    x, y = (max(other / NARROWEST / side, 1.0) for side, other in ((width, height), (height, width)))
    more_x, more_y = (x - 1) * (box.x1 - box.x0) / 2, (y - 1) * (box.y1 - box.y0) / 2
    return Box(
        x0=max(box.x0 - more_x, 0.0), y0=max(box.y0 - more_y, 0.0),
        x1=min(box.x1 + more_x, 1.0), y1=min(box.y1 + more_y, 1.0),
    )  # fmt: skip


def _share(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)


def _judged(shown: ShownClue, seen: Glimpse, witness: str) -> SecondLook:
    clue = shown.clue
    if shown.claimed:
        outcome, said = of_answer(shown.claimed, seen.answer), seen.answer
    elif clue.kind == "text":
        outcome, said = of_text(clue.value, seen.text, seen.shows), seen.text or seen.shows
    else:
        outcome, said = of_description(clue.value, seen.text, seen.shows), seen.shows or seen.text
    return SecondLook(clue=clue.id, witness=witness, outcome=outcome, said=printable(said)[:300])


def _weighed(looks: Sequence[SecondLook], trace: Trace, resources: Resources) -> Trace:
    """The looks, each as a step, and what takes the place of the evidence that rests on a clue that fell."""
    clues = {clue.id: clue for clue in trace.clues}
    fallen = {look.clue for look in looks if look.outcome != "confirmed"}
    evidence = without_readings(fallen, trace, current(trace.evidence), resources.beliefs.atlas)
    evidence = without_stamps(evidence, resources.settings.no_shortcuts)
    steps = [_step(look, clues) for look in looks] + [evidence_step("verify", item) for item in evidence]
    return Trace(second_looks=tuple(looks), evidence=tuple(evidence), steps=tuple(steps))


def _step(look: SecondLook, clues: Mapping[Id, Clue]) -> Step:
    said = f'; shown by itself: "{look.said}"' if look.said and look.outcome != "confirmed" else ""
    statement = f'a second look at "{printable(clues[look.clue].value)}": {IN_WORDS[look.outcome]}{said}'
    return Step(node="verify", statement=statement[:4000], cites=(look.clue,), renders=look.id)
