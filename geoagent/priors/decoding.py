"""Decoding of a prior's scores: from country to division to cell, as far down as the prior is to be believed.

PlaNet and PIGEON choose one cell of a partition, HierLoc and GeoToken go from level to level. Here the probability of
a path is that of the places in it, so each of these is a search over the same numbers. A beam keeps paths whose country
is not the leader's. How far down an answer is told follows the reliabilities: those that `geoagent eval calibrate` fits
for the prior's witness say how often it is right at a level at all.
"""

from collections.abc import Callable
from typing import NamedTuple

import h3
import numpy as np

from geoagent.atlas import Mask, Rows
from geoagent.case.evidence import LevelName
from geoagent.geo import Area, Floats, Point
from geoagent.priors.areas import AreaNumbers
from geoagent.priors.prior import GeoDistribution

BEAM = 5
STOP = 0.5
"""The least that a level is to be right with, to be told."""


class Path(NamedTuple):
    """A way down: country, division and centre of a cell as far as there are such, and the probability of each."""

    country: Area
    division: Area | None
    cell: Point | None
    probability: tuple[float, ...]

    def until(self, believed: Callable[[LevelName], float], stop: float = STOP) -> "Path":
        """The path down to the last level that is right with the probability `stop`.

        `believed` is how often what the prior says is to be believed at a level. The country stays in any case.
        """
        names: tuple[LevelName, ...] = ("country", "region", "city")
        held = [p * believed(name) for p, name in zip(self.probability, names, strict=False)]
        depth = next((n for n, p in enumerate(held) if p < stop), len(held))
        return Path(
            self.country, self.division if depth > 1 else None, self.cell if depth > 2 else None,
            self.probability[: max(depth, 1)],
        )  # fmt: skip


def beam_search(found: GeoDistribution, photo: int, numbers: AreaNumbers, beam: int = BEAM) -> list[Path]:
    """The most probable paths for one photo, the one whose cell is the most probable first; none without land."""
    p = found.probability()[photo]
    countries = _most(numbers.country, p, numbers.country >= 0, beam)
    divisions = [
        (country, division, (mass, held))
        for country, mass in countries
        for division, held in _most(numbers.division, p, numbers.country == country, beam)
    ]
    kept = sorted(divisions, key=lambda step: -step[2][-1])[:beam]
    cells = [
        (country, division, cell, (*above, held))
        for country, division, above in kept
        for cell, held in _most(numbers.cell, p, (numbers.country == country) & (numbers.division == division), 1)
    ]
    return [
        Path(numbers.areas[country], numbers.areas[division] if division >= 0 else None, _centre(numbers, cell), masses)
        for country, division, cell, masses in sorted(cells, key=lambda step: -step[3][-1])
    ]


def _most(column: Rows, p: Floats, inside: Mask, count: int) -> list[tuple[int, float]]:
    """The most probable values of a column among some places, with their probabilities."""
    values, number = np.unique(column[inside], return_inverse=True)
    held = np.bincount(number, p[inside], len(values))
    return [(int(values[n]), float(held[n])) for n in np.argsort(-held, kind="stable")[:count]]


def _centre(numbers: AreaNumbers, cell: int) -> Point:
    lat, lon = h3.cell_to_latlng(numbers.cells[cell])
    return Point(lat=lat, lon=lon)
