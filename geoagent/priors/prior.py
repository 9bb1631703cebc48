"""What a prior is: a model that says where photos like these are taken, as a distribution over places."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
from PIL import Image

from geoagent.geo import Floats

Precision = Literal["float32", "bfloat16", "float16", "int8"]


class GeoDistribution(NamedTuple):
    """What photos say about places: places in degrees, shape (m,), and log ratios, shape (photos, m).

    A log ratio is log p(photo | place) − log p(photo), up to a constant for each photo: what a photo adds to whatever
    was believed before. The places stand for those that the prior was trained on; `weight` (m,) is the share of the
    training that each stands for, and sums to 1.
    """

    lat_deg: Floats
    lon_deg: Floats
    weight: Floats
    log_ratio: Floats

    def probability(self) -> Floats:
        """The posterior over the places under the density of the training, shape (photos, m); each row sums to 1."""
        log_p = self.log_ratio + np.log(self.weight)
        p: Floats = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p


class Prior(Protocol):
    """Says where photos like these are taken. Nothing is loaded before the first call; safe to share between threads.

    What it says becomes evidence of the witness "prior:NAME", whose reliability and temperature are in the table of
    reliabilities.
    """

    name: str

    def locate(
        self,
        photos: Sequence[Image.Image],
        *,
        batch: int = 16,
        device: str | None = None,
        precision: Precision | None = None,
    ) -> GeoDistribution:
        """Where upright RGB photos could be, each by itself.

        So many at a time, on a device such as "cuda:1" (None: the GPU where there is one), in a precision (None: the
        one that the prior was opened with). Raises ConfigError.
        """
        ...
