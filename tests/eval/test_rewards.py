"""Rewards: the values that the docs give, and completions of every form that trainers and models send."""

import json
from typing import Any

import pytest

from geoagent.eval.rewards import (
    answer_in,
    compute_score,
    distance_reward,
    grounding_reward,
    level_reward,
    localizability_reward,
)

PARIS = {"country": "France", "region": "Île-de-France", "city": "Paris", "lat": 48.85, "lon": 2.35}
TRUTH = {**PARIS, "seen": ["RUE DE RIVOLI", "a grey zinc roof"], "localizable": 0.75}


def said(**fields: Any) -> str:
    return f"The street sign {{is}} blue.\n{json.dumps(fields)}"


def columns(count: int = 1, **changes: Any) -> dict[str, list[Any]]:
    return {name: [value] * count for name, value in (TRUTH | changes).items()}


@pytest.mark.parametrize(("degrees", "reward"), [(0.0, 1.0), (0.22483, 0.983), (6.7449, 0.605), (22.483, 0.187)])
def test_distance(degrees: float, reward: float) -> None:
    found = distance_reward([said(lat=degrees, lon=0)], **columns(lat=0.0, lon=0.0))
    assert found == pytest.approx([reward], abs=0.001)


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        (PARIS, 1.0),
        ({**PARIS, "region": "Ile de France region", "city": "PARIS"}, 1.0),
        ({**PARIS, "city": None}, 2 / 3),
        ({**PARIS, "region": "Brittany"}, 1 / 3),
        ({**PARIS, "country": "Texas"}, 0.0),
        ({"country": 7, "lat": 0}, 0.0),
    ],
)
def test_levels_count_from_the_country_on(answer: dict[str, Any], reward: float) -> None:
    assert level_reward([said(**answer)], **columns()) == pytest.approx([reward])


def test_only_known_levels_are_asked_for() -> None:
    assert level_reward([said(country="France")], **columns(region=None, city=None)) == [1.0]
    assert level_reward([said(country="France")], **columns(country=None, region=None, city=None)) == [0.0]


@pytest.mark.parametrize(
    ("clues", "reward"),
    [
        (["Rue de Rivoli", "zinc roof"], 1.0),
        (["Rue de Rivoli", "a palm tree"], 0.5),
        (["roo"], 0.0),
        ([""], 0.0),
        ([], 0.0),
        ("Rue de Rivoli", 0.0),
        ([7, None], 0.0),
    ],
)
def test_clues_are_sought_among_what_was_seen(clues: Any, reward: float) -> None:
    assert grounding_reward([said(country="France", clues=clues)], **columns()) == [reward]


def test_localizability_is_largest_where_it_is_true() -> None:
    texts = [said(country="France", localizable=s) for s in (0.0, 0.5, 0.75, 1.0)]
    rewards = localizability_reward(texts, **columns(4))
    assert max(rewards) == rewards[2] == 1.0
    odd = [said(country="France", localizable=s) for s in (-1, 2, True, "0.75", None)]
    assert localizability_reward(odd, **columns(5)) == [0.0] * 5


@pytest.mark.parametrize(
    "completion",
    [
        said(**PARIS),
        [{"role": "assistant", "content": said(**PARIS)}],
        [{"role": "tool", "content": "x"}, {"role": "assistant", "content": [{"type": "text", "text": said(**PARIS)}]}],
        said(**PARIS) + " and {some} more",
        said(country="Spain") + said(**PARIS, clues=[{"what": "a nested object"}]),
    ],
)
def test_the_last_answer_of_a_completion_counts(completion: Any) -> None:
    assert answer_in(completion)["city"] == "Paris"


@pytest.mark.parametrize(
    "completion",
    [
        "", "Paris.", [], None, [{}], [{"content": None}], ["text"], "{" * 50_000, '{"lat": NaN, "lon": 2}',
        '{"lat": 1e999, "lon": 2}', '{"lat": 91, "lon": 2}', '{"lat": "48.85", "lon": "2.35"}',
        '{"lat": true, "lon": 2}',
    ],
)  # fmt: skip
def test_what_is_no_answer_gets_nothing(completion: Any) -> None:
    for reward in (distance_reward, level_reward, grounding_reward, localizability_reward):
        assert reward([completion], **columns()) == [0.0]


def test_verl_calls_one_function() -> None:
    text = said(**PARIS, clues=["Rue de Rivoli"], localizable=0.75)
    assert compute_score("geoagent", text, json.dumps(TRUTH), {"index": 1}) == pytest.approx(1.0)
    assert compute_score("geoagent", "nothing", json.dumps(TRUTH)) == 0.0
