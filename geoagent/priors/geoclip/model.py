"""GeoCLIP as a prior: photos through CLIP's image tower, matched against places that were encoded once."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import linear, normalize

from geoagent.errors import ConfigError
from geoagent.geo import Floats
from geoagent.priors.geoclip.exported import ExportedTower, exported
from geoagent.priors.geoclip.locations import PERCEPTRON, SCALE, LocationEncoder, gallery_places, read_weights
from geoagent.priors.geoclip.place_gallery import Gallery, open_gallery
from geoagent.priors.prior import GeoDistribution, Precision
from geoagent.vision.model import VisionModel

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
Places = tuple[Floats, Floats]


class GeoClip:
    """GeoCLIP with the weights in two folders: a published CLIP, and the `geoclip` package's model.

    `places` are latitudes and longitudes in degrees of another gallery than the published one; `kind` is how its
    embeddings are kept. Weights are read and the gallery is encoded at first use.
    """

    name = "geoclip"

    def __init__(
        self, clip: Path, geoclip: Path, cache: Path, precision: Precision | None = None,
        places: Places | None = None, kind: torch.dtype = torch.float16,
    ) -> None:  # fmt: skip
        self.clip, self._geoclip, self._cache = clip, geoclip, cache
        self._precision, self._places, self._kind = precision, places, kind
        self._towers: dict[tuple[str, Precision], VisionModel | ExportedTower] = {}
        self._lock = threading.RLock()

    def locate(
        self, photos: Sequence[Image.Image], *, batch: int = 16, device: str | None = None,
        precision: Precision | None = None,
    ) -> GeoDistribution:  # fmt: skip
        """The distribution over the gallery's places for each photo: its contrastive score at a place is the log
        ratio.
        """
        return self.distribution(self.embed_photos(photos, batch=batch, device=device, precision=precision))

    def distribution(self, embeddings: Tensor) -> GeoDistribution:
        """The distribution over the gallery's places for embeddings (n, 512) of length 1."""
        gallery = self.gallery
        log_ratio = (self.scale * gallery.cosines(embeddings)).double().numpy()
        count = len(gallery.lat_deg)
        return GeoDistribution(gallery.lat_deg, gallery.lon_deg, np.full(count, 1 / count), log_ratio)

    def embed_photos(
        self, photos: Sequence[Image.Image], *, batch: int = 16, device: str | None = None,
        precision: Precision | None = None,
    ) -> Tensor:  # fmt: skip
        """RGB photos as embeddings (n, 512) of length 1, float32, on the CPU. Raises ConfigError."""
        where = _device(device)
        tower = self._tower(where, precision or self._precision or ("bfloat16" if "cuda" in where else "float32"))
        parts = []
        for start in range(0, len(photos), batch):
            parts.append(self.perceive(tower.photo_features(tower.pixels(photos[start : start + batch]))))
        return torch.cat(parts) if parts else torch.zeros(0, 512)

    def embed_places(self, lat_deg: Floats, lon_deg: Floats) -> Tensor:
        """Places (n,) in degrees as embeddings (n, 512) of length 1."""
        return self.encoder.encode(torch.as_tensor(lat_deg), torch.as_tensor(lon_deg))

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts such as "a fjord village" as embeddings (n, 512) of length 1: CLIP's texts share its photos' space."""
        return self.perceive(VisionModel(self.clip).text_features(texts))

    def perceive(self, features: Tensor) -> Tensor:
        """CLIP's image features (n, 768) through the learnt perceptron of GeoCLIP: embeddings (n, 512) of length 1,
        float32.
        """
        weights = self._perceptron
        hidden = linear(features, weights["0.weight"], weights["0.bias"]).relu()
        return normalize(linear(hidden, weights["2.weight"], weights["2.bias"]), dim=-1)

    @cached_property
    def gallery(self) -> Gallery:
        """The gallery; encoded here where it is not in the cache."""
        with self._lock:
            lat, lon = self._places or gallery_places(self._geoclip)
            return open_gallery(self._cache, self.encoder, lat, lon, self._kind)

    @cached_property
    def encoder(self) -> LocationEncoder:
        """GeoCLIP's location encoder, loaded at first use."""
        return LocationEncoder(self._geoclip)

    @cached_property
    def scale(self) -> float:
        """The factor that turns a cosine into a score: 39.7 as published."""
        return float(next(iter(read_weights(self._geoclip / SCALE).values())).exp())

    @cached_property
    def _perceptron(self) -> dict[str, Tensor]:
        return read_weights(self._geoclip / PERCEPTRON)

    def _tower(self, device: str, precision: Precision) -> VisionModel | ExportedTower:
        """The image tower on a device: an exported one where there is one for it, else by torch. Raises ConfigError."""
        with self._lock:
            if (device, precision) not in self._towers:
                self._towers[device, precision] = self._load(device, precision)
            return self._towers[device, precision]

    def _load(self, device: str, precision: Precision) -> VisionModel | ExportedTower:
        found = exported(self.clip, precision) if device == "cpu" else None
        if found is not None:
            return ExportedTower(found)
        if precision == "int8":
            raise ConfigError("int8: runs on the CPU, once `geoagent prior export --precision int8` has been run")
        return VisionModel(self.clip, device, DTYPES[precision])


def _device(name: str | None) -> str:
    """A device that is there; without a name the GPU where there is one. Raises ConfigError."""
    if name is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device {name}: {str(error).splitlines()[0]}") from error
    return name
