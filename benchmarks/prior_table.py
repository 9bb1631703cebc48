"""One table of the priors on the same pairs: bits, coverage, and how far down the decoder goes and is right.

    pip install -c constraints.txt '.[prior]' && pip install --no-deps geoclip==1.3.0
    python benchmarks/prior_table.py [PAIRS [STEPS]]      # 60 held-out pairs, 600 steps of LocDiff

Pairs are places of GeoCLIP's gallery, every eighth, and their embeddings by its location encoder with the noise of
`geoagent.priors.locdiff.places`: no photo was seen. LocDiff is trained on those that are not held out, which are also
the gallery that GeoCLIP and LocDiff-H search. Reliability and temperature of each prior are fitted to the first half of
the held-out pairs as by `geoagent eval calibrate`; the second half is scored. "All three" has the evidence of each.

Bits are those that the true country and division gain over the atlas's prior. Coverage is how often the smallest set of
divisions that holds 50 or 90 % of the belief has the true one. "Told" is how many answers the decoder told down to a
level, and how many of these were right there (cells: within 45 km).
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.eval.calibration.fit import Labelled, fit
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.eval.metrics.judged import find_truth
from geoagent.geo import Area, Floats, Point, haversine_km
from geoagent.priors.areas import area_numbers, as_areas
from geoagent.priors.decoding import Path as Way
from geoagent.priors.decoding import beam_search
from geoagent.priors.geoclip.locations import gallery_places, geoclip_folder
from geoagent.priors.geoclip.model import GeoClip
from geoagent.priors.locdiff.places import Pairs, draw, hold_out, pairs_of_places
from geoagent.priors.locdiff.prior import LocDiff
from geoagent.priors.locdiff.shdd import degrees_of
from geoagent.priors.locdiff.train import Recipe, train
from geoagent.priors.locdiff.unet import Shape
from geoagent.priors.prior import GeoDistribution
from geoagent.runs.samples import Sample
from geoagent.settings import read_settings
from geoagent.tools.ask_prior import KIND

EVERY = 8
SHAPE = Shape(degree=7, cells=500, width=96)
CELL_KM = 45.0


class Case(NamedTuple):
    """A held-out pair: where it is, its areas, and what each prior says of it, with the way down."""

    point: Point
    country: Area
    division: Area
    said: dict[str, Evidence]
    ways: dict[str, Way]


def priors(
    kept: Pairs, held_out: Pairs, embeddings: torch.Tensor, steps: int, folder: Path
) -> dict[str, GeoDistribution]:
    """What each prior says of the embeddings of the held-out places."""
    lat, lon = (part.numpy() for part in degrees_of(kept.vectors))
    clip = GeoClip(Path("unused"), geoclip_folder(), folder / "cache", places=(lat, lon))
    began = time.monotonic()
    train(Recipe(shape=SHAPE, steps=steps, batch=64), kept, held_out, folder / "net", check_every=steps)
    print(f"LocDiff: {steps} steps in {time.monotonic() - began:.0f} s", file=sys.stderr)
    locdiff = LocDiff(folder / "net", clip)
    return {
        "geoclip": clip.distribution(embeddings),
        "locdiff": locdiff.distribution(embeddings),
        "locdiff-h": locdiff.within(embeddings),
    }


def cases_of(held_out: Pairs, found: dict[str, GeoDistribution], atlas: Atlas) -> list[Case]:
    """The held-out places that lie on land that the atlas knows, with what is said of them."""
    lat, lon = (part.numpy() for part in degrees_of(held_out.vectors))
    true = area_numbers(lat, lon, atlas)
    grounds = {name: area_numbers(said.lat_deg, said.lon_deg, atlas) for name, said in found.items()}
    cases = []
    for n in range(len(next(iter(found.values())).log_ratio)):
        if true.division[n] < 0:
            continue
        said, ways = {}, {}
        for name, one in found.items():
            likelihood = as_areas(one, n, grounds[name])
            said[name] = Evidence(
                kind=KIND, witness=f"prior:{name}", statement=f"case {n}", likelihood=likelihood, level="city",
                group=f"prior:{name}",
            )  # fmt: skip
            ways[name] = beam_search(one, n, grounds[name])[0]
        point = Point(lat=float(lat[n]), lon=float(lon[n]))
        cases.append(Case(point, true.areas[true.country[n]], true.areas[true.division[n]], said, ways))
    return cases


def fitted(cases: list[Case], name: str, shipped: Reliabilities, atlas: Atlas) -> Reliabilities:
    """The reliabilities of one prior, fitted to some cases."""
    beliefs = Beliefs(atlas, shipped)
    labelled = []
    for case in cases:
        sample = Sample(id="0", country=case.country.country, point=case.point, granularity="city", radius_km=25)
        labelled.append(Labelled((case.said[name],), find_truth(sample, beliefs).rows, case.country.country))
    return fit(labelled, shipped, atlas, "held-out pairs").reliabilities


def scored(belief: Belief, case: Case, atlas: Atlas) -> list[float]:
    """Bits for the country and the division, and whether the sets of 50 and 90 % hold the division."""
    bits = []
    for area in (case.country, case.division):
        rows = atlas.rows(area)
        bits.append(float(np.log2(belief.probability[rows].sum() / atlas.prior[rows].sum())))
    inside = atlas.division >= 0
    held = np.bincount(atlas.division[inside], belief.probability[inside], len(atlas.divisions))
    number = atlas.divisions.index(case.division)
    denser = float(held[held > held[number]].sum())
    return [*bits, float(denser < 0.5), float(denser < 0.9)]


def told(case: Case, name: str, table: Reliabilities) -> list[tuple[bool, bool]]:
    """For each level whether the decoder tells it, and whether it is right there."""
    way = case.ways[name].until(lambda level: table.known(f"prior:{name}", KIND, level))
    near = way.cell is not None and bool(
        haversine_km(case.point.lat, case.point.lon, np.array([way.cell.lat]), np.array([way.cell.lon]))[0] <= CELL_KM
    )
    return [
        (True, way.country == case.country),
        (way.division is not None, way.division == case.division),
        (way.cell is not None, near),
    ]


def row(name: str, figures: Floats, down: list[list[tuple[bool, bool]]]) -> None:
    """Print one row of the table."""
    cells = []
    for column in figures.T[:2]:
        mean = mean_interval(column.tolist())
        cells.append(f"{mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}]")
    cells += [f"{100 * column.mean():.0f} %" for column in figures.T[2:]]
    for level in range(3 if down else 0):
        right = [one[level][1] for one in down if one[level][0]]
        cells.append(f"{len(right)}, right {sum(right)}")
    print(f"| {name} | " + " | ".join(cells) + " |" + " – |" * (0 if down else 3), flush=True)


def main(count: int, steps: int) -> None:
    """Train, ask, fit, score and print."""
    atlas, shipped = open_atlas(read_settings({}).cache), load_reliabilities()
    lat, lon = gallery_places(geoclip_folder())
    pairs = pairs_of_places(lat[::EVERY], lon[::EVERY], geoclip_folder())
    kept, held_out = hold_out(pairs)
    chosen = held_out.part(torch.arange(min(count, len(held_out))))
    embeddings, _ = draw(chosen, torch.arange(len(chosen)), torch.Generator().manual_seed(7))
    with tempfile.TemporaryDirectory() as folder:
        found = priors(kept, held_out, embeddings, steps, Path(folder))
    cases = cases_of(chosen, found, atlas)
    half = len(cases) // 2
    tables = {name: fitted(cases[:half], name, shipped, atlas) for name in found}
    rest = cases[half:]
    print(f"{len(kept)} pairs to train on; fitted to {half}, scored on {len(rest)}\n")
    print("| prior | bits, country | bits, division | 50 % holds | 90 % holds | country told | division | cell |")
    print("|---|---|---|---|---|---|---|---|")
    for name, table in tables.items():
        beliefs = Beliefs(atlas, table)
        figures = np.array([scored(beliefs.of([case.said[name]]), case, atlas) for case in rest])
        row(name, figures, [told(case, name, table) for case in rest])
    rows = {r for name, table in tables.items() for r in table.rows if r.witness == f"prior:{name}"}
    kinds = {(r.witness, r.kind, r.level) for r in rows}
    others = [r for r in shipped.rows if (r.witness, r.kind, r.level) not in kinds]
    together = Beliefs(atlas, shipped.model_copy(update={"rows": (*rows, *others)}))
    row("all three", np.array([scored(together.of(list(c.said.values())), c, atlas) for c in rest]), [])


if __name__ == "__main__":
    main(*(int(given) for given in (sys.argv[1:] + ["60", "600"][len(sys.argv) - 1 :])))
