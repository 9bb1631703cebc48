"""What a model reads: its evidence, its group, and what falls that text recognition was unsure of."""

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs, current
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.trace import Trace, extend
from geoagent.case.views import Box, PhotoRef, View
from geoagent.geo import Area
from geoagent.reading.readers import read_by
from geoagent.reading.texts import read_clues
from geoagent.reading.transcripts import read_transcripts

VLM = "vlm:scripted"
REFS = (PhotoRef(path="x.jpg", id="x", width=1000, height=800),)
VIEWS = (View(number=1, photo=0, width=1000, height=800),)
HERE, THERE = Box(x0=0.1, y0=0.1, x1=0.4, y1=0.2), Box(x0=0.6, y0=0.6, x1=0.9, y1=0.7)


def text(value: str, witness: str = VLM, box: Box | None = HERE, confidence: float = 0.8) -> Clue:
    return Clue(kind="text", value=value, view=1, box=box, witness=witness, confidence=confidence)


def read(atlas: Atlas, *clues: Clue) -> Trace:
    """A photo in which text recognition has read these."""
    return Trace(views=VIEWS, clues=clues, evidence=tuple(read_clues(clues, atlas)))


def transcribed(atlas: Atlas, trace: Trace, *clues: Clue) -> list[Evidence]:
    return read_transcripts(clues, trace, current(trace.evidence), REFS, atlas)


def test_a_text_goes_through_the_same_tables(atlas: Atlas) -> None:
    line = "Tel. +354 511 1234"
    found = transcribed(atlas, read(atlas), text(line))
    alike = read_clues([text(line, "ocr")], atlas)
    assert [(item.kind, item.likelihood) for item in found] == [(item.kind, item.likelihood) for item in alike]
    assert {(item.witness, item.group) for item in found} == {(VLM, f"opinion:{VLM}")}
    assert all(item.statement.endswith("as the model reads it") for item in found)


def test_it_moves_the_belief(atlas: Atlas, beliefs: Beliefs) -> None:
    found = transcribed(atlas, read(atlas), text("Tel. +354 511 1234"))
    assert mass(beliefs.of(found), Area("IS")) > 0.5


def test_what_ocr_has_read_alike_counts_once(atlas: Atlas) -> None:
    assert not transcribed(atlas, read(atlas, text("APOTEK", "ocr", confidence=0.95)), text("Apotek"))


def test_a_text_without_a_box_is_no_reading(atlas: Atlas) -> None:
    assert not transcribed(atlas, read(atlas), text("Tel. +354 511 1234", box=None))


def test_an_unsure_reading_of_the_same_box_falls(atlas: Atlas) -> None:
    trace = read(atlas, text("Ayuntamiento de Zaragoza", "ocr", confidence=0.7))
    assert trace.evidence
    found = transcribed(atlas, trace, text("Câmara Municipal do Porto"))
    after = extend(trace, Trace(clues=(text("Câmara Municipal do Porto"),), evidence=tuple(found)))
    standing = current(after.evidence)
    assert not {item.id for item in trace.evidence} & {item.id for item in standing}
    (said,) = [item for item in standing if item.kind == "correction"]
    assert said.witness == VLM
    assert '"Ayuntamiento de Zaragoza" is "Câmara Municipal do Porto"' in said.statement


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (text("Ayuntamiento de Zaragoza", "ocr", confidence=0.97), text("Câmara Municipal do Porto")),
        (text("Ayuntamiento de Zaragoza", "ocr", THERE, 0.7), text("Câmara Municipal do Porto")),
        (text("Zaragoza", "ocr", confidence=0.7), text("Ayuntamiento de Zaragoza")),
    ],
    ids=["it is sure", "another box", "a part of it"],
)
def test_other_readings_stand_beside_it(atlas: Atlas, old: Clue, new: Clue) -> None:
    trace = read(atlas, old)
    found = transcribed(atlas, trace, new)
    assert not [item for item in found if item.kind == "correction"]
    assert not any(item.supersedes for item in found)


def test_a_reading_in_a_closer_view_corrects_the_photo(atlas: Atlas) -> None:
    closer = View(number=2, photo=0, source=1, box=Box(x0=0, y0=0, x1=0.5, y1=0.5), width=1000, height=800)
    trace = read(atlas, text("Ayuntamiento de Zaragoza", "ocr", confidence=0.7))
    trace = trace.model_copy(update={"views": (*VIEWS, closer)})
    box = Box(x0=0.2, y0=0.2, x1=0.8, y1=0.4)
    seen = Clue(kind="text", value="Câmara Municipal do Porto", view=2, box=box, witness=VLM, confidence=0.8)
    assert "correction" in {item.kind for item in transcribed(atlas, trace, seen)}


def test_who_read_it_is_told() -> None:
    assert read_by(text("x", "ocr")) == "read by OCR"
    assert read_by(text("x")) == "read by the model"
    assert read_by(Clue(kind="road", value="x", witness=VLM)) == "seen by the model"
    assert read_by(Clue(kind="hint", value="x", witness="user")) == "you"
