"""The node perceive: it opens the photos and reads what programs can read in them, alike for every reasoner."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from geoagent.case.evidence import Clue, Spot, Step
from geoagent.case.trace import State, Trace
from geoagent.case.views import PhotoRef, View
from geoagent.console import glimpse, is_heard
from geoagent.geo import Point
from geoagent.graph.resources import Resources
from geoagent.photo import read_position, read_shot
from geoagent.photo.metadata import CameraFact
from geoagent.reading.credits import without_credit
from geoagent.reading.exif_position import position_trace, shot_clues
from geoagent.reading.hints.hint import understand
from geoagent.reading.ocr.recognition import Line, recognise
from geoagent.reading.overlays import in_one_place, laid_over
from geoagent.reading.picture_kind import picture_clue
from geoagent.reading.posts import post_clues, read_posts
from geoagent.reading.texts import read_clues
from geoagent.reading.written_coordinates import without_stamps
from geoagent.tools.core.call import evidence_step
from geoagent.tools.read_text import text_clue

QUOTED = 8
"""So many of the texts that were read are quoted in the step that tells of them."""


def perceive(state: State, resources: Resources) -> State:
    """The first node: it adds a view for each photo, clues from text recognition, metadata, the hint and texts, and
    the evidence that they imply.

    Evidence that was given in a file joins. The position in a photo's file is read only where the settings allow it.
    """
    atlas = resources.beliefs.atlas
    views, clues, steps = _looked(state, resources)
    evidence, spots, unused = list(read_clues(clues, atlas)), list[Spot](), list[Step]()
    evidence = without_stamps(evidence, resources.settings.no_shortcuts)
    if state.get("hint"):
        hint = Clue(kind="hint", value=state["hint"][:2000], witness="user")
        clues.append(hint)
        reading = understand(hint, atlas)
        evidence, spots = evidence + reading.evidence, reading.spots
        unused = [Step(node="perceive", statement=part.told(), cites=(hint.id,)) for part in reading.unused]
    posts = post_clues(state.get("texts", ()))
    written = read_posts(posts, atlas)
    clues, evidence, spots = clues + posts, evidence + written.evidence, spots + written.spots
    unused += written.unused
    if resources.settings.allow_exif_gps and not resources.settings.no_shortcuts:
        located, positions, placed = position_trace(_positions(state["photos"]), atlas)
        clues += [*located, *shot_clues({n: read_shot(Path(ref.path)) for n, ref in enumerate(state["photos"], 1)})]
        evidence += positions
        spots += placed
    clues += resources.given.clues
    evidence += resources.given.evidence
    spots += resources.given.spots
    steps += [*(evidence_step("perceive", item) for item in evidence), *unused]
    return {
        "trace": Trace(
            views=tuple(views), clues=tuple(clues), evidence=tuple(evidence), spots=tuple(spots), steps=tuple(steps)
        ),
        "notes": tuple(step.statement for step in unused),
    }


def _looked(state: State, resources: Resources) -> tuple[list[View], list[Clue], list[Step]]:
    """A view for each photo, its metadata, what is read in it, and what is told of that."""
    views, clues, steps = list[View](), list[Clue](), list[Step]()
    lines, over = list[list[Line]](), list[frozenset[int]]()
    for number, ref in enumerate(state["photos"], 1):
        photo = resources.photos.load(ref.path)
        views.append(View(number=number, photo=number - 1, width=ref.width, height=ref.height))
        lines.append(recognise(photo.image, came=partial(_show, number) if is_heard() else None))
        over.append(laid_over(lines[-1], photo.image))
        camera = () if resources.settings.no_shortcuts else photo.metadata
        clues += _metadata(camera, number)
        kind = picture_clue(photo.image, lines[-1], camera, number)
        if kind is not None:
            clues.append(kind)
            steps.append(Step(node="perceive", statement=f"Photo {number} is a {kind.value}"[:2000], cites=(kind.id,)))
    for number, (found, laid, again) in enumerate(zip(lines, over, in_one_place(lines), strict=True), 1):
        read = [text_clue(line, number, line.box, over=i in laid | again) for i, line in enumerate(found)]
        more = f" and {len(read) - QUOTED} more" if len(read) > QUOTED else ""
        quoted = ", ".join(f'"{clue.value}"' for clue in read[:QUOTED]) + more
        statement = f"Read by OCR in photo {number}: {quoted}" if read else f"No text could be read in photo {number}"
        steps.append(Step(node="perceive", statement=statement, cites=tuple(clue.id for clue in read)))
        steps += _of_the_picture(read)
        clues += read
    return views, clues, steps


def _metadata(camera: Sequence[CameraFact], view: int) -> list[Clue]:
    return [
        Clue(kind="metadata", value=f"{fact.name}: {fact.value}", view=view, witness="exif", focal_mm=fact.focal_mm)
        for fact in camera
    ]


def _show(view: int, lines: list[Line]) -> None:
    """Let a person who waits see what is read, while more is read."""
    if lines:
        glimpse([{"view": view, "value": line.text, "box": line.box.model_dump()} for line in lines])


def _of_the_picture(read: list[Clue]) -> list[Step]:
    """What is said of lines that are not of the scene, so that nobody wonders why they counted for nothing."""
    written = [clue for clue in read if clue.kind == "overlay" or not without_credit(clue.value)]
    if not written:
        return []
    quoted = ", ".join(f'"{clue.value}"' for clue in written[:8])
    statement = f"Written by a viewer, by a camera or as a credit, not a part of the scene: {quoted}"
    return [Step(node="perceive", statement=statement, cites=tuple(clue.id for clue in written))]


def _positions(refs: tuple[PhotoRef, ...]) -> dict[int, Point]:
    found = {number: read_position(Path(ref.path)) for number, ref in enumerate(refs, 1)}
    return {number: point for number, point in found.items() if point is not None}
