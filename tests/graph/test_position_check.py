"""A position in a file is compared with what else was found."""

import pytest

from geoagent.belief import Beliefs
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Kernel
from geoagent.case.trace import Trace
from geoagent.graph.position_check import with_position_checked

POSITION = Evidence(
    kind="position", witness="exif", statement="x", level="point", group="position",
    likelihood=Kernel(lat=52.52, lon=13.40, sigma_km=0.02),
)  # fmt: skip


def found(lat: float, lon: float) -> list[Evidence]:
    at = Kernel(lat=lat, lon=lon, sigma_km=5.0)
    told = {"kind": "map_match", "statement": "x", "level": "city", "likelihood": at}
    return [Evidence(witness=f"tool:{name}", group=name, **told) for name in "abcdef"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rest", "said", "stance"),
    [
        (found(48.86, 2.35), "one of them is wrong", "against"),
        (found(52.5, 13.4), "fits the rest of the evidence", "for"),
        ([], "Nothing else that was found", "for"),
    ],
)
def test_the_rest_of_the_evidence_checks_it(rest: list[Evidence], said: str, stance: str, beliefs: Beliefs) -> None:
    trace = Trace(evidence=(POSITION, *rest))
    (step,) = with_position_checked((), trace, beliefs)
    assert said in step.statement and step.stance == stance
    assert with_position_checked((), Trace(evidence=tuple(rest)), beliefs) == ()
