"""Finds the photos of a gallery that look most like a given photo."""

from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ImageError
from geoagent.gallery.encoder import find_encoder
from geoagent.gallery.entries import Hit
from geoagent.gallery.recheck import best_cell, recheck
from geoagent.gallery.store import FolderGallery
from geoagent.photo import load_photo
from geoagent.photo.hashing import is_same, picture_hash
from geoagent.photo.matching import find_features


class Match(NamedTuple):
    """An entry found in a gallery: whether it is the very picture that was searched for (`same_picture`, by perceptual
    hash), and how many details of both fit one move of the camera (`inliers`).

    `inliers` is 0 for an entry that was not found to show the same thing, or not in the place on which most details
    agree.
    """

    hit: Hit
    same_picture: bool
    inliers: int = 0


def most_alike(gallery: FolderGallery, photo: Path, count: int) -> list[Match]:
    """Of the `count` entries of a gallery most alike to the photo in a file, first those that are found to show the
    same thing by their details, then the others, the most alike first.

    Raises ConfigError where the gallery's encoder is not installed, and ImageError where the file is no readable photo.
    """
    encoder = find_encoder(gallery.encoder, folder=gallery.encoder_folder)
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
