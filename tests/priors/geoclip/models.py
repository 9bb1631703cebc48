"""Small models with random numbers, in the files in which CLIP and GeoCLIP are published."""

import csv
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from geoagent.priors.geoclip.locations import ENCODER, GALLERY, PERCEPTRON, SCALE
from geoagent.priors.geoclip.tower import ImageTower, TextShape, TextTower, TowerShape

PROJECTION = 24
VISION = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 56,
    "patch_size": 14,
}  # fmt: skip
TEXT = {
    "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 60,
    "max_position_embeddings": 77,
}  # fmt: skip


def make_clip(folder: Path) -> Path:
    """A published CLIP's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    image = ImageTower(TowerShape.model_validate(VISION), PROJECTION)
    torch.nn.init.normal_(image.class_embedding)
    text = TextTower(TextShape.model_validate(TEXT), PROJECTION)
    tensors = {}
    for part, tower in (("vision_model", image), ("text_model", text)):
        for name, value in tower.state_dict().items():
            if name.startswith("layers."):
                tensors[f"{part}.encoder.{name}"] = value
            elif "embedding" in name:
                tensors[f"{part}.embeddings.{name}"] = value
            elif "projection" in name:
                tensors[name] = value
            else:
                tensors[f"{part}.{name}"] = value
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "model.safetensors")
    config = {"projection_dim": PROJECTION, "vision_config": VISION, "text_config": TEXT}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


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
