"""The priors that there are, and how each is opened."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from geoagent.errors import ConfigError
from geoagent.priors.prior import Precision, Prior
from geoagent.priors.weights import CLIP, folder_of, written_size

if TYPE_CHECKING:
    from geoagent.priors.geoclip.model import GeoClip

NEEDED = "a prior needs PyTorch and safetensors: pip install 'geoagent-locate[prior]'"
Opener = Callable[[Path, Path | None, Precision | None], Prior]


def open_prior(
    name: str, cache: Path, weights: Path | None = None, precision: Precision | None = None,
) -> Prior:  # fmt: skip
    """A prior by its name, of weights in a folder, or in the cache where none is given.

    Nothing is fetched. Raises ConfigError, in one line that says how to get what is missing.
    """
    if name not in PRIORS:
        raise ConfigError(f"there is no prior {name!r}; there is {', '.join(PRIORS)}")
    return PRIORS[name](cache, weights, precision)


def open_geoclip(cache: Path, weights: Path | None, precision: Precision | None) -> "GeoClip":
    """GeoCLIP with CLIP's weights; its own are in the subfolder `geoclip` of those, or in the package.

    Raises ConfigError.
    """
    needs_torch()
    from geoagent.priors.geoclip.locations import geoclip_folder
    from geoagent.priors.geoclip.model import GeoClip

    clip = clip_folder(cache, weights)
    own = clip / "geoclip"
    return GeoClip(clip, own if own.is_dir() else geoclip_folder(), cache / "geoclip", precision)


def needs_torch() -> None:
    """Raise ConfigError where what every prior needs is not installed."""
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("safetensors") is None:
        raise ConfigError(NEEDED)


def geoclip_is_installed() -> bool:
    """Whether the package with GeoCLIP's own weights is there."""
    return importlib.util.find_spec("geoclip") is not None


def clip_folder(cache: Path, weights: Path | None) -> Path:
    """The folder that holds CLIP's weights. Raises ConfigError where they are not there."""
    folder = weights if weights is not None else folder_of(CLIP, cache)
    if (folder / "model.safetensors").is_file():
        return folder
    if weights is not None:
        raise ConfigError(f"{folder}: no model.safetensors of CLIP ViT-L/14 in it")
    raise ConfigError(
        f"the weights of CLIP ViT-L/14 are not here ({written_size(CLIP.size)}): `geoagent models pull {CLIP.name}`, "
        "or name a folder that has them with --prior-weights"
    )


PRIORS: dict[str, Opener] = {"geoclip": open_geoclip}
