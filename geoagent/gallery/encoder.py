"""Encoders, which turn a picture into a vector so that pictures that look alike have vectors that are alike."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geoagent.errors import ConfigError
from geoagent.no_telemetry import load_onnxruntime
from geoagent.plain_text import printable

Vector = NDArray[np.float32]

GROUP = "geoagent.encoders"
SIDE = 128
GRID = 4
WAVELENGTHS = (4.0, 8.0, 16.0, 32.0)
"""In pixels of a picture of SIDE × SIDE."""
ORIENTATIONS = 6
HUES, SATURATIONS, VALUES = 8, 4, 4


class Encoder(Protocol):
    """Turns pictures into vectors of `dimension` numbers, so that like pictures have like vectors.

    Vectors can only be compared with those of an encoder of the same `name`.
    """

    name: str

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    def encode(self, image: Image.Image) -> Vector:
        """The vector of an RGB picture, of shape (dimension,) and length (Euclidean norm) 1."""
        ...


class EmbeddedEncoder:
    """The encoder that comes with geoagent. Its vector holds how strong edges of each direction and size are in a 4 × 4
    grid, after Oliva and Torralba's gist (2001), and a histogram of colours.

    It recognises a view that it has seen; it does not know what a place looks like from the next corner.
    docs/gallery.md tells how well it does.
    """

    name = "gist-colour-1"
    dimension = len(WAVELENGTHS) * ORIENTATIONS * GRID * GRID + HUES * SATURATIONS * VALUES

    def encode(self, image: Image.Image) -> Vector:
        """The vector of a picture of any size, of shape (dimension,) and length (Euclidean norm) 1."""
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        joined = np.concatenate([_unit(_edges(small)), _unit(_colours(small))])
        return _unit(joined).astype(np.float32)


def _edges(image: Image.Image) -> Vector:
    """The mean strength of edges of each size and direction in each cell of the grid."""
    grey = np.asarray(image.convert("L"), dtype=np.float32) / 255.0
    grey = (grey - grey.mean()) / (grey.std() + 0.05)
    responses = np.abs(np.fft.ifft2(np.fft.fft2(grey) * _filters()))
    cell = SIDE // GRID
    means = responses.reshape(-1, GRID, cell, GRID, cell).mean(axis=(2, 4))
    edges: Vector = np.sqrt(means).ravel().astype(np.float32)
    return edges


@lru_cache(maxsize=1)
def _filters() -> Vector:
    """Gabor filters in the frequency domain, log-Gaussian across sizes, shape (sizes × directions, SIDE, SIDE)."""
    y, x = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    radius[0, 0] = 1e-9
    found = []
    for wavelength in WAVELENGTHS:
        across = np.exp(-0.5 * (np.log(radius * wavelength) / 0.55) ** 2)
        for number in range(ORIENTATIONS):
            off = np.angle(np.exp(1j * (angle - number * np.pi / ORIENTATIONS)))
            found.append(across * np.exp(-0.5 * (off / (0.6 * np.pi / ORIENTATIONS)) ** 2))
    return np.array(found, dtype=np.float32)


def _colours(image: Image.Image) -> Vector:
    """The square roots of the shares of each hue, saturation and brightness."""
    hsv = np.asarray(image.convert("HSV"), dtype=np.int64).reshape(-1, 3)
    hue, saturation, value = (hsv * (HUES, SATURATIONS, VALUES) // 256).T
    cells = (hue * SATURATIONS + saturation) * VALUES + value
    counts = np.bincount(cells, minlength=HUES * SATURATIONS * VALUES)
    shares: Vector = np.sqrt(counts / counts.sum()).astype(np.float32)
    return shares


def _unit(values: Vector) -> Vector:
    """A vector without its mean, of length 1; so unlike pictures come out near 0."""
    centred: Vector = values - values.mean()
    centred /= max(float(np.linalg.norm(centred)), 1e-9)
    return centred


def hash_in(name: str) -> str:
    """The hash in the name of a published model's encoder ("dino@0123456789ab"), the name itself of any other."""
    return name.rpartition("@")[2]


def is_same_encoder(one: str, other: str) -> bool:
    """Whether two names are of one encoder: of a published model the folder's name may be another."""
    return one == other or ("@" in one and "@" in other and hash_in(one) == hash_in(other))


def find_encoder(name: str, own: Sequence[Encoder] = (), folder: Path | None = None) -> Encoder:
    """The encoder with a name: one of the caller's own (`own`), the embedded one, the model in a `folder`, or one that
    an installed package offers.

    A package offers one as an entry point in the group `geoagent.encoders`, which names a class that is made without
    arguments. Raises ConfigError where no encoder has that name, or where the one that has it cannot be loaded.
    """
    for known in (*own, EmbeddedEncoder()):
        if known.name == name:
            return known
    if folder is not None:
        from geoagent.gallery.folder_encoder import FolderEncoder

        found = FolderEncoder(folder)
        if is_same_encoder(found.name, name):
            return found
        raise ConfigError(
            f"{folder}: does not hold the model {name} that made the vectors, but {found.name}; "
            "`geoagent gallery add` with `--encoder FOLDER` tells where it is now"
        )
    for point in entry_points(group=GROUP, name=name):
        load_onnxruntime()  # many an encoder does, and then it reports home
        try:
            encoder: Encoder = point.load()()
        except Exception as error:  # anybody's package: what it raises is told in one line
            raise ConfigError(f"encoder {name}: {type(error).__name__}: {printable(error)[:200]}") from error
        return encoder
    if "@" in name:
        raise ConfigError(
            f"where the model {name} lies on this machine is not known: "
            "`geoagent gallery add` with `--encoder FOLDER` tells it"
        )
    raise ConfigError(f"no encoder {name!r} is installed; install the package that offers it, or make a new gallery")
