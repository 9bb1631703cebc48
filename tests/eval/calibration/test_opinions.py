"""What a model's probabilities are worth is learnt from labelled answers."""

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Alternative, Alternatives
from geoagent.eval.calibration.opinions import Outcome, fit_calibrations, outcomes
from geoagent.geo import Area


def stated(text: str, probability: float) -> Evidence:
    place = Alternative(area=Area.parse(text), probability=probability)
    return Evidence(
        kind="opinion", witness="vlm:m", statement="in its opinion", likelihood=Alternatives(places=(place,)),
        group="opinion:vlm:m",
    )  # fmt: skip


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 1.0), (-1.0, 0.5), (0.5, 1.5)])
def test_a_model_that_is_too_sure_or_too_shy_by_a_known_amount_comes_out_right(shift: float, slope: float) -> None:
    random = np.random.default_rng(5)
    q = random.uniform(0.05, 0.95, 4000)
    true = 1 / (1 + np.exp(-(shift + slope * np.log(q / (1 - q)))))
    said = [
        Outcome("vlm:m", "country", float(p), bool(u < t)) for p, t, u in zip(q, true, random.random(4000), strict=True)
    ]
    (fitted,) = fit_calibrations(said, "simulated")
    assert max(abs(fitted.of(float(p)) - t) for p, t in zip(q, true, strict=True)) < 0.04


def test_too_few_statements_say_nothing() -> None:
    assert fit_calibrations([Outcome("vlm:m", "city", 0.9, True)] * 19, "few") == ()


def test_each_place_that_is_stated_counts_at_its_level(atlas: Atlas) -> None:
    truth = atlas.rows(Area.parse("FR.84#2996944"))
    found = list(outcomes([stated("FR.84#2996944", 0.6)], truth, "FR", atlas))
    assert {(o.level, o.stated, o.right) for o in found} == {
        (level, 0.6, True) for level in ("country", "region", "city")
    }
    elsewhere = list(outcomes([stated("FR.11", 0.7)], truth, "FR", atlas))
    assert {(o.level, o.right) for o in elsewhere} == {("country", True), ("region", False)}
