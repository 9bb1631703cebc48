import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geoagent.case.evidence import Clue, Evidence, Step, Verdict
from geoagent.case.likelihood import Areas, Mixture
from geoagent.case.views import Box


def test_the_id_is_the_content() -> None:
    a, b = (Clue(kind="text", value="Apotek", witness="ocr") for _ in range(2))
    assert a.id == b.id
    assert a.id != a.replace(value="Apoteket").id


def test_an_edited_noun_does_not_load() -> None:
    clue = Clue(kind="text", value="Apotek", witness="ocr")
    edited = clue.model_dump_json().replace("Apotek", "Eczane")
    with pytest.raises(ValidationError, match="does not match the content"):
        Clue.model_validate_json(edited)


def test_a_noun_of_version_1_keeps_its_id() -> None:
    step = {"node": "x", "statement": "y", "cites": ["e000000000000"], "support": "record"}
    clue = {"kind": "text", "value": "Apotek", "view": None, "box": None, "witness": "ocr", "confidence": 1.0}
    verdict = {"candidate": "p000000000000", "outcome": "plausible", "supporting": ["e000000000000"], "opposing": []}
    for noun, content in ((Step, step), (Clue, clue), (Verdict, verdict)):
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        old = f"{noun.prefix}{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        assert noun.model_validate({**content, "id": old}).id == old


def test_what_a_new_field_says_is_part_of_the_id() -> None:
    step = Step(node="x", statement="y", cites=("e000000000000",))
    assert step.replace(renders="e000000000000").id != step.id
    clue = Clue(kind="metadata", value="focal length: 28", witness="exif", focal_mm=28)
    edited = clue.model_dump_json().replace('"focal_mm":28.0', '"focal_mm":280.0')
    with pytest.raises(ValidationError, match="does not match the content"):
        Clue.model_validate_json(edited)


def test_nouns_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Step(node="x", statement="y").statement = "z"  # type: ignore[misc]


@given(st.text(min_size=1, max_size=50), st.floats(0, 1))
def test_json_there_and_back(value: str, confidence: float) -> None:
    clue = Clue(kind="text", value=value, witness="ocr", confidence=confidence)
    assert Clue.model_validate_json(clue.model_dump_json()) == clue


def test_evidence_there_and_back() -> None:
    likelihood = Mixture(parts=((0.5, Areas(weights={"SE": 1.0})), (0.2, Areas(weights={"NO": 1.0}, elsewhere=0.1))))
    evidence = Evidence(kind="language", witness="ocr", statement="x", likelihood=likelihood, group="g")
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence


@pytest.mark.parametrize("box", [(0.5, 0, 0.5, 1), (0.6, 0, 0.5, 1), (0, 0, 1.1, 1)])
def test_boxes_have_area_inside_the_picture(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValidationError):
        Box(x0=box[0], y0=box[1], x1=box[2], y1=box[3])


def test_a_mixture_is_at_most_one() -> None:
    with pytest.raises(ValidationError, match="more than 1"):
        Mixture(parts=((0.7, Areas(weights={"SE": 1.0})), (0.7, Areas(weights={"NO": 1.0}))))


def test_a_likelihood_of_zero_everywhere_is_refused() -> None:
    with pytest.raises(ValidationError):
        Areas(weights={"SE": 0.0})
