"""Encoders in folders: any model of pictures that transformers can load makes a gallery's vectors."""

from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from geoagent.gallery.encoder import Vector
from geoagent.vision.model import CONFIG, VisionModel, check_installed, fingerprint

BLANK = 64
"""The side in pixels of the picture that is encoded to see how long the vectors are."""


def is_model_folder(name: str) -> bool:
    """Whether what was given as an encoder is the folder of a published model."""
    return (Path(name) / CONFIG).is_file()


class FolderEncoder:
    """The model in a folder as an encoder, loaded at its first picture. Raises ConfigError.

    Its name is that of the folder and a part of the hash of its files: vectors of other weights have another name.
    """

    def __init__(self, folder: Path) -> None:
        check_installed()
        self.folder = folder.resolve()
        self.name = f"{self.folder.name}@{fingerprint(self.folder)[:12]}"

    @cached_property
    def _model(self) -> VisionModel:
        return VisionModel(self.folder)

    @cached_property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return len(self.encode(Image.new("RGB", (BLANK, BLANK), "grey")))

    def encode(self, image: Image.Image) -> Vector:
        """The vector of an RGB picture, of shape (dimension,) and length (Euclidean norm) 1."""
        found: Vector = self._model.photo_features(self._model.pixels([image]))[0].numpy().astype(np.float32)
        return found / max(float(np.linalg.norm(found)), 1e-9)
