"""Prints published figures beside ours: `python benchmarks/published.py FOLDER`, a folder with clones of their files.

Theirs stand in the files themselves (summary rows, columns of scores, totals), or were printed by their scripts; those
are written down below with where they come from. What is not in the folder is left out.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.eval.answers.files import read_answers
from geoagent.eval.answers.parsing import parse_lenient, parse_strict
from geoagent.eval.datasets.earthwhere_answers import score_file
from geoagent.eval.datasets.importing import import_answers
from geoagent.eval.metrics.points import distances_km, geoscores, point_figures

ACCURACIES = (1.0, 25.0, 200.0, 750.0, 2500.0)
IMAGEO = {"o3": (48.7, 68.8, 73.2, 86.2, 94.1), "gemini-2.5-pro": (53.9, 67.3, 75.8, 92.9, 97.8)}
"""Of its notebook, in percent, on data set 3 (n = 269)."""
MAP_GPT5 = {0.5: 33.3, 2.0: 46.9, 10.0: 59.6, 25.0: 63.2, 200.0: 67.1, 750.0: 75.1}
"""Of Thinking-with-Map's script on geobenchwocn_gpt5.jsonl, in percent; it measures geodesic distances."""


class Row(NamedTuple):
    """One figure of theirs and of ours."""

    file: str
    figure: str
    theirs: float
    ours: float


def im2gps(path: Path) -> Iterator[Row]:
    """The summary row that ends GeoEstimation's file against Acc@k and the mean of its predictions."""
    with path.open(newline="", encoding="utf-8") as lines:
        theirs = [float(cell) for cell in list(csv.reader(lines))[-1]]
    found = point_figures(read_answers(path).d_km)
    names = [*(f"Acc@{k:g} km" for k in ACCURACIES), "mean distance, km"]
    for name, value, own in zip(names, theirs, [*found.accuracy.values(), found.mean_km], strict=True):
        yield Row(path.name, name, value, own)


def osv5m(path: Path) -> Iterator[Row]:
    """The columns of distances and scores of OSV-5M's game against ours."""
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    d_km = read_answers(path).d_km
    for name, own in (("distance", float(d_km.mean())), ("score", float(geoscores(d_km).mean()))):
        yield Row(path.name, f"mean {name}", float(np.mean([float(row[name]) for row in rows])), own)


def imageo(path: Path) -> Iterator[Row]:
    """IMAGEO-Bench's data set 3, strictly and leniently read."""
    theirs = IMAGEO.get(path.stem.removeprefix("dataset3_"))
    truth = path.parent.parent / "dataset3_info.csv"
    for strict in (True, False) if theirs and truth.exists() else ():
        found = import_answers(path, no_atlas, strict, str(truth))
        points = [(r.point, s.point) for r, s in zip(found.results, found.samples, strict=True) if s.point]
        columns = [[(p.lat, p.lon) if p else (np.nan, np.nan) for p, _ in points], [(t.lat, t.lon) for _, t in points]]
        given, true = (np.array(column) for column in columns)
        accuracy = point_figures(distances_km(given[:, 0], given[:, 1], true[:, 0], true[:, 1])).accuracy
        for k, value in zip(ACCURACIES, theirs or (), strict=True):
            read = "strict" if strict else "lenient"
            yield Row(path.name, f"Acc@{k:g} km, %, {read}", value, 100 * accuracy[k])


def with_map(path: Path) -> Iterator[Row]:
    """Thinking-with-Map's script on GPT-5, which reads strictly."""
    for parse, name in ((parse_strict, "strict"), (parse_lenient, "lenient")):
        accuracy = point_figures(read_answers(path, parse).d_km, tuple(MAP_GPT5)).accuracy
        for k, value in MAP_GPT5.items():
            yield Row(path.name, f"Acc@{k:g} km, %, {name}", value, 100 * accuracy[k])


def earthwhere(path: Path) -> Iterator[Row]:
    """The overall accuracy of EarthWhere's summary against its formula."""
    found = {name: value for name, value in score_file(path, None).figures.items() if isinstance(value, float)}
    for name in [name for name in found if f"{name} in the file" in found]:
        yield Row(path.name, name, found[f"{name} in the file"], found[name])


def geocomp(path: Path) -> Iterator[Row]:
    """The totals that end GeoComp's files of marks against the marks in the rows."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    totals = rows[-1] if not rows[-1]["panoid"] else None
    for mark in ("OH", "FH", "AH") if totals else ():
        yield Row(path.name, f"marks {mark}", float((totals or {})[mark]), sum(row[mark] == "1" for row in rows[:-1]))


def no_atlas() -> Atlas:
    """No place in words is read here."""
    raise AssertionError


FILES = {
    "im2gps*_M*.csv": im2gps, "select.csv": osv5m, "dataset3_*.jsonl": imageo, "geobenchwocn_gpt5.jsonl": with_map,
    "gemini_25_flash.csv": earthwhere, "Geo*.csv": geocomp,
}  # fmt: skip


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1])
    print("| file | figure | theirs | ours | difference |\n|---|---|---|---|---|")
    for pattern, compare in FILES.items():
        for path in sorted(folder.rglob(pattern)):
            for row in compare(path):
                apart = f"{row.ours - row.theirs:+.2g}" if abs(row.ours - row.theirs) > 1e-9 else "0"
                print(f"| {row.file} | {row.figure} | {row.theirs:.6g} | {row.ours:.6g} | {apart} |")


if __name__ == "__main__":
    main()
