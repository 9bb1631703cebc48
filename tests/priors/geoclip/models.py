"""A small GeoCLIP with random numbers, in the files in which it is published."""

import csv
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from geoagent.priors.geoclip.locations import ENCODER, GALLERY, PERCEPTRON, SCALE
from tests.vision.models import PROJECTION


def make_geoclip(folder: Path, lat: np.ndarray, lon: np.ndarray) -> Path:
    """The files of the `geoclip` package, with a gallery of these places."""
    for path in (ENCODER, GALLERY):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(2)

    def normal(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return scale * torch.randn(*shape, generator=generator)

    encoder = {}
    for number, sigma in enumerate((1.0, 16.0, 256.0)):
        encoder[f"LocEnc{number}.capsule.0.b"] = normal(8, 2, scale=sigma)
        layers = ("capsule.1", 32, 16), ("capsule.3", 32, 32), ("capsule.5", 32, 32), ("head.0", 512, 32)
        for layer, outputs, inputs in layers:
            encoder[f"LocEnc{number}.{layer}.weight"] = normal(outputs, inputs, scale=inputs**-0.5)
            encoder[f"LocEnc{number}.{layer}.bias"] = normal(outputs, scale=0.1)
    torch.save(encoder, folder / ENCODER)
    perceptron = {
        "0.weight": normal(PROJECTION, PROJECTION, scale=0.2), "0.bias": normal(PROJECTION),
        "2.weight": normal(512, PROJECTION, scale=0.2), "2.bias": normal(512, scale=0.1),
    }  # fmt: skip
    torch.save(perceptron, folder / PERCEPTRON)
    torch.save(torch.tensor(3.681), folder / SCALE)
    with (folder / GALLERY).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("LAT", "LON"))
        writer.writerows(zip(lat.tolist(), lon.tolist(), strict=True))
    return folder


def noise_photo(number: int, width: int = 90, height: int = 70) -> Image.Image:
    values = np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)
