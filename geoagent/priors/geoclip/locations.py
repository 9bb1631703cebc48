"""GeoCLIP's location encoder: places in degrees as embeddings, a continuous function of latitude and longitude.

A training may have chosen SatCLIP's form instead (Klemmer et al. 2023, arXiv 2311.17179): real spherical harmonics, and
a network of sines (SIREN). It is smooth across the poles and the date line, and no finer than its degree.

The published weights, the list of 100,000 places and the scale of the scores are in the `geoclip` package (MIT), which
is read as files and never imported. The arithmetic is in float32 in the published order: the finest of the three scales
multiplies coordinates by more than a thousand, so that another order gives other embeddings in the fourth digit.
"""

import csv
import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, normalize

from geoagent.errors import ConfigError
from geoagent.geo import Floats
from geoagent.plain_text import printable
from geoagent.priors.locdiff.shdd import harmonics, unit_vectors

CHUNK = 4096
ENCODER = Path("weights", "location_encoder_weights.pth")
PERCEPTRON = Path("weights", "image_encoder_mlp_weights.pth")
SCALE = Path("weights", "logit_scale_weights.pth")
GALLERY = Path("gps_gallery", "coordinates_100K.csv")
DEGREE = "harmonics.degree"
"""The name of the degree of the harmonics, which weights of SatCLIP's form have."""
MOST_DEGREE = 40
"""The harmonics of a larger degree take all memory; SatCLIP has 40 at most."""
SINES, FIRST_FREQUENCY = 2, 30.0
"""How many layers of sines it has, and the factor of the first, as published."""
KINDS = ("weight", "bias")
HOW = "pip install --no-deps geoclip==1.3.0"


def geoclip_folder() -> Path:
    """Where the files of the `geoclip` package lie, which is not imported. Raises ConfigError."""
    found = importlib.util.find_spec("geoclip")
    if found is None or not found.origin:
        raise ConfigError(f"GeoCLIP's weights are in the package geoclip: {HOW}")
    return Path(found.origin).parent / "model"


def gallery_places(folder: Path) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of GeoCLIP's 100,000 places. Raises ConfigError."""
    try:
        with (folder / GALLERY).open(newline="") as file:
            rows = np.array([(float(row["LAT"]), float(row["LON"])) for row in csv.DictReader(file)])
        if not (np.abs(rows) <= (90, 180)).all():  # also where one is no number
            raise ValueError("a place is nowhere on Earth")
        return rows[:, 0].copy(), rows[:, 1].copy()
    except (OSError, KeyError, ValueError, TypeError, IndexError, csv.Error) as error:
        why = printable(error)[:200]
        raise ConfigError(f"{folder / GALLERY}: not GeoCLIP's list of places ({why}): {HOW}") from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors in one of the weight files of the `geoclip` package, by name; a single unnamed one is given under "".

    Raises ConfigError where the file cannot be read.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file raises errors of many kinds; each means the same to the user
        raise ConfigError(f"{path}: not GeoCLIP's weights ({type(error).__name__}): {HOW}") from error
    return {"": found} if isinstance(found, Tensor) else dict(found)


class LocationEncoder:
    """From places to embeddings; `fingerprint` is a hash of its weights."""

    def __init__(self, folder: Path) -> None:
        self._weights = read_weights(folder / ENCODER)
        _check(self._weights, folder / ENCODER)
        self.fingerprint = hashlib.sha256((folder / ENCODER).read_bytes()).hexdigest()

    def encode(self, lat_deg: Tensor, lon_deg: Tensor) -> Tensor:
        """Places (n,) in degrees as embeddings (n, 512) of length 1, float32, on the device of the places."""
        weights = {name: value.to(lat_deg.device) for name, value in self._weights.items()}
        with torch.no_grad():
            parts = [
                embedded(lat_deg[start : start + CHUNK], lon_deg[start : start + CHUNK], weights)
                for start in range(0, len(lat_deg), CHUNK)
            ]
        return torch.cat(parts) if parts else torch.zeros(0, 512)


def _check(weights: Mapping[str, Tensor], path: Path) -> None:
    """Raise ConfigError unless weights of either form embed a place."""
    degree = weights.get(DEGREE)
    try:
        if degree is not None and (degree.numel() != 1 or not 1 <= int(degree) <= MOST_DEGREE):
            raise ValueError(f"a degree from 1 to {MOST_DEGREE} is needed")
        with torch.no_grad():
            embedded(torch.zeros(1), torch.zeros(1), weights)
    except (KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ConfigError(f"{path}: not GeoCLIP's weights ({type(error).__name__}): {HOW}") from error


def embedded(lat_deg: Tensor, lon_deg: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """Places (n,) in degrees as embeddings (n, 512) of length 1, by weights of either form; gradients go through."""
    if DEGREE in weights:
        hidden = harmonics(unit_vectors(lat_deg, lon_deg), int(weights[DEGREE])).float()
        for number in range(SINES):
            frequency = FIRST_FREQUENCY if number == 0 else 1.0
            hidden = torch.sin(frequency * linear(hidden, *(weights[f"siren.{number}.{kind}"] for kind in KINDS)))
        return normalize(linear(hidden, *(weights[f"siren.{SINES}.{kind}"] for kind in KINDS)), dim=-1)
    flat = _equal_earth(lat_deg.float(), lon_deg.float())
    summed = _capsule(flat, weights, "LocEnc0")
    for number in (1, 2):
        summed = summed + _capsule(flat, weights, f"LocEnc{number}")
    return normalize(summed, dim=-1)


def _capsule(flat: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    phase = 2 * torch.pi * flat @ weights[f"{name}.capsule.0.b"].T
    hidden = torch.cat((phase.cos(), phase.sin()), -1)
    for layer in ("capsule.1", "capsule.3", "capsule.5"):
        hidden = linear(hidden, weights[f"{name}.{layer}.weight"], weights[f"{name}.{layer}.bias"]).relu()
    return linear(hidden, weights[f"{name}.head.0.weight"], weights[f"{name}.head.0.bias"])


def _equal_earth(lat_deg: Tensor, lon_deg: Tensor) -> Tensor:
    """The Equal Earth projection (Šavrič, Patterson and Jenny, 2018), x and y scaled as GeoCLIP does; shape (n, 2)."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = torch.sqrt(torch.tensor(3.0))
    theta = torch.asin((root / 2) * torch.sin(torch.deg2rad(lat_deg)))
    slope = 3 * (9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1)
    x = (2 * root * torch.deg2rad(lon_deg) * torch.cos(theta)) / slope
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    return (torch.stack((x, y), dim=1) * 66.50336) / 180
