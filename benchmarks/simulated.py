"""Simulated cases: models that are calibrated, too sure or too shy by known amounts, and a reader that errs.

The truth is drawn from what a model believes of it, so that the belief is calibrated by construction; what the model
states is that belief distorted. A sign names the true country as often as its reliability says, else any other by its
prior. In every other case the model is shown what the sign says and states its opinion again, as Bayes has it.

Usage: simulated.py [CASES]

Printed for each model, as JSON: what the mean log score of the truth is more than the model's own, in nats, by level; and
with the calibration fitted, how probable the agent makes the country that it names and how often it is right.
"""

import json
import math
import sys
from functools import partial
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import mass
from geoagent.belief.reliability import Calibration, Reliabilities, Row
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Alternative, Alternatives, Areas
from geoagent.geo import Area
from geoagent.settings import Settings

LEVELS = ("country", "region", "city")
READ_RIGHT = 0.9
DISTORTIONS = {"calibrated": (0.0, 1.0), "too sure": (1.0, 1.5), "too shy": (-0.7, 0.7)}
"""What a model states: logit q = shift + slope · logit p."""


class Case(NamedTuple):
    """The row of the truth, what the model believed of each city before and after the sign, and the sign's country."""

    truth: int
    before: dict[Area, float]
    after: dict[Area, float] | None
    sign: Area


def distorted(p: float, shift: float, slope: float) -> float:
    """What a model states that believes `p`."""
    p = min(max(p, 1e-4), 0.9999)
    return 1 / (1 + math.exp(-(shift + slope * math.log(p / (1 - p)))))


def draw(number: int, atlas: Atlas, rng: np.random.Generator) -> Case:
    """A case: two or three cities that the model thinks of, the truth being one of them as often as it believes."""
    cities = np.flatnonzero((atlas.geonameid > 0) & (atlas.population > 50_000))
    weights = atlas.prior[cities] / atlas.prior[cities].sum()
    rows = rng.choice(cities, 3, replace=False, p=weights)
    areas = list(dict.fromkeys(city for row in rows if (city := atlas.city_of(int(row))) is not None))
    shares = rng.dirichlet([4.0, *[0.8] * (len(areas) - 1), 0.8])
    before = dict(zip(areas, shares.tolist(), strict=False))
    chosen = int(rng.choice(len(shares), p=shares))
    within = (
        atlas.rows(areas[chosen]) if chosen < len(areas) else ~sum(map(atlas.rows, areas), np.zeros(len(atlas), bool))
    )
    prior = np.where(within, atlas.prior, 0.0)
    truth = int(rng.choice(len(prior), p=prior / prior.sum()))
    masses = np.bincount(atlas.country, atlas.prior, len(atlas.countries))
    wrong = int(rng.choice(len(masses), p=masses))
    right = bool(rng.random() < READ_RIGHT)
    sign = Area(atlas.countries[int(atlas.country[truth]) if right else wrong])
    return Case(truth, before, told(before, sign, atlas) if number % 2 else None, sign)


def told(before: dict[Area, float], sign: Area, atlas: Atlas) -> dict[Area, float]:
    """A belief after the sign was read, by Bayes: it is right as often as its reliability says."""
    share = float(atlas.prior[atlas.rows(sign)].sum())
    says = {True: READ_RIGHT + (1 - READ_RIGHT) * share, False: (1 - READ_RIGHT) * share}
    there = sum(float(atlas.prior[atlas.rows(area)].sum()) for area in before if sign.contains(area))
    outside = max(share - there, 0.0) / max(
        1 - sum(float(atlas.prior[atlas.rows(area)].sum()) for area in before), 1e-9
    )
    weighed = {area: p * says[sign.contains(area)] for area, p in before.items()}
    rest = (1 - sum(before.values())) * (outside * says[True] + (1 - outside) * says[False])
    total = sum(weighed.values()) + rest
    return {area: p / total for area, p in weighed.items()}


def opinion(believed: dict[Area, float], shape: tuple[float, float], earlier: Evidence | None, seen: str) -> Evidence:
    """What a model states of what it believes; a revision of its earlier word where there is one."""
    stated = {area: distorted(p, *shape) for area, p in believed.items()}
    scale = max(1.0, sum(stated.values()) / 0.9999)
    places = tuple(Alternative(area=area, probability=q / scale) for area, q in stated.items())
    return Evidence(
        kind="opinion", witness="vlm:x", statement=str(places)[:1000], likelihood=Alternatives(places=places),
        group="opinion:vlm:x", level="city", supersedes=earlier.id if earlier else None,
        seen=(seen,) if earlier else (),
    )  # fmt: skip


def evidence(case: Case, shape: tuple[float, float]) -> tuple[list[Evidence], Evidence]:
    """All evidence of a case, and the model's own last word."""
    read = Evidence(
        kind="country_name", witness="ocr", statement=f"a sign names {case.sign}", group="text", level="country",
        likelihood=Areas(weights={case.sign: 1.0}, elsewhere=0.0),
    )  # fmt: skip
    first = opinion(case.before, shape, None, read.id)
    if case.after is None:
        return [read, first], first
    last = opinion(case.after, shape, first, read.id)
    return [read, first, last], last if last.likelihood != first.likelihood else first


def of_truth(belief: Belief, row: int, atlas: Atlas) -> list[float]:
    """The probability of the true country, region and city."""
    city, division = atlas.city_of(row), atlas.division_of(row)
    areas = [atlas.country_of(row), division, city]
    return [mass(belief, area) for area in areas if area is not None and area.country == areas[0].country]


def simulate(atlas: Atlas, shape: tuple[float, float], cases: int) -> dict[str, float]:
    """What the agent gains on the model in nats, by level, and how far its fitted probabilities are off."""
    rng, row = np.random.default_rng(17), Row(witness="ocr", kind="*", level="*", r=READ_RIGHT)
    stated = Beliefs(atlas, Reliabilities(gamma=0.3, rows=(row,)))
    shift, slope = shape
    fit = Calibration(witness="vlm*", level="*", shift=-shift / slope, slope=1 / slope, source="simulated")
    fitted = Beliefs(atlas, Reliabilities(gamma=0.3, rows=(row,), calibrations=(fit,)))
    gains, known = list[list[float]](), list[tuple[float, bool]]()
    for number in range(cases):
        case = draw(number, atlas, rng)
        found, last = evidence(case, shape)
        own, agent = (of_truth(stated.of(given), case.truth, atlas) for given in ([last], found))
        if len(own) == len(LEVELS):
            gains.append([math.log(after / before) for before, after in zip(own, agent, strict=True)])
        belief = fitted.of(found)
        best = max({area.country_area for area in case.before}, key=partial(mass, belief))
        known.append((mass(belief, best), best.contains(atlas.country_of(case.truth))))
    claimed, right = np.array(known, dtype=float).mean(axis=0)
    mean = dict(zip(LEVELS, np.array(gains).mean(axis=0).tolist(), strict=True))
    return {**mean, "claimed": float(claimed), "right": float(right)}


def main(cases: int) -> None:
    """Print a line of JSON for each kind of model."""
    atlas = open_atlas(Settings().cache)
    for name, shape in DISTORTIONS.items():
        print(json.dumps({"model": name, "cases": cases, **simulate(atlas, shape, cases)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
