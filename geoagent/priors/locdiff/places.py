"""What LocDiff is trained on: embeddings with coordinates, from a file or, without any photo, from places alone.

GeoCLIP's location encoder (NeurIPS 2023; weights of the `geoclip` package, MIT) maps places into the space of its image
embeddings. A place's embedding plus noise stands in for the embedding of a photo taken there. The noise is Gaussian
with the covariance of the embeddings themselves, so that it lies along the directions in which places differ: a
judgement, since the true gap between photo and place was not measured.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize

from geoagent.errors import ConfigError
from geoagent.geo import Floats
from geoagent.priors.geoclip.locations import LocationEncoder, gallery_places, geoclip_folder
from geoagent.priors.locdiff.shdd import unit_vectors

log = logging.getLogger(__name__)

NOISE = (0.05, 2.0)
"""The range of the noise's length beside the embedding's, log-uniform in training."""
HELD_OUT = 50
"""One pair in so many is held out, evenly over the file or the gallery."""


@dataclass(frozen=True)
class Pairs:
    """Training data of LocDiff: embeddings (n, d) of length 1, and the unit vectors (n, 3) of the places where they
    were taken.

    `spread` (d, d) makes noise of mean square length 1 out of standard normal numbers; None: none is added.
    """

    embeddings: Tensor
    vectors: Tensor
    spread: Tensor | None = None

    def __len__(self) -> int:
        return len(self.embeddings)

    def part(self, rows: Tensor) -> "Pairs":
        """The pairs with the given row numbers."""
        return Pairs(self.embeddings[rows], self.vectors[rows], self.spread)


def noisy(embeddings: Tensor, spread: Tensor, noise: Tensor, generator: torch.Generator) -> Tensor:
    """Embeddings (n, d) with noise of relative lengths (n,), brought back to length 1."""
    normal = torch.randn(embeddings.shape, generator=generator)
    return normalize(embeddings.float() + noise[:, None] * (normal @ spread), dim=-1)


def draw(pairs: Pairs, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Embeddings (n, d) and unit vectors (n, 3) of the given pairs.

    Noise that belongs to the training is drawn anew each time.
    """
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


def spread_of(embeddings: Tensor) -> Tensor:
    """The symmetric root of the covariance of embeddings (n, d), scaled so that noise has mean square length 1."""
    covariance = torch.cov(embeddings.float().T)
    values, vectors = torch.linalg.eigh(covariance / covariance.trace())
    root: Tensor = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return root


def pairs_of_places(lat_deg: Floats, lon_deg: Floats, folder: Path) -> Pairs:
    """Pairs without photos: places (n,) in degrees and their embeddings, to be made noisy when they are drawn."""
    lat, lon = torch.from_numpy(lat_deg), torch.from_numpy(lon_deg)
    embeddings = LocationEncoder(folder).encode(lat, lon).half()
    return Pairs(embeddings, unit_vectors(lat, lon), spread_of(embeddings[:50_000]))


def pairs_of_gallery() -> Pairs:
    """Pairs without photos of all places of GeoCLIP's gallery. Raises ConfigError where that is not installed."""
    folder = geoclip_folder()
    log.info("embedding GeoCLIP's gallery of 100,000 places")
    return pairs_of_places(*gallery_places(folder), folder)


def hold_out(pairs: Pairs) -> tuple[Pairs, Pairs]:
    """The pairs to train on and the pairs to check on. Raises ConfigError where there are too few."""
    if len(pairs) < HELD_OUT:
        raise ConfigError(f"{len(pairs)} pairs are too few: at least {HELD_OUT}")
    rows = torch.arange(len(pairs))
    return pairs.part(rows[rows % HELD_OUT != 0]), pairs.part(rows[rows % HELD_OUT == 0])
