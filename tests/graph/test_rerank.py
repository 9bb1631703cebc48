"""Re-ranking in solve: a model that compares well moves the belief, one that goes by position or chance abstains."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoagent import Settings, TraceFile
from geoagent.belief.ranking import agreement, plackett_luce
from geoagent.belief.reliability import load_reliabilities
from geoagent.geo import Area
from geoagent.testing.scripted_model import Answer, Request, ScriptedModel, action, look, said
from tests.perceived import solve_perceived

OPINION = look(
    {"country": "France", "region": "Bretagne", "probability": 0.3},
    {"country": "Spain", "region": "Galicia", "probability": 0.25},
    {"country": "Ireland", "region": "Munster", "probability": 0.2},
    elsewhere=0.25,
)


def places_in(request: Request) -> list[str]:
    return re.findall(r"^\d+\. (.*)$", said(request), re.MULTILINE)


def right(request: Request) -> dict[str, Any]:
    """The places by name, but Galicia first: the same order however they are told."""
    places = places_in(request)
    order = sorted(range(len(places)), key=lambda n: (not places[n].startswith("Galicia"), places[n]))
    return {"order": [n + 1 for n in order]}


def by_position(request: Request) -> dict[str, Any]:
    return {"order": list(range(1, len(places_in(request)) + 1))}


def solved(ranking: Answer, cache: Path, photos: Path, rerank: int = 4) -> tuple[TraceFile, ScriptedModel]:
    with ScriptedModel([OPINION, action("conclude", claims=[]), ranking]) as model:
        settings = Settings(vlm=model.url, model="m", cache_dir=cache, rerank=rerank)
        return solve_perceived(settings, photos / "nowhere_plain.jpg"), model


def test_a_model_that_compares_well_moves_the_belief(cache: Path, photos: Path) -> None:
    without, _ = solved(right, cache, photos, rerank=0)
    file, model = solved(right, cache, photos)
    asked = [places_in(request) for request in model.requests[2:]]
    assert len(asked) == 3
    assert len({tuple(places) for places in asked}) > 1  # told in other orders
    assert all("km from" in place for place in asked[0])
    (ranking,) = (item for item in file.trace.evidence if item.kind == "ranking")
    assert ranking.group == next(item for item in file.trace.evidence if item.kind == "opinion").group
    assert "Galicia" in ranking.statement

    def galicia(of: TraceFile) -> float:
        return next(r.probability for r in of.prediction.regions if r.key == Area("ES", "58"))

    assert galicia(file) > galicia(without)
    assert not any(item.kind == "ranking" for item in without.trace.evidence)


@pytest.mark.parametrize(
    ("ranking", "why"),
    [
        (by_position, "its orders contradict each other"),
        ({"order": [1, 1, 1]}, "it gave no order that can be used"),
        ("no JSON", "it gave no order that can be used"),
    ],
)
def test_a_model_that_does_not_compare_abstains(ranking: Answer, why: str, cache: Path, photos: Path) -> None:
    file, _ = solved(ranking, cache, photos)
    assert not any(item.kind == "ranking" for item in file.trace.evidence)
    assert any("abstains: " + why in note for note in file.prediction.notes)


def test_orders_by_chance_seldom_agree_so_far() -> None:
    rng = np.random.default_rng(0)
    passed = [agreement([rng.permutation(4).tolist() for _ in range(3)]) >= 0.6 for _ in range(400)]
    assert 0 < np.mean(passed) < 0.06
    assert agreement([[2, 0, 1, 3]] * 3) == 1
    assert agreement([[0, 1, 2], [2, 1, 0]]) == -1


def test_scores_follow_the_rankings_and_stay_moderate() -> None:
    scores = plackett_luce([[2, 0, 1], [2, 1, 0], [2, 0, 1]], 3)
    assert scores[2] > scores[0] > scores[1]
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert scores[2] - scores[1] < 3
    assert plackett_luce([[0, 1], [1, 0]], 2) == pytest.approx([0, 0], abs=1e-3)


def test_what_an_order_is_worth_is_no_more_than_an_opinion() -> None:
    assert load_reliabilities().known("vlm:m", "ranking", "region") <= 0.5
