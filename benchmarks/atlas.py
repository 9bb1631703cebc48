"""Prints what the atlas costs: `python benchmarks/atlas.py`. First use is that of a fresh process.

The aims are those of the project: 0.5 s to first use beyond imports, 200 MB, 0.1 ms a point, 20 ms a name by likeness.
"""

import csv
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geoagent.atlas import Atlas, open_atlas
from geoagent.atlas.place_path import find_path
from geoagent.geo import Point
from geoagent.settings import read_settings

POINTS = Path(__file__).parent.parent / "tests" / "data" / "tricky_points.csv"
MISSPELT = (
    "Gotenborg",
    "lstanbul",
    "Zaragosa",
    "Tschernobyl",
    "Чернобиль",
    "Sankt Peterburg",
    "Roma",
    "San Jsoe",
    "大版",
)
RUNS = 5
FIRST_USE = """
import json, resource, time
import h3, numpy, PIL.Image, rapidfuzz.process, scipy.spatial, shapely, sqlite3
from geoagent.atlas import open_atlas
from geoagent.geo import Point
from geoagent.settings import read_settings
def resident_mb(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
cache, before, began = read_settings({}).cache, resident_mb(), time.perf_counter()
atlas = open_atlas(cache)
atlas.at(Point(lat=48.2, lon=16.37)); atlas.named("Vienna"); atlas.similar("Wienn")
print(json.dumps([time.perf_counter() - began, resident_mb() - before, resident_mb()]))
"""


def first_use() -> list[float]:
    """Seconds, MB added and MB in all, in a process that has imported what the atlas needs."""
    done = subprocess.run([sys.executable, "-c", FIRST_USE], check=True, capture_output=True, text=True)
    return [float(value) for value in json.loads(done.stdout)]


def each_ms(work: Callable[[Any], object], arguments: list[Any], runs: int) -> list[float]:
    """The median time of each argument in ms."""
    medians = []
    for argument in arguments:
        times = []
        for _ in range(runs):
            began = time.perf_counter()
            work(argument)
            times.append(1000 * (time.perf_counter() - began))
        medians.append(statistics.median(times))
    return medians


def report(name: str, ms: list[float]) -> None:
    """One line: median and maximum over the arguments."""
    print(f"{name:<28} median {statistics.median(ms):8.4f} ms   most {max(ms):8.4f} ms   n = {len(ms)}")


def main() -> None:
    """Print first use, points, names, likeness and paths."""
    atlas: Atlas = open_atlas(read_settings({}).cache)
    used = [first_use() for _ in range(RUNS)]
    seconds, added, total = (statistics.median(column) for column in zip(*used, strict=True))
    print(
        f"first use {seconds:.2f} s (aim 0.5), adds {added:.0f} MB, {total:.0f} MB in all (aim 200); {RUNS} processes"
    )
    rows = csv.DictReader(POINTS.read_text(encoding="utf-8").splitlines())
    points = [Point(lat=float(row["lat"]), lon=float(row["lon"])) for row in rows]
    report("point", each_ms(atlas.at, points, 20))
    report("name, exact", each_ms(atlas.named, ["Uppsala", "Paris", "Мюнхен", "東京", "nothing such"], 200))
    report("name, by likeness", each_ms(atlas.similar, list(MISSPELT), 20))
    paths = ["Tiergarten, Berlin", "Long County, Baoji, Shaanxi", "Springfield, IL"]
    report("path", each_ms(lambda path: find_path(atlas, path), paths, 20))
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most in this process")


if __name__ == "__main__":
    main()
