"""Photos as CLIP wants them: the shorter side scaled to the tower's, the middle cut out, colours normalised."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
"""Of CLIP's training, by channel."""


def pixels_of(photos: Sequence[Image.Image], side: int) -> Pixels:
    """RGB photos as an array (photos, 3, side, side), as the published preprocessing of CLIP makes it."""
    return np.stack([_pixels(photo.convert("RGB"), side) for photo in photos])


def _pixels(photo: Image.Image, side: int) -> Pixels:
    shorter, longer = sorted(photo.size)
    scaled = (side, int(side * longer / shorter))
    size = scaled if photo.width <= photo.height else scaled[::-1]
    small = photo.resize(size, Image.Resampling.BICUBIC)
    left, top = (small.width - side) // 2, (small.height - side) // 2
    values = np.asarray(small.crop((left, top, left + side, top + side)), dtype=np.float32) / np.float32(255)
    normal: Pixels = ((values - MEAN) / DEVIATION).transpose(2, 0, 1)
    return normal
