"""The address at a point, as evidence for or against it."""

from pathlib import Path

import pytest

from geoagent import Settings
from geoagent.belief import Beliefs
from geoagent.case.evidence import Clue, Spot
from geoagent.case.likelihood import Gap, Mixture
from geoagent.case.trace import Trace
from geoagent.geo import Point
from geoagent.photo import Photos
from geoagent.testing import MapPlace, MapServer
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.web.gate import Gate, Wire

PLACE = MapPlace("Calle del Molino", "8", "50003", "Zaragoza", "ES", 41.6532, -0.8744)
HERE = {"lat": 41.6532, "lon": -0.8744}


def asked(beliefs: Beliefs, folder: Path, text: str | None, witness: str = "ocr") -> Trace:
    clues = (Clue(kind="text", value=text, witness=witness, confidence=0.95),) if text else ()
    with MapServer([PLACE]) as maps:
        wire = Wire(Gate(Settings(services=maps.services, cache_dir=folder)))
        context = ToolContext((), Trace(clues=clues), beliefs.of(()), Photos(), "vlm:x", wire)
        arguments = {**HERE, **({"clue": clues[0].id} if clues else {})}
        return call_tool(TOOLS, "address_at", arguments, context)


def test_without_a_clue_it_is_no_evidence(beliefs: Beliefs, tmp_path: Path) -> None:
    added = asked(beliefs, tmp_path, None)
    assert "Calle del Molino 8" in added.calls[0].text
    assert not added.evidence


@pytest.mark.parametrize(("text", "shape"), [("Calle del Molino 8", Mixture), ("Calle Mayor 8", Gap)])
def test_the_street_that_was_read_fits_or_not(beliefs: Beliefs, tmp_path: Path, text: str, shape: type) -> None:
    (item,) = asked(beliefs, tmp_path, text).evidence
    assert isinstance(item.likelihood, shape)
    spot = Spot(name="here", level="street", point=Point(**HERE), radius_km=0.05, evidence=item.id)
    far = Spot(name="far", level="street", point=Point(lat=41.68, lon=-0.87), radius_km=0.05, evidence=item.id)
    belief = beliefs.of([item], [spot, far])
    at = {spot.name: p for spot, p in zip(belief.spots, belief.terms[0].log_ratio_spots, strict=True)}
    assert bool(at["here"] > at["far"]) is (shape is Mixture)


def test_a_text_that_names_no_street_says_nothing(beliefs: Beliefs, tmp_path: Path) -> None:
    assert not asked(beliefs, tmp_path, "PANADERIA SOLERA").evidence


def test_what_the_model_alone_has_read_shares_its_group(beliefs: Beliefs, tmp_path: Path) -> None:
    (item,) = asked(beliefs, tmp_path, "Calle Mayor 8", "vlm:x").evidence
    assert item.group == "opinion:vlm:x"
