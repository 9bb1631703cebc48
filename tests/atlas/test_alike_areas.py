"""Areas of which one's text begins with another's (KZ.12510144 and KZ.12) are told apart wherever they are compared."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.alternatives import path_of, probabilities
from geoagent.belief.readout import levels, mass
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Candidate, Clue, Evidence
from geoagent.case.likelihood import Alternative, Alternatives, Areas
from geoagent.case.trace import Trace, extend
from geoagent.geo import Area
from geoagent.graph.verify import weigh
from geoagent.privacy.disclosure import disclose
from geoagent.reading.hints.areas import named_areas
from geoagent.reading.hints.hint import read_hint
from geoagent.report.why_not import why_not
from geoagent.serve.corrections import corrected

Pair = tuple[Area, Area]


@pytest.fixture(scope="module")
def divisions(atlas: Atlas) -> list[Pair]:
    """All pairs of divisions of which the second's text begins with the first's."""
    found = _alike([str(division) for division in atlas.divisions])
    assert len(found) >= 4
    return found


@pytest.fixture(scope="module")
def cities(atlas: Atlas) -> list[Pair]:
    """All such pairs of cities."""
    found = _alike([str(atlas.city_of(row)) for row in np.flatnonzero(atlas.city == np.arange(len(atlas))).tolist()])
    assert len(found) >= 5
    return found


def _alike(texts: list[str]) -> list[Pair]:
    found, open_texts = list[Pair](), list[str]()
    for text in sorted(texts):
        open_texts = [shorter for shorter in open_texts if text.startswith(shorter)]
        found += [(Area.parse(shorter), Area.parse(text)) for shorter in open_texts]
        open_texts.append(text)
    return found


@pytest.fixture(scope="module")
def named(atlas: Atlas, divisions: list[Pair]) -> list[tuple[Pair, tuple[str, str]]]:
    """The pairs of divisions, in either order, whose names a hint can tell, with these."""
    both = [pair for shorter, longer in divisions for pair in permutations((shorter, longer))]
    found = [((one, other), (atlas.division_name(one), atlas.division_name(other))) for one, other in both]

    def is_understood(pair: Pair, names: tuple[str, str]) -> bool:
        return [named_areas(f"in {name}", atlas) for name in names] == [[area] for area in pair]

    known = [(pair, names) for pair, names in found if is_understood(pair, names)]
    assert len(known) >= 6
    return known


def hinted(text: str, atlas: Atlas) -> dict[str, dict[Area, float]]:
    """What a hint says of areas, by the group of the evidence."""
    found, _ = read_hint(Clue(kind="hint", value=text, witness="user"), atlas)
    return {item.group: item.likelihood.weights for item in found if isinstance(item.likelihood, Areas)}


def says(areas: Areas) -> Evidence:
    return Evidence(
        kind="hint", witness="user", statement="s", likelihood=areas, level=next(iter(areas.weights)).level, group="g"
    )


def test_neither_contains_the_other(atlas: Atlas, divisions: list[Pair], cities: list[Pair]) -> None:
    for one, other in divisions + cities:
        assert not one.contains(other)
        assert not other.contains(one)
        assert one.parent == other.parent
        assert one.parent
        assert one.parent.contains(one)
        assert one.parent.contains(other)
        assert not (atlas.rows(one) & atlas.rows(other)).any()


def test_a_hint_that_names_both_keeps_both_with_equal_shares(
    atlas: Atlas, named: list[tuple[Pair, tuple[str, str]]]
) -> None:
    pairs = [((Area("KZ", "12"), Area("KZ", "12510144")), ("Karaganda", "Jetisu Region")), *named]
    for pair, names in pairs:
        weights = hinted(f"in {names[0]} or {names[1]}", atlas)["hint"]
        assert set(weights) == set(pair)
        one, other = (weights[area] * float(atlas.prior[atlas.rows(area)].sum()) for area in pair)
        assert one == pytest.approx(other, rel=1e-4)


def test_a_hint_that_excludes_one_keeps_the_other(atlas: Atlas, named: list[tuple[Pair, tuple[str, str]]]) -> None:
    for (one, other), names in named:
        assert hinted(f"{names[0]}, not in {names[1]}", atlas) == {"hint": {one: 1.0}, "hint:not": {other: 0.0}}
        assert hinted(f"not in {names[0]}, except {names[1]}", atlas)["hint:not"] == {one: 0.0}


def test_an_alternative_of_an_opinion_keeps_all_of_its_area(
    atlas: Atlas, divisions: list[Pair], cities: list[Pair]
) -> None:
    for pair in divisions + cities:
        said = Alternatives(places=tuple(Alternative(area=area, probability=0.4) for area in pair))
        worth = probabilities(said, lambda level, stated: stated, atlas)
        assert [worth[path_of(place)] for place in said.places] == [0.4, 0.4]


def test_evidence_for_one_speaks_against_the_other(atlas: Atlas, divisions: list[Pair], cities: list[Pair]) -> None:
    sure = {"gamma": 0.3, "rows": [{"witness": "*", "kind": "*", "level": "*", "r": 0.99}]}
    beliefs = Beliefs(atlas, Reliabilities.model_validate(sure))
    for one, other in (pair for both in divisions + cities for pair in permutations(both)):
        belief = beliefs.of([says(Areas(weights={one: 1.0}))])
        there, elsewhere = (Candidate(place=atlas.path(area), proposer="vlm:x") for area in (one, other))
        assert weigh(there, belief).outcome == "confirmed"
        assert weigh(elsewhere, belief).outcome == "contradicted"


def test_a_correction_to_one_replaces_that_to_the_other(
    atlas: Atlas, named: list[tuple[Pair, tuple[str, str]]]
) -> None:
    for _, (one, other) in named:
        first = corrected(f"it is in {one}", None, Trace(), atlas)
        second = corrected(f"it is in {other}", None, extend(Trace(), first), atlas)
        assert second.evidence[0].supersedes == (first.evidence[0].id,)


def test_why_not_the_other_is_asked_of_the_answer(beliefs: Beliefs, divisions: list[Pair]) -> None:
    for one, other in (pair for both in divisions for pair in permutations(both)):
        belief = beliefs.of([says(Areas(weights={one: 1.0}, elsewhere=0.000001))])
        answer = next(level for level in levels(belief)[::-1] if level.stated)
        assert answer.code is not None
        assert one.contains(answer.code)
        (compared, _), *_ = why_not(other, belief)
        assert f", {answer.name} " in compared


def test_a_coarser_answer_tells_of_one_alone(agent: GeoAgent, beliefs: Beliefs, photos: Path) -> None:
    jetisu, karaganda = Area("KZ", "12510144"), Area("KZ", "12")
    exact = agent.trace(photos / "nowhere_plain.jpg", hint="Jetisu Region, not in Karaganda")
    coarse = disclose(exact, "city", beliefs)
    assert [level.code for level in coarse.prediction.levels] == [level.code for level in exact.prediction.levels]
    assert coarse.prediction.levels[1].code == jetisu
    before, after = (beliefs.of(file.trace.evidence) for file in (exact, coarse))
    assert mass(before, jetisu) > 0.5 > 0.1 > mass(before, karaganda)
    assert mass(after, jetisu) > 10 * mass(after, karaganda)
