"""The clues of a case as page and report show them: each with its number, and with its place in a photo."""

from collections.abc import Sequence
from typing import NamedTuple

from geoagent.case.evidence import Clue
from geoagent.case.trace import Trace
from geoagent.case.views import Box, PhotoRef, View
from geoagent.photo.warps import box_in_photo

LOOKED = {
    "confirmed": "confirmed by a second look", "different": "not confirmed: a second look shows something different",
    "not_visible": "not confirmed: a second look shows nothing of the kind",
}  # fmt: skip
SAME = 0.5
"""Boxes that share more than this part of what they cover together are of one thing."""


class ShownClue(NamedTuple):
    """A clue as it is shown, with its number, counted from 1; what was found twice at one place has one number.

    `photo` is the index of the photo that it is in, from 0, and `box` where (fractions of the photo); None where it is
    in none. `looked` says what a second look found of it, or is "".
    """

    number: int
    clue: Clue
    photo: int | None
    box: Box | None
    looked: str = ""


def shown_clues(trace: Trace, refs: Sequence[PhotoRef]) -> list[ShownClue]:
    """All clues of a trace in order, numbered. The numbers stay as they are while the trace grows.

    `refs` are the photos of the case in order.
    """
    views = {view.number: view for view in trace.views}
    looked = {look.clue: LOOKED[look.outcome] for look in trace.second_looks}
    found = list[ShownClue]()
    for clue in trace.clues:
        photo, box = _place(clue, views.get(clue.view or 0), refs)
        twin = next((each.number for each in found if each.photo == photo and _are_one(each.box, box)), None)
        number = twin or max((each.number for each in found), default=0) + 1
        found.append(ShownClue(number, clue, photo, box, looked.get(clue.id, "")))
    return found


def _place(clue: Clue, view: View | None, refs: Sequence[PhotoRef]) -> tuple[int | None, Box | None]:
    """The index of the photo that a clue is in, and its box there."""
    if view is None or view.of or view.beside or view.photo >= len(refs):
        return None, None
    ref = refs[view.photo]
    box = box_in_photo(view, clue.box, (ref.width, ref.height), ref.panorama) if clue.box else None
    return view.photo, box


def _are_one(a: Box | None, b: Box | None) -> bool:
    if a is None or b is None:
        return False
    wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    both = max(wide, 0.0) * max(high, 0.0)
    return both > SAME * (_area(a) + _area(b) - both)


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
