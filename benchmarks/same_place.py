"""How often texts of two countries, and of one place, contradict each other: `python benchmarks/same_place.py RUN`.

RUN is a finished `geoagent eval run` with golds. Texts are taken from its traces. "One place" are 20 random splits in
two of the texts of each photo; the pairs are photos of different cases whose texts alone give one country at least half
of the belief. Intervals resample photos; where no photo fell below, the bound is that of the binomial.
"""

import random
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geoagent import GeoAgent
from geoagent.belief.misfit_photos import CONTRADICTION
from geoagent.belief.readout import STATED
from geoagent.case.evidence import Clue
from geoagent.geo import Floats
from geoagent.reading.texts import read_clues
from geoagent.runs.run_folder import read_results, read_samples
from geoagent.settings import read_settings

SPLITS = 20
THRESHOLDS = (CONTRADICTION, 0.1)


class Shown(NamedTuple):
    """One photo: its texts, the country of its gold, and the belief that the texts give."""

    case: str
    texts: list[Clue]
    country: str | None
    probability: Floats


def main(run: Path) -> None:
    """Print the share below each threshold, with n."""
    resources = GeoAgent(read_settings({})).resources
    atlas = resources.beliefs.atlas

    def believe(texts: list[Clue]) -> Floats | None:
        evidence = read_clues(texts, atlas)
        return resources.beliefs.of(evidence).probability if evidence else None

    photos = _photos(run, believe)
    print(f"{len(photos)} photos with evidence from text")
    rng = random.Random(0)
    splits = [_split_factors(photo.texts, believe, atlas.prior, rng) for photo in photos]
    splits = [factors for factors in splits if factors]
    strong = [p for p in photos if np.bincount(atlas.country, p.probability).max() >= STATED]
    pairs = [(i, j) for i, j in combinations(range(len(strong)), 2) if strong[i].case != strong[j].case]
    factors = {(i, j): float(strong[i].probability @ (strong[j].probability / atlas.prior)) for i, j in pairs}
    for threshold in THRESHOLDS:
        low = sum(min(factors) < threshold for factors in splits)
        upper = f", at most {1 - 0.025 ** (1 / len(splits)):.2f}" if not low else ""
        print(f"B < {threshold:.3f}: one place, {low} of {len(splits)} photos{upper} ({sum(map(len, splits))} splits)")
        for name, same in (("one country", True), ("different countries", False)):
            alike = {p for p in pairs if (strong[p[0]].country == strong[p[1]].country) == same}
            below = {pair for pair in alike if factors[pair] < threshold}
            print(f"    {name}: {len(below)} of {len(alike)} pairs, {_resampled(below, alike, len(strong))}")
    print(f"smallest B of one place: {min(map(min, splits)):.2f}")


def _photos(run: Path, believe: Callable[[list[Clue]], Floats | None]) -> list[Shown]:
    golds = {sample.id: sample.country for sample in read_samples(run)}
    found = []
    for result in read_results(run):
        if result.trace is None:
            continue
        trace = result.trace.trace
        photo_of = {view.number: view.photo for view in trace.views}
        read = [clue for clue in trace.clues if clue.kind == "text" and clue.witness == "ocr" and clue.view in photo_of]
        for photo in sorted({photo_of[clue.view] for clue in read if clue.view}):
            texts = [clue for clue in read if clue.view and photo_of[clue.view] == photo]
            probability = believe(texts)
            if probability is not None:
                found.append(Shown(result.id, texts, golds[result.id], probability))
    return found


def _split_factors(
    texts: list[Clue], believe: Callable[[list[Clue]], Floats | None], prior: Floats, rng: random.Random
) -> list[float]:
    factors = []
    for _ in range(SPLITS if len(texts) > 1 else 0):
        order = rng.sample(texts, len(texts))
        cut = rng.randint(1, len(texts) - 1)
        one, other = believe(order[:cut]), believe(order[cut:])
        if one is not None and other is not None:
            factors.append(float(one @ (other / prior)))
    return factors


def _resampled(below: set[tuple[int, int]], pairs: set[tuple[int, int]], photos: int) -> str:
    rng, shares = np.random.default_rng(0), []
    for _ in range(2000):
        times = np.bincount(rng.integers(0, photos, photos), minlength=photos)
        weights = {(i, j): times[i] * times[j] for i, j in pairs}
        total = sum(weights.values())
        if total:
            shares.append(sum(weights[pair] for pair in below) / total)
    low, high = np.quantile(shares, [0.025, 0.975]) if shares else (np.nan, np.nan)
    return f"{len(below) / max(len(pairs), 1):.2f} [{low:.2f}, {high:.2f}] ({photos} photos)"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
