"""What the truth costs in bits under the prior, and under others that could have been.

Usage: prior.py POINTS.csv [POINTS.csv ...], tables with the columns `lat` and `lon` in degrees

Printed for each table and each share of photos in the prior, 0 being people alone: the mean of -log2 p over the points,
of the country and of the first-order division (or the country without any).
"""

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import Atlas, open_atlas
from geoagent.atlas.prior import prior
from geoagent.geo import Floats, Point
from geoagent.settings import Settings

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def main(files: list[str]) -> None:
    """Print a line for each table and share."""
    atlas = open_atlas(Settings().cache)
    for name in files:
        rows = _rows(Path(name), atlas)
        for share in SHARES:
            prior = _prior(atlas, share)
            country = _bits(atlas.country, prior)[rows]
            division = _bits(_units(atlas), prior)[rows]
            print(
                f"{Path(name).name}: n = {len(rows)}, {share:.0%} by photos: country {country.mean():.2f} bits, "
                f"division {division.mean():.2f} bits"
            )


def _rows(path: Path, atlas: Atlas) -> NDArray[np.int64]:
    """The row of the atlas that each point of a table is nearest to; points on the open sea are left out."""
    with path.open(encoding="utf-8") as file:
        points = [Point(lat=float(row["lat"]), lon=float(row["lon"])) for row in csv.DictReader(file) if row["lat"]]
    return np.array([row for point in points if (row := atlas.at(point).row) is not None], dtype=np.int64)


def _units(atlas: Atlas) -> NDArray[np.int64]:
    return np.where(atlas.division >= 0, len(atlas.countries) + atlas.division, atlas.country).astype(np.int64)


def _bits(unit: NDArray[np.int64], prior: Floats) -> Floats:
    masses = np.bincount(unit, prior)
    bits: Floats = -np.log2(masses[unit])
    return bits


def _prior(atlas: Atlas, share: float) -> Floats:
    columns = {"geonameid": atlas.geonameid, "population": atlas.population}
    columns |= {"division": atlas.division, "country": atlas.country}
    return prior(columns, atlas.countries, [str(area) for area in atlas.divisions], share)


if __name__ == "__main__":
    main(sys.argv[1:])
