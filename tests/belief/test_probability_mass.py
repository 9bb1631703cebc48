"""Radii round a point that a model states: as far off as such points are, whether towns are near or not."""

from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.probability_mass import scattered
from geoagent.belief.readout import best_point, radius_km
from geoagent.reasoners.vlm.answer_models import Opinion
from geoagent.reasoners.vlm.opinion import opinion_trace

STREETS = [
    {"country": "China", "city": "Zhuhai", "street": "Guishan Island", "lat": 22.1423, "lon": 113.8213},
    {"country": "Italy", "city": "Siena", "street": "Piazza del Campo", "lat": 43.3183, "lon": 11.3314},
]  # fmt: skip
TOWNS = [
    {"country": "Iceland", "city": "Reynisfjara", "lat": 63.4044, "lon": -19.0451},
    {"country": "United States", "region": "California", "city": "San Francisco", "lat": 37.7749, "lon": -122.4194},
]


@pytest.mark.parametrize(("places", "low", "high"), [(STREETS, 0.2, 1.0), (TOWNS, 0.6, 3.0)])
def test_half_of_the_belief_lies_as_near_as_such_points_do(
    atlas: Atlas, beliefs: Beliefs, places: list[dict[str, Any]], low: float, high: float
) -> None:
    for place in places:
        given = {
            "places": [{**place, "probability": 0.86}, {"country": "Chile", "probability": 0.07}],
            "elsewhere": 0.07,
        }
        said = opinion_trace(Opinion.model_validate(given), "vlm:x", atlas)
        belief = beliefs.of(said.evidence, said.spots)
        parts = scattered(belief)
        held = float(parts.rows.sum() + parts.spots.sum()) + sum(mass for _, mass in parts.kernels)
        assert held == pytest.approx(1)
        assert low < radius_km(belief, best_point(belief), 0.5) < high
        assert radius_km(belief, best_point(belief), 0.9) > 100  # the seven per cent elsewhere
