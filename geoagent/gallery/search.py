"""The photos of a gallery that look most like one."""

from pathlib import Path
from typing import NamedTuple

from geoagent.gallery.encoder import find_encoder
from geoagent.gallery.entries import Gallery, Hit
from geoagent.photo import load_photo
from geoagent.photo.hashing import is_same, picture_hash


class Match(NamedTuple):
    """A hit in a gallery, and whether it is the same picture as the one searched for."""

    hit: Hit
    same_picture: bool


def most_alike(gallery: Gallery, photo: Path, count: int) -> list[Match]:
    """The entries that look most like a photo, the likest first. Raises ConfigError or ImageError."""
    encoder = find_encoder(gallery.encoder)
    image = load_photo(photo).image
    own = picture_hash(image)
    return [
        Match(hit, hit.entry.picture is not None and is_same(hit.entry.picture, own))
        for hit in gallery.nearest(encoder.encode(image), count)
    ]
