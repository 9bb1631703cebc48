"""Three minds whose errors are alike to a known degree: is the belief in what they say as sure as it is right?

    python benchmarks/minds.py [CASES]      # 60 for each degree

The truth is a country drawn by the atlas's prior. Each mind names it with the probability .6, else another one, and
states .6 for what it names; with the probability "alike" a mind says what the first says. Correlations are measured on
300 other cases by `fit_correlations`, as `geoagent eval calibrate` does. Printed are the mean probability of the most
probable country and how often it is right, for the first mind alone, for all three by the measured correlations, and
for all three as if they erred independently.
"""

import itertools
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from geoagent.atlas import open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Alternative, Alternatives
from geoagent.eval.calibration.opinions import Outcome, fit_correlations
from geoagent.geo import Area
from geoagent.settings import read_settings

MINDS = ("vlm:a", "vlm:b", "vlm:c")
RIGHT = 0.6
ALIKE = (0.0, 0.5, 0.9)


def said_by_all(truth: str, alike: float, countries: list[str], prior: list[float], rng: random.Random) -> list[str]:
    """The country that each mind names."""

    def one() -> str:
        wrong = [p * (country != truth) for country, p in zip(countries, prior, strict=True)]
        return truth if rng.random() < RIGHT else rng.choices(countries, wrong)[0]

    first = one()
    return [first, *(first if rng.random() < alike else one() for _ in MINDS[1:])]


def opinion(witness: str, country: str) -> Evidence:
    """A mind's word."""
    places = (Alternative(area=Area(country), probability=RIGHT),)
    return Evidence(
        kind="opinion", witness=witness, statement=country, likelihood=Alternatives(places=places),
        level="country", group=f"opinion:{witness}",
    )  # fmt: skip


def main(count: int) -> None:
    """Draw, measure and print."""
    atlas, shipped = open_atlas(read_settings({}).cache), load_reliabilities()
    countries, rng = list(atlas.countries), random.Random(0)
    prior = np.bincount(atlas.country, atlas.prior, len(countries)).tolist()
    print(f"n = {count}\n\n| alike | correlation measured | one mind | three, measured | three, as if independent |")
    print("|---|---|---|---|---|")
    for alike in ALIKE:
        drawn = []
        for _ in range(300 + count):
            (truth,) = rng.choices(countries, prior)
            drawn.append((truth, said_by_all(truth, alike, countries, prior, rng)))
        outcomes = [
            [Outcome(mind, "country", RIGHT, said == truth) for mind, said in zip(MINDS, all_said, strict=True)]
            for truth, all_said in drawn[count:]
        ]
        measured = fit_correlations(outcomes)
        none = {f"{a} {b}": 0.0 for a, b in itertools.combinations(MINDS, 2)}
        cells = []
        for minds, pairs in ((1, measured), (3, measured), (3, none)):
            beliefs, sure, right = Beliefs(atlas, shipped.model_copy(update={"correlations": pairs})), [], []
            for truth, all_said in drawn[:count]:
                given = [opinion(*pair) for pair in zip(MINDS, all_said, strict=True)][:minds]
                held = np.bincount(atlas.country, beliefs.of(given).probability, len(countries))
                sure.append(float(held.max()))
                right.append(countries[int(held.argmax())] == truth)
            cells.append(f"p {np.mean(sure):.2f}, right {np.mean(right):.2f}")
        print(f"| {alike} | {np.mean(list(measured.values())):.2f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
