"""Times the belief on the real atlas: `python benchmarks/belief.py [REPEATS]` (default 15). Medians beside the aims.

The first figure is time by the clock, the second the processor's, which other work on the machine does not prolong.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.atlas_index import atlas_index
from geoagent.belief.density import likelihood_ratio, places_of_spots
from geoagent.belief.readout import (
    best_point,
    credible_area_km2,
    explain,
    levels,
    radius_km,
    rank_countries,
    rank_divisions,
)
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas, Band, Kernel, Likelihood, Mixture
from geoagent.geo import Area
from geoagent.settings import read_settings

SAMPLES = 100


def medians_ms(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """The median time of the work in milliseconds, by the clock and of the processor."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    clock, processor = 1000 * np.median(np.array(times), axis=0)
    return float(clock), float(processor)


def line(name: str, work: Callable[[], object], repeats: int, aim_ms: float | None = None) -> None:
    """Print how long the work takes."""
    aim = "" if aim_ms is None else f"   (aim: {aim_ms:g})"
    clock, processor = medians_ms(work, repeats)
    print(f"  {name:<48}{clock:8.2f} ms {processor:8.2f} ms{aim}")


def shapes(atlas: Atlas) -> dict[str, tuple[Likelihood, float | None]]:
    """Likelihoods with what they may take; the samples lie where people live."""
    rows = np.random.default_rng(0).choice(len(atlas), SAMPLES, p=atlas.prior)
    points = [(float(atlas.lat[row]), float(atlas.lon[row])) for row in rows]
    share = 0.9 / SAMPLES
    found: dict[str, tuple[Likelihood, float | None]] = {
        f"a set of {len(atlas.countries)} countries": (Areas(weights=dict.fromkeys(atlas.countries, 1.0)), 10),
        "a band of latitude": (Band(south=50, north=60), 10),
    }
    for sigma_km in (1, 25, 100, 500, 2000):
        found[f"a kernel of {sigma_km} km"] = Kernel(lat=48.86, lon=2.35, sigma_km=sigma_km), 10
    found["a kernel of 25 km within a country"] = Kernel(lat=48.86, lon=2.35, sigma_km=25, within="FR"), 10
    for sigma_km in (1, 25, 200):
        parts = tuple((share, Kernel(lat=lat, lon=lon, sigma_km=sigma_km)) for lat, lon in points)
        found[f"a mixture of {SAMPLES} kernels of {sigma_km} km"] = (
            Mixture(parts=parts),
            100 if sigma_km < 200 else None,
        )
    cities = tuple((share, Areas(weights={atlas.city_of(int(row)) or Area("FR"): 1.0})) for row in rows)
    found[f"a mixture of {SAMPLES} cities"] = Mixture(parts=cities), 100
    return found


def say(kind: str, likelihood: Likelihood, level: str = "country") -> Evidence:
    """A piece of evidence of its own group."""
    return Evidence.model_validate({
        "kind": kind, "witness": "ocr", "statement": kind, "likelihood": likelihood, "level": level, "group": kind
    })  # fmt: skip


def evidence() -> dict[str, list[Evidence]]:
    """Three beliefs: nothing known; a few countries; a city, from ten pieces."""
    tongue = say("language", Areas(weights={"DE": 1.0, "AT": 0.9, "CH": 0.6}, elsewhere=0.02))
    towns = [say(f"toponym_{chr(97 + i)}", Kernel(lat=48.2, lon=16.4, sigma_km=20 + i), "city") for i in range(8)]
    code = say("phone", Areas(weights={"AT": 1.0}, elsewhere=0.02))
    return {"nothing known": [], "one language": [tongue], "a city, ten pieces": [tongue, code, *towns]}


def read_all(belief: Belief) -> None:
    """Everything that an answer is made of."""
    path = levels(belief)
    point = best_point(belief)
    for share in (0.5, 0.9):
        radius_km(belief, point, share)
        credible_area_km2(belief, share)
    rank_countries(belief, 5)
    rank_divisions(belief, 10)
    assert path[0].code is not None
    explain(belief, path[0].code)


def main() -> None:
    """Prints medians."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    atlas = open_atlas(read_settings({}).cache)
    none = places_of_spots(atlas, [])
    start = time.perf_counter()
    found = atlas_index(atlas)
    _ = found.axes, found.nets, found.division, atlas.cells, atlas.footprint_km
    print(f"{len(atlas):,} rows; worked out once: {time.perf_counter() - start:.2f} s\nlikelihoods")
    for name, (likelihood, aim_ms) in shapes(atlas).items():
        line(name, lambda it=likelihood: likelihood_ratio(it, atlas, none), repeats, aim_ms)  # type: ignore[misc]
    for name, pieces in evidence().items():
        belief = Beliefs(atlas, load_reliabilities()).of(pieces)
        print(f"read-outs: {name}")
        line("all together", lambda it=belief: read_all(it), repeats, 60)  # type: ignore[misc]
        line("levels", lambda it=belief: levels(it), repeats)  # type: ignore[misc]
        line("best point", lambda it=belief: best_point(it), repeats)  # type: ignore[misc]
        point = best_point(belief)
        line("a radius", lambda it=belief, at=point: radius_km(it, at, 0.9), repeats)  # type: ignore[misc]
        line("an area", lambda it=belief: credible_area_km2(it, 0.9), repeats)  # type: ignore[misc]
        line("divisions", lambda it=belief: rank_divisions(it, 10), repeats)  # type: ignore[misc]
        line("the explanation", lambda it=belief: explain(it, Area("AT")), repeats)  # type: ignore[misc]
    size_mb = atlas.prior.nbytes / 1e6
    print(f"memory: a log ratio {size_mb:.1f} MB, the 24 remembered {24 * size_mb:.0f} MB")


if __name__ == "__main__":
    main()
