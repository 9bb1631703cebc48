"""Perceptual hashes: recognising the same picture after scaling, compression and small changes."""

import numpy as np
from PIL import Image

SAME_BITS = 10
"""Perceptual hashes of 64 bits that differ in at most so many are of one picture (the usual bound for this hash)."""


def picture_hash(image: Image.Image) -> int:
    """A perceptual hash of a picture: 64 bits that scaling, compression and small changes of colour leave nearly
    alone.

    They are the signs of the 8 × 8 lowest frequencies of the cosine transform of 32 × 32 grey pixels, against their
    median. Compare two with `is_same`.
    """
    from scipy.fft import dctn

    grey = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=np.float64)
    low = dctn(grey, norm="ortho")[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def is_same(first: int, second: int) -> bool:
    """Whether two hashes by `picture_hash` differ in at most 10 of their 64 bits, and so are of one picture."""
    return (first ^ second).bit_count() <= SAME_BITS
