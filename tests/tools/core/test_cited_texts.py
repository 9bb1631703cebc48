"""Lines of one sign that are cited together, and ids that may not be."""

from geoagent.belief import Beliefs
from geoagent.case.evidence import Clue
from geoagent.case.trace import Trace
from geoagent.case.views import Box
from geoagent.photo import Photos
from geoagent.tools import ToolContext
from geoagent.tools.core.cited_texts import quoted_text


def line(value: str, top: float, left: float = 0.1, witness: str = "ocr") -> Clue:
    box = Box(x0=left, y0=top, x1=left + 0.3, y1=top + 0.05)
    return Clue(kind="text", value=value, view=1, box=box, witness=witness, confidence=0.9)


FIRST, SECOND, FAR = line("LIBRERIA", 0.1), line("EBROLINO", 0.16), line("PANADERIA", 0.8, 0.6)
OWN, OTHERS = line("Calle Mayor", 0.22, witness="vlm:x"), line("Calle Menor", 0.22, witness="vlm:other")


def context(beliefs: Beliefs) -> ToolContext:
    trace = Trace(clues=(FIRST, SECOND, FAR, OWN, OTHERS))
    return ToolContext((), trace, beliefs.of(()), Photos(), "vlm:x")


def test_the_lines_of_one_sign_are_one_text(beliefs: Beliefs) -> None:
    for cited in (f"{SECOND.id} {FIRST.id}", f"{FIRST.id}, {SECOND.id}"):
        shown = quoted_text(context(beliefs), cited)
        assert shown is not None
        assert shown.text == "LIBRERIA EBROLINO"
        assert shown.holds("libreria ebrolino")
        assert not shown.holds("libreria panaderia")
        assert shown.group("own") == "own"


def test_lines_of_two_signs_are_not(beliefs: Beliefs) -> None:
    assert quoted_text(context(beliefs), f"{FIRST.id} {FAR.id}") is None


def test_what_the_caller_has_read_shares_the_group_of_its_opinion(beliefs: Beliefs) -> None:
    shown = quoted_text(context(beliefs), f"{SECOND.id} {OWN.id}")
    assert shown is not None
    assert shown.group("own") == "opinion:vlm:x"


def test_ids_that_do_not_count(beliefs: Beliefs) -> None:
    for cited in (None, "", "c000000000000", OTHERS.id, f"{FIRST.id} c000000000000"):
        assert quoted_text(context(beliefs), cited) is None
