"""What a prior is: a model that says where photos like these are taken, as a distribution over places."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from geoagent.errors import ConfigError
from geoagent.gallery.encoder import Encoder
from geoagent.geo import Floats
from geoagent.plain_text import printable

NAME = r"[a-z0-9][a-z0-9_./-]{0,59}"
"""What a prior may be called: its name stands in that of its witness."""
EVEN = 1e-3
"""How far the weights of the places may be off 1 in all."""

Precision = Literal["float32", "bfloat16", "float16", "int8"]


class GeoDistribution(NamedTuple):
    """What a learned prior says of photos: places in degrees, shape (m,), and log ratios of each place to the training
    data, shape (photos, m).

    A log ratio is log p(photo | place) − log p(photo), up to a constant for each photo: what a photo adds to whatever
    was believed before. The places stand for those that the prior was trained on; `weight` (m,) is the share of the
    training that each stands for, and sums to 1.
    """

    lat_deg: Floats
    lon_deg: Floats
    weight: Floats
    log_ratio: Floats

    @classmethod
    def evenly(cls, lat_deg: ArrayLike, lon_deg: ArrayLike, log_ratio: ArrayLike) -> Self:
        """The distribution of a prior that was trained on all its places alike."""
        lat = np.asarray(lat_deg, dtype=np.float64)
        even = np.full(len(lat), 1 / max(len(lat), 1))
        return cls(lat, np.asarray(lon_deg, dtype=np.float64), even, np.asarray(log_ratio, dtype=np.float64))

    def probability(self) -> Floats:
        """The posterior over the places under the density of the training, shape (photos, m); each row sums to 1."""
        log_p = self.log_ratio + np.log(self.weight)
        p: Floats = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p


class Prior(Protocol):
    """A learned prior: a model that says where photos like these are taken.

    Nothing is loaded before the first call; safe to share between threads. What it says becomes evidence of the witness
    "prior:NAME", whose reliability and temperature are in the table of reliabilities. An installed package offers one
    as an entry point of the group `geoagent.priors`, named as the prior is: a class or function without arguments that
    gives one.
    """

    name: str

    def locate(self, photos: Sequence[Image.Image]) -> GeoDistribution:
        """The distribution over places for each of some upright RGB photos. Raises ConfigError."""
        ...


@dataclass(frozen=True)
class EmbeddingPrior:
    """A learned prior made of an encoder of photos and a function from embeddings (photos, dimension) to a
    distribution.
    """

    name: str
    encoder: Encoder
    score: Callable[[NDArray[np.float32]], GeoDistribution]

    def locate(self, photos: Sequence[Image.Image]) -> GeoDistribution:
        """Where upright RGB photos could be, each by itself."""
        return self.score(np.stack([self.encoder.encode(photo) for photo in photos]))


def checked_prior(prior: Any) -> Prior:
    """The given object as a prior. Raises ConfigError where it lacks what a prior needs."""
    name = getattr(prior, "name", None)
    if not callable(getattr(prior, "locate", None)) or not isinstance(name, str):
        raise ConfigError(f"{type(prior).__name__} is no prior: it needs a name and the method locate")
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"a prior cannot be called {printable(name)[:80]!r}: "
            "small letters, digits, “_”, “.”, “/” and “-”, at most 60, can be in its name"
        )
    found: Prior = prior
    return found


def checked_distribution(found: Any, name: str, photos: int) -> GeoDistribution:
    """What a user's prior returned for a number of photos, checked and as arrays.

    Raises ConfigError for what is no distribution.
    """
    try:
        lat, lon, weight, log_ratio = (np.asarray(part, dtype=np.float64) for part in found)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"prior {name}: gave back {type(found).__name__}, which is no GeoDistribution") from error
    places = len(lat) if lat.ndim == 1 else 0
    fault = ""
    if not places or lon.shape != (places,) or weight.shape != (places,) or log_ratio.shape != (photos, places):
        shapes = ", ".join(str(part.shape) for part in (lat, lon, weight, log_ratio))
        fault = f"shapes {shapes} for {photos} photos, not (m,), (m,), (m,) and ({photos}, m)"
    elif not ((np.abs(lat) <= 90).all() and (np.abs(lon) <= 360).all()):
        fault = "latitudes beyond 90 degrees or longitudes beyond 360, or none at all"
    elif not (weight >= 0).all() or abs(weight.sum() - 1) > EVEN:
        fault = f"weights that are no shares: they sum to {weight.sum():.4g}, not to 1"
    elif np.isnan(log_ratio).any() or not np.isfinite(log_ratio[:, weight > 0].max(axis=1)).all():
        fault = "log ratios that are no numbers, or that rule out every place"
    if fault:
        raise ConfigError(f"prior {name}: {fault}")
    return GeoDistribution(lat, lon, weight / weight.sum(), log_ratio)
