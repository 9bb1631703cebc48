"""Galleries: places with their location embeddings, encoded once and kept memory-mapped."""

import hashlib
import logging
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, claim
from geoagent.geo import Floats
from geoagent.priors.geoclip.locations import CHUNK, LocationEncoder

log = logging.getLogger(__name__)

SIZE = 512
KINDS = {torch.float16: "f16", torch.float32: "f32"}


class Gallery(NamedTuple):
    """Places in degrees (m,), and their embeddings (m, 512) of length 1."""

    lat_deg: Floats
    lon_deg: Floats
    embeddings: Tensor

    def cosines(self, embeddings: Tensor) -> Tensor:
        """The cosine of each of some embeddings (n, 512) of length 1 with every place, shape (n, m), float32, on the
        CPU.

        One product; on a CPU one a photo, since torch multiplies matrices of float16 there far slower than by vectors.
        """
        mine = embeddings.to(self.embeddings.device, self.embeddings.dtype)
        if mine.device.type == "cpu" and len(mine):
            return torch.stack([self.embeddings @ one for one in mine]).float()
        return (self.embeddings @ mine.T).T.float().cpu()

    def to(self, device: str) -> "Gallery":
        """The gallery with its embeddings on another device."""
        return self._replace(embeddings=self.embeddings.to(device))


def open_gallery(
    cache: Path, encoder: LocationEncoder, lat_deg: Floats, lon_deg: Floats, kind: torch.dtype = torch.float16,
) -> Gallery:  # fmt: skip
    """The gallery of some places (m,), from the cache folder, or encoded into it: 1 KB a place in float16.

    The file's name is a hash of the encoder's weights and the places. Raises ConfigError.
    """
    places = np.stack((lat_deg, lon_deg)).astype(np.float64)
    key = hashlib.sha256(encoder.fingerprint.encode() + places.tobytes()).hexdigest()[:16]
    path, count = cache / f"geoclip-gallery-{key}.{KINDS[kind]}", len(lat_deg) * SIZE
    try:
        if not path.exists() or path.stat().st_size != count * kind.itemsize:
            log.info(f"encoding {len(lat_deg):,} places for GeoCLIP, once")
            _write(path, encoder, places, kind)
        stored = torch.from_file(str(path), shared=False, size=count, dtype=kind)
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}; remove it, or check the rights") from error
    return Gallery(places[0], places[1], stored.view(-1, SIZE))


def _write(path: Path, encoder: LocationEncoder, places: Floats, kind: torch.dtype) -> None:
    """Encode into a file beside the right one, which is renamed when it is whole."""
    claim(path.parent, CACHE)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with beside.open("wb") as file:
        for start in range(0, places.shape[1], CHUNK):
            lat, lon = torch.from_numpy(places[:, start : start + CHUNK].copy())
            file.write(encoder.encode(lat, lon).to(kind).numpy().tobytes())
    beside.replace(path)
