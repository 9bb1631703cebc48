"""What `geoagent prior train geoclip` leaves: GeoCLIP's files, and which published model sees the photos for it."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.files.small_files import write_whole
from geoagent.plain_text import printable
from geoagent.priors.geoclip.locations import ENCODER, GALLERY, PERCEPTRON, SCALE
from geoagent.vision.model import fingerprint
from geoagent.vision.model_folders import folder_of

OWN, TOLD, VISION = "geoclip", "trained.json", "vision"
"""Inside the folder of a training: that of GeoCLIP's own files, the file in it that tells of the training, and the
folder in which somebody may put the model that saw the photos.
"""


def save(
    out: Path, weights: Mapping[Path, Tensor | dict[str, Tensor]], places: tuple[Tensor, Tensor], vision: Path,
    figures: Mapping[str, float],
) -> None:  # fmt: skip
    """Write a training into a folder of its own: GeoCLIP's three files of weights (`ENCODER`, `PERCEPTRON`, `SCALE`),
    the places (n,) in degrees that it searches, the model that saw the photos, and the figures of its last check.
    """
    own = out / OWN
    for path in (ENCODER, GALLERY):
        (own / path).parent.mkdir(parents=True, exist_ok=True)
    for path in (ENCODER, PERCEPTRON, SCALE):
        torch.save(weights[path], own / path)
    with (own / GALLERY).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("LAT", "LON"))
        writer.writerows(zip(places[0].tolist(), places[1].tolist(), strict=True))
    told = {"sha256": fingerprint(vision), "held_out": dict(figures)}
    write_whole(own / TOLD, json.dumps(told, indent=1) + "\n")


def is_trained(folder: Path) -> bool:
    """Whether a folder holds such a training."""
    return (folder / OWN / TOLD).is_file()


def vision_of(folder: Path, cache: Path) -> Path:
    """The folder of the published model that a training needs: inside the training's, or where it was on this machine.

    Raises ConfigError where it is not there, or not what it was.
    """
    path = folder / OWN / TOLD
    try:
        wanted = str(read_object(path)["sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{path}: does not tell of a training ({printable(error)[:200]}); train again") from error
    vision = folder / VISION if (folder / VISION).is_dir() else folder_of(cache, wanted)
    if vision is None:
        raise ConfigError(f"{folder}: put the model of pictures that it was trained with into {folder / VISION}")
    if fingerprint(vision) != wanted:
        raise ConfigError(f"{vision}: does not hold the model that {folder} was trained with; bring it back")
    return vision
