"""The photos of a gallery that look most like one."""

from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ImageError
from geoagent.gallery.encoder import find_encoder
from geoagent.gallery.entries import Gallery, Hit
from geoagent.gallery.recheck import best_cell, recheck
from geoagent.photo import load_photo
from geoagent.photo.hashing import is_same, picture_hash
from geoagent.photo.matching import find_features


class Match(NamedTuple):
    """A hit in a gallery: whether it is the same picture as the one searched for, and how many details fit one move of
    the camera, where that tells that both show the same thing.
    """

    hit: Hit
    same_picture: bool
    inliers: int = 0


def most_alike(gallery: Gallery, photo: Path, count: int) -> list[Match]:
    """The entries that look most like a photo, the likest first; before them those that show the same thing.

    Raises ConfigError or ImageError.
    """
    encoder = find_encoder(gallery.encoder)
    image = load_photo(photo).image
    own = picture_hash(image)
    hits = gallery.nearest(encoder.encode(image), count)
    try:
        agreeing = {one.hit.number: one.inliers for one in best_cell(recheck(find_features(image), hits))}
    except ImageError:  # it shows too few details to be compared by them
        agreeing = {}
    hits.sort(key=lambda hit: -agreeing.get(hit.number, 0))
    return [
        Match(hit, hit.entry.picture is not None and is_same(hit.entry.picture, own), agreeing.get(hit.number, 0))
        for hit in hits
    ]
