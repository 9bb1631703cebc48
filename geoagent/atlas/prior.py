"""The prior probability of each row of the atlas: where photos are taken, as long as nothing is known of one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoagent.files.package_data import data_rows
from geoagent.geo import Floats

LAND_SHARE = 0.03
PHOTO_SHARE = 0.5
"""How much of the prior goes by where photos are taken, the rest by where people live."""
PHOTOS_TO_START = 100.0
"""How many photos, spread as people are, are counted before the first of the sample."""


def prior(
    columns: dict[str, NDArray[Any]],
    countries: Sequence[str],
    divisions: Sequence[str],
    by_photos: float = PHOTO_SHARE,
) -> Floats:
    """The prior probability of each row of the atlas: the share `by_photos` goes by where photos are taken, the rest by
    where people live.

    `columns` are the atlas's columns by name; `countries` and `divisions` are the codes that its numbers mean. A
    division takes the share of a sample of photos that was taken in it, and fills it as people and land do.
    """
    land = columns["geonameid"] == 0
    people = np.where(land, 0.0, np.sqrt(columns["population"] + 100.0))
    settled = (1 - LAND_SHARE) * people / people.sum() + LAND_SHARE * land / land.sum()
    unit = np.where(columns["division"] >= 0, len(countries) + columns["division"], columns["country"])
    counts = _photo_counts()
    photos = np.array([counts.get(area, 0) for area in (*countries, *divisions)], dtype=np.float64)
    by_people = np.bincount(unit, settled, len(photos))
    photos += PHOTOS_TO_START * by_people
    photos[by_people == 0] = 0.0
    photographed = settled * (photos / photos.sum() / np.maximum(by_people, np.finfo(float).tiny))[unit]
    mixed: Floats = (1 - by_photos) * settled + by_photos * photographed
    return mixed


def _photo_counts() -> dict[str, int]:
    """How many photos of a sample were taken in each division, or country without divisions, by its code."""
    return {row["area"]: int(row["photos"]) for row in data_rows("photo_counts.csv")}
