"""Perceive: open the photos and run the cheap perception, the same for every reasoner."""

from pathlib import Path

from geoagent.case.evidence import Clue, Spot, Step
from geoagent.case.trace import State, Trace
from geoagent.case.views import PhotoRef, View
from geoagent.geo import Point
from geoagent.graph.resources import Resources
from geoagent.photo import read_position, read_shot
from geoagent.reading.credits import without_credit
from geoagent.reading.exif_position import position_trace, shot_clues
from geoagent.reading.hints.hint import understand
from geoagent.reading.ocr.recognition import Line, recognise
from geoagent.reading.overlays import in_one_place, laid_over
from geoagent.reading.texts import read_clues
from geoagent.tools.core.tool import evidence_step
from geoagent.tools.read_text import text_clue


def perceive(state: State, resources: Resources) -> State:
    """The first node: adds a view for each photo, clues from text recognition, metadata and the hint, the evidence
    that they imply, and evidence that was given in a file.
    """
    atlas = resources.beliefs.atlas
    views, clues, steps = list[View](), list[Clue](), list[Step]()
    seen, over = list[list[Line]](), list[frozenset[int]]()
    for index, ref in enumerate(state["photos"]):
        photo = resources.photos.load(ref.path)
        view = View(number=index + 1, photo=index, width=ref.width, height=ref.height)
        views.append(view)
        seen.append(recognise(photo.image))
        over.append(laid_over(seen[-1], photo.image))
        clues += [
            Clue(
                kind="metadata",
                value=f"{fact.name}: {fact.value}",
                view=view.number,
                witness="exif",
                focal_mm=fact.focal_mm,
            )
            for fact in photo.metadata
            if not resources.settings.no_shortcuts
        ]
    for number, (lines, laid, again) in enumerate(zip(seen, over, in_one_place(seen), strict=True), 1):
        read = [text_clue(line, number, line.box, over=i in laid | again) for i, line in enumerate(lines)]
        clues += read
        quoted = ", ".join(f'"{clue.value}"' for clue in read[:8]) + (
            f" and {len(read) - 8} more" if len(read) > 8 else ""
        )
        statement = f"Read by OCR in photo {number}: {quoted}" if read else f"No text could be read in photo {number}"
        steps.append(Step(node="perceive", statement=statement, cites=tuple(clue.id for clue in read)))
        steps += _of_the_picture(read)
    evidence, cases, unused = list(read_clues(clues, atlas)), list[Spot](), list[Step]()
    if resources.settings.no_shortcuts:
        evidence = [item for item in evidence if item.kind != "stamp"]
    if state.get("hint"):
        hint = Clue(kind="hint", value=state["hint"][:2000], witness="user")
        clues.append(hint)
        reading = understand(hint, atlas)
        evidence, cases = evidence + reading.evidence, reading.spots
        unused = [Step(node="perceive", statement=part.told(), cites=(hint.id,)) for part in reading.unused]
    if resources.settings.allow_exif_gps and not resources.settings.no_shortcuts:
        located, positions, spots = position_trace(_positions(state["photos"]), atlas)
        clues += [*located, *shot_clues({n: read_shot(Path(ref.path)) for n, ref in enumerate(state["photos"], 1)})]
        evidence += positions
        cases += spots
    clues += resources.given.clues
    evidence += resources.given.evidence
    cases += resources.given.spots
    steps += [*(evidence_step("perceive", item) for item in evidence), *unused]
    return {
        "trace": Trace(
            views=tuple(views), clues=tuple(clues), evidence=tuple(evidence), spots=tuple(cases), steps=tuple(steps)
        ),
        "notes": tuple(step.statement for step in unused),
    }


def _of_the_picture(read: list[Clue]) -> list[Step]:
    """What is said of lines that are not of the scene, so that nobody wonders why they counted for nothing."""
    written = [clue for clue in read if clue.kind == "overlay" or not without_credit(clue.value)]
    if not written:
        return []
    quoted = ", ".join(f'"{clue.value}"' for clue in written[:8])
    statement = f"Written over the picture, by a viewer, a camera or a publisher, not a part of the scene: {quoted}"
    return [Step(node="perceive", statement=statement, cites=tuple(clue.id for clue in written))]


def _positions(refs: tuple[PhotoRef, ...]) -> dict[int, Point]:
    found = {number: read_position(Path(ref.path)) for number, ref in enumerate(refs, 1)}
    return {number: point for number, point in found.items() if point is not None}
