"""The numbers of clues: one for what was found twice at one place, and none changes while the trace grows."""

from geoagent.case.evidence import Clue
from geoagent.case.trace import Trace
from geoagent.case.views import Box, PhotoRef, View
from geoagent.report.shown_clues import shown_clues

REFS = [PhotoRef(path=f"{n}.jpg", id=f"{n:016x}", width=640, height=480) for n in (1, 2)]
VIEWS = (
    View(number=1, photo=0, width=640, height=480), View(number=2, photo=1, width=640, height=480),
    View(number=3, photo=0, source=1, box=Box(x0=0.5, y0=0.5, x1=1, y1=1), width=320, height=240),
)  # fmt: skip
SIGN = Box(x0=0.6, y0=0.6, x1=0.8, y1=0.7)


def _clue(value: str, view: int | None = None, box: Box | None = None, witness: str = "ocr") -> Clue:
    return Clue(kind="text", value=value, view=view, box=box, witness=witness)


def test_what_is_found_twice_at_one_place_has_one_number() -> None:
    clues = (
        _clue("APOTEK", 1, SIGN),
        _clue("Uppsala", 2, SIGN),  # at the same place of another photo
        _clue("a hint"),
        _clue("Apotek", 3, Box(x0=0.2, y0=0.2, x1=0.6, y1=0.4), "model"),  # the same sign in an enlarged part
        _clue("12", 1, Box(x0=0.1, y0=0.1, x1=0.2, y1=0.2)),
        _clue("another hint"),
    )
    shown = shown_clues(Trace(views=VIEWS, clues=clues), REFS)
    assert [each.number for each in shown] == [1, 2, 3, 1, 4, 5]
    assert [each.photo for each in shown] == [0, 1, None, 0, 0, None]
    assert shown[3].box == SIGN
    for count in range(len(clues)):
        assert shown_clues(Trace(views=VIEWS, clues=clues[:count]), REFS) == shown[:count]
