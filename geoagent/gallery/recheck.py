"""Compares the first hits of a search in a gallery with the photo feature by feature: whether they show the same thing,
and which of them agree on the place.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import h3

from geoagent.errors import ImageError
from geoagent.gallery.entries import Hit
from geoagent.photo import load_photo
from geoagent.photo.hashing import is_same, picture_hash
from geoagent.photo.match_worth import TELLING, times_likelier
from geoagent.photo.matching import Features, compare_features, find_features

log = logging.getLogger(__name__)

COMPARED = 12
"""So many of the most alike are compared feature by feature; each takes a fraction of a second."""
CELL_RESOLUTION = 11
"""Cells of H3 that are some 50 m across."""


class Rechecked(NamedTuple):
    """A hit of a gallery that was compared with a photo feature by feature; `inliers` is how many pairs of features fit
    one geometry.
    """

    hit: Hit
    inliers: int


def recheck(photo: Features, hits: Sequence[Hit]) -> list[Rechecked]:
    """The first `COMPARED` hits compared with a photo, given by its features, in the order of `hits`; how many pairs
    of features fit for each.

    Left out are hits whose picture is not on this machine, is not the one that was added to the gallery, cannot be read
    or shows too few features.
    """
    found = []
    for hit in hits[:COMPARED]:
        path = Path(hit.entry.name)
        if not path.is_absolute() or not path.is_file():
            continue
        try:
            picture = load_photo(path).image
            if hit.entry.picture is None or not is_same(hit.entry.picture, picture_hash(picture)):
                continue
            features = find_features(picture, path.name)
        except ImageError as error:
            log.info(f"not compared: {error}")
            continue
        found.append(Rechecked(hit, compare_features(photo, features).inliers))
    return found


def best_cell(checked: Sequence[Rechecked]) -> list[Rechecked]:
    """Of the compared hits that show the same thing as the photo, those that lie in one cell of some 50 m: the cell in
    which most pairs of features fit in all.

    The hit with most pairs comes first. Empty where no hit shows the same thing.
    """
    cells = defaultdict(list)
    for one in checked:
        if times_likelier(one.inliers) >= TELLING:
            point = one.hit.entry.point
            cells[h3.latlng_to_cell(point.lat, point.lon, CELL_RESOLUTION)].append(one)
    best = max(cells.values(), key=lambda cell: (sum(one.inliers for one in cell), cell[0].hit.similarity), default=[])
    return sorted(best, key=lambda one: -one.inliers)
