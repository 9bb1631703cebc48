"""Prints how well claims are told apart: true ones, and others, of photos whose places are known.

Of each photo its own place is claimed, and the places of five photos of other countries; each of these counts a
fifth, so that half of the claims are true. AUC is the chance that a true claim is given more than a false one. With
--keep FOLDER the answers are kept there, and used again.
Usage: verify.py LABELS.csv PHOTOS [--keep FOLDER]    (columns: file, country_iso2, country_name, lat, lon, radius_km)
"""

import argparse
import csv
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geoagent import GeoAgent, TraceFile
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.place_claim import Claimed, Verification, check_claimed, verification
from geoagent.runs.trace_files import load_trace, save_trace
from geoagent.settings import read_settings

OTHERS, SEED, DRAWS = 5, 7, 2000
BINS = (0.0, 0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 1.0)
TELLS = 0.05
"""How far from even odds some claim of a photo has to come out for the photo to tell something."""
MOST_RADIUS_KM = 100.0


Claim = Callable[[dict[str, str]], Claimed | None]


class Scored(NamedTuple):
    """A claim that was weighed: of which photo, whether it is true, what was found, and how much it counts."""

    photo: str
    true: bool
    found: Verification
    weight: float


def main(labels: Path, photos: Path, keep: Path | None) -> None:
    """Weigh the claims of countries, and those of points, and print the figures."""
    agent = GeoAgent(read_settings({}))
    rows = list(csv.DictReader(labels.open(encoding="utf-8")))
    solved = [(row, file) for row in rows if (file := _trace(agent, photos / row["file"], keep))]
    print(f"{len(solved)} photos")
    _print("claims of a country", list(_scored(agent, solved, _country)))
    _print("claims of a point within the radius that the label gives", list(_scored(agent, solved, _point)))


def _trace(agent: GeoAgent, photo: Path, keep: Path | None) -> TraceFile | None:
    kept = keep / f"{photo.stem}.json" if keep else None
    if kept is not None and kept.exists():
        return load_trace(kept, lambda: agent.resources.beliefs).file
    try:
        file = agent.trace(photo)
    except GeoAgentError as error:
        print(f"left out: {error}")
        return None
    if kept is not None:
        save_trace(file, kept, ())
    return file


def _country(row: dict[str, str]) -> Claimed | None:
    return Claimed(row["country_name"]) if row["country_name"] else None


def _point(row: dict[str, str]) -> Claimed | None:
    if not row["lat"] or float(row["radius_km"] or "inf") > MOST_RADIUS_KM:
        return None
    return Claimed(f"{row['lat']},{row['lon']}", max(float(row["radius_km"]), 1.0))


def _scored(agent: GeoAgent, solved: Sequence[tuple[dict[str, str], TraceFile]], claim: Claim) -> Iterator[Scored]:
    chance = random.Random(SEED)
    claims = [(row, file, made) for row, file in solved if (made := claim(row)) is not None]
    for row, file, own in claims:
        elsewhere = [made for other, _, made in claims if other["country_iso2"] != row["country_iso2"]]
        drawn = chance.sample(elsewhere, OTHERS)
        for made, weight in [(own, 1.0), *((other, 1 / OTHERS) for other in drawn)]:
            try:
                place = check_claimed(made, agent)
            except ConfigError as error:
                print(f"left out: {error}")
                continue
            yield Scored(row["file"], made is own, verification(made, place, file, agent), weight)


def _print(title: str, scored: Sequence[Scored]) -> None:
    p = np.array([item.found.probability for item in scored])
    true = np.array([item.true for item in scored])
    weight = np.array([item.weight for item in scored])
    print(f"\n{title}: {true.sum()} true, {(~true).sum()} false")
    low, high = _interval(scored)
    print(f"AUC {_auc(p, true):.3f} (95 % {low:.3f} to {high:.3f})")
    telling = {item.photo for item in scored if abs(item.found.probability - 0.5) > TELLS}
    some = np.array([item.photo in telling for item in scored])
    print(f"of the {len(telling)} photos that tell something: AUC {_auc(p[some], true[some]):.3f}")
    brier = float(weight @ (p - true) ** 2 / weight.sum())
    print(f"Brier score {brier:.3f}, that of even odds 0.250")
    print("given            claims  mean given  true")
    for lowest, highest in pairwise(BINS):
        inside = (p >= lowest) & ((p < highest) | (highest == 1.0))
        if inside.any():
            w = weight[inside]
            given, held = w @ p[inside] / w.sum(), w @ true[inside] / w.sum()
            print(f"{lowest:.2f} to {highest:.2f}  {inside.sum():>10}  {given:10.2f}  {held:.2f}")
    for outcome in ("supported", "possible", "contradicted"):
        said = np.array([item.found.outcome == outcome for item in scored])
        print(f"{outcome:<13} {int((said & true).sum())} of the true, {int((said & ~true).sum())} of the false")


def _auc(p: np.ndarray, true: np.ndarray) -> float:
    above = np.sign(p[true][:, None] - p[~true][None, :])
    return float((above.mean() + 1) / 2)


def _interval(scored: Sequence[Scored]) -> tuple[float, float]:
    """By drawing photos, with all their claims, anew."""
    names = sorted({item.photo for item in scored})
    by_name = {name: [i for i, item in enumerate(scored) if item.photo == name] for name in names}
    p = np.array([item.found.probability for item in scored])
    true = np.array([item.true for item in scored])
    chance, values = np.random.default_rng(SEED), []
    for _ in range(DRAWS):
        drawn = np.concatenate([by_name[names[i]] for i in chance.integers(0, len(names), len(names))])
        values.append(_auc(p[drawn], true[drawn]))
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("labels", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    main(given.labels, given.photos, given.keep)
