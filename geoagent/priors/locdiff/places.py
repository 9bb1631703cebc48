"""What LocDiff is trained on: embeddings with coordinates, from a file or, without any photo, from places alone.

GeoCLIP's location encoder (NeurIPS 2023; weights of the `geoclip` package, MIT) maps places into the space of its image
embeddings. A place's embedding plus noise stands in for the embedding of a photo taken there. The noise is Gaussian
with the covariance of the embeddings themselves, so that it lies along the directions in which places differ: a
judgement, since the true gap between photo and place was not measured.
"""

import csv
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import linear, normalize

from geoagent.errors import ConfigError
from geoagent.priors.locdiff.shdd import unit_vectors

NOISE = (0.05, 2.0)
"""The range of the noise's length beside the embedding's, log-uniform in training."""
CHUNK = 4096


@dataclass(frozen=True)
class Pairs:
    """Embeddings (n, d) of length 1, float16 or float32, and the unit vectors (n, 3) of where they belong.

    `spread` (d, d) makes noise of mean square length 1 out of standard normal numbers; None: none is added.
    """

    embeddings: Tensor
    vectors: Tensor
    spread: Tensor | None = None

    def __len__(self) -> int:
        return len(self.embeddings)

    def part(self, rows: Tensor) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.embeddings[rows], self.vectors[rows], self.spread)


def noisy(embeddings: Tensor, spread: Tensor, noise: Tensor, generator: torch.Generator) -> Tensor:
    """Embeddings (n, d) with noise of relative lengths (n,), brought back to length 1."""
    normal = torch.randn(embeddings.shape, generator=generator)
    return normalize(embeddings.float() + noise[:, None] * (normal @ spread), dim=-1)


def draw(pairs: Pairs, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Embeddings (n, d) and unit vectors (n, 3) of some pairs, with noise drawn anew where it belongs to them."""
    embeddings = pairs.embeddings[rows].float()
    if pairs.spread is not None:
        low, high = (torch.tensor(bound).log() for bound in NOISE)
        noise = torch.exp(low + (high - low) * torch.rand(len(rows), generator=generator))
        embeddings = noisy(embeddings, pairs.spread, noise, generator)
    return embeddings, pairs.vectors[rows]


def read_pairs(path: Path) -> Pairs:
    """Pairs from Parquet: columns `embedding` (lists of numbers), `lat` and `lon` in degrees. Raises ConfigError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("reading Parquet needs `pip install 'geoagent-locate[eval]'`") from error
    try:
        table = pyarrow.parquet.read_table(path, columns=["embedding", "lat", "lon"])
        lat, lon = (torch.tensor(table[name].to_numpy().astype("f8")) for name in ("lat", "lon"))
        rows = table["embedding"].to_pylist()
        lengths = {len(row) for row in rows}
    except (OSError, ValueError, TypeError) as error:  # pyarrow's own errors are kinds of ValueError
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}; write columns embedding, lat and lon") from error
    if len(lengths) != 1 or 0 in lengths:
        raise ConfigError(f"{path}: every row needs an embedding, all of one length")
    embeddings = torch.tensor(rows, dtype=torch.float32)
    if not bool(torch.isfinite(embeddings).all() & (lat.abs() <= 90).all() & (lon.abs() <= 360).all()):
        raise ConfigError(f"{path}: a number is missing or out of range; lat and lon are degrees")
    return Pairs(normalize(embeddings, dim=-1), unit_vectors(lat, lon))


def geoclip_folder() -> Path:
    """Where the `geoclip` package lies, which is not imported. Raises ConfigError."""
    found = importlib.util.find_spec("geoclip")
    if found is None or not found.origin:
        raise ConfigError("the location encoder is in geoclip: pip install --no-deps geoclip==1.3.0")
    return Path(found.origin).parent / "model"


def gallery(folder: Path) -> tuple[Tensor, Tensor]:
    """Latitudes and longitudes of GeoCLIP's 100,000 places."""
    with (folder / "gps_gallery" / "coordinates_100K.csv").open(newline="") as file:
        rows = [(float(row["LAT"]), float(row["LON"])) for row in csv.DictReader(file)]
    lat, lon = torch.tensor(rows, dtype=torch.float64).unbind(-1)
    return lat, lon


def encode(lat_deg: Tensor, lon_deg: Tensor, folder: Path) -> Tensor:
    """GeoCLIP's location embeddings of places (n,), of length 1, shape (n, 512), float16."""
    weights = torch.load(folder / "weights" / "location_encoder_weights.pth", map_location="cpu", weights_only=True)
    parts = []
    with torch.no_grad():
        for start in range(0, len(lat_deg), CHUNK):
            flat = _equal_earth(lat_deg[start : start + CHUNK], lon_deg[start : start + CHUNK])
            summed = sum(_capsule(flat, weights, f"LocEnc{n}") for n in range(3))
            parts.append(normalize(torch.as_tensor(summed), dim=-1).half())
    return torch.cat(parts)


def _capsule(flat: Tensor, weights: dict[str, Tensor], name: str) -> Tensor:
    phase = 2 * torch.pi * flat @ weights[f"{name}.capsule.0.b"].T
    hidden = torch.cat((phase.cos(), phase.sin()), -1)
    for layer in ("capsule.1", "capsule.3", "capsule.5"):
        hidden = linear(hidden, weights[f"{name}.{layer}.weight"], weights[f"{name}.{layer}.bias"]).relu()
    return linear(hidden, weights[f"{name}.head.0.weight"], weights[f"{name}.head.0.bias"])


def _equal_earth(lat_deg: Tensor, lon_deg: Tensor) -> Tensor:
    """The Equal Earth projection (Šavrič, Patterson and Jenny, 2018), x and y scaled as GeoCLIP does; shape (n, 2)."""
    a1, a2, a3, a4, scale = 1.340264, -0.081106, 0.000893, 0.003796, 66.50336 / 180
    theta = torch.asin(3**0.5 / 2 * torch.sin(torch.deg2rad(lat_deg.double())))
    slope = 3 * (9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1)
    x = 2 * 3**0.5 * torch.deg2rad(lon_deg.double()) * torch.cos(theta) / slope
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    return (torch.stack((x, y), -1) * scale).float()


def spread_of(embeddings: Tensor) -> Tensor:
    """The symmetric root of the covariance of embeddings (n, d), scaled so that noise has mean square length 1."""
    covariance = torch.cov(embeddings.float().T)
    values, vectors = torch.linalg.eigh(covariance / covariance.trace())
    root: Tensor = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return root


def pairs_of_places(lat_deg: Tensor, lon_deg: Tensor, folder: Path) -> Pairs:
    """Pairs without photos: places (n,) in degrees and their embeddings, to be made noisy when they are drawn."""
    embeddings = encode(lat_deg, lon_deg, folder)
    return Pairs(embeddings, unit_vectors(lat_deg, lon_deg), spread_of(embeddings[:50_000]))
