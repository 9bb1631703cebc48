"""The priors that there are, and how each is opened."""

import importlib.util
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from geoagent.errors import ConfigError
from geoagent.no_telemetry import load_onnxruntime
from geoagent.plain_text import printable
from geoagent.priors.prior import Precision, Prior, checked_prior
from geoagent.priors.weights import CLIP, folder_of, written_size
from geoagent.vision.model import check_installed

if TYPE_CHECKING:
    from geoagent.priors.geoclip.model import GeoClip
    from geoagent.priors.locdiff.prior import LocDiff, LocDiffH
    from geoagent.priors.zeroshot import ClipZeroShot

GROUP = "geoagent.priors"
NEEDED = "priors need PyTorch and safetensors: pip install 'geoagent-locate[prior]'"
Opener = Callable[[Path, Path | None, Precision | None], Prior]


def opening(
    name: str, cache: Path, weights: Path | None = None, precision: Precision | None = None,
) -> Callable[[], Prior]:  # fmt: skip
    """A function that opens the prior of a name: ours, with weights from a folder or the cache, or one that an
    installed package offers.

    Nothing is loaded yet, and nothing is ever fetched. What opens it raises ConfigError, in one line that says how to
    get what is missing. Raises ConfigError where there is no prior of that name.
    """
    if name in PRIORS:
        return lambda: PRIORS[name](cache, weights, precision)
    installed = {point.name: point for point in entry_points(group=GROUP)}
    if name not in installed:
        known = ", ".join([*PRIORS, *sorted(installed)])
        raise ConfigError(
            f"there is no prior {printable(name)[:60]!r}; there is {known}, and an installed package can offer others"
        )
    return lambda: _installed(installed[name])


def _installed(point: EntryPoint) -> Prior:
    """The prior that a package names by an entry point of the group `geoagent.priors`. Raises ConfigError."""
    load_onnxruntime()  # many a prior does, and then it reports home
    try:
        made = point.load()()
    except ConfigError:
        raise
    except Exception as error:  # anybody's package: what it raises is told in one line
        raise ConfigError(f"prior {point.name}: {type(error).__name__}: {printable(error)[:200]}") from error
    prior = checked_prior(made)
    if prior.name != point.name:
        raise ConfigError(f"prior {point.name}: calls itself {prior.name}; its entry point must have the same name")
    return prior


def open_geoclip(cache: Path, weights: Path | None, precision: Precision | None) -> "GeoClip":
    """GeoCLIP with CLIP's weights; its own are in the subfolder `geoclip` of those, or in the package. Or as it was
    trained into the folder of the weights.

    Raises ConfigError.
    """
    needs_torch()
    from geoagent.priors.geoclip.locations import geoclip_folder
    from geoagent.priors.geoclip.model import GeoClip
    from geoagent.priors.geoclip.trained import is_trained, vision_of

    check_installed()
    if weights is not None and is_trained(weights):
        return GeoClip(vision_of(weights, cache), weights / "geoclip", cache / "geoclip", precision)
    clip = clip_folder(cache, weights)
    own = clip / "geoclip"
    return GeoClip(clip, own if own.is_dir() else geoclip_folder(), cache / "geoclip", precision)


def open_clip_zeroshot(cache: Path, weights: Path | None, precision: Precision | None) -> "ClipZeroShot":
    """A CLIP or SigLIP that compares photos with captions of places: that in the subfolder `clip-zeroshot` of the
    weights, or the one that lies there or was fetched. Raises ConfigError.
    """
    needs_torch()
    from geoagent.atlas import open_atlas
    from geoagent.priors.zeroshot import ClipZeroShot

    inner = weights / "clip-zeroshot" if weights is not None else None
    folder = inner if inner is not None and inner.is_dir() else clip_folder(cache, weights)
    check_installed()
    return ClipZeroShot(folder, open_atlas(cache))


def open_locdiff(cache: Path, weights: Path | None, precision: Precision | None) -> "LocDiff":
    """LocDiff from the folder of a training; raises ConfigError."""
    return _locdiff(cache, weights, precision)[0]


def open_locdiff_h(cache: Path, weights: Path | None, precision: Precision | None) -> "LocDiffH":
    """LocDiff-H: GeoCLIP's search inside the region of LocDiff; raises ConfigError."""
    locdiff, geoclip = _locdiff(cache, weights, precision)
    from geoagent.priors.locdiff.prior import LocDiffH

    return LocDiffH(locdiff, geoclip)


def _locdiff(cache: Path, weights: Path | None, precision: Precision | None) -> "tuple[LocDiff, GeoClip]":
    """LocDiff, and the GeoCLIP that embeds its photos, whose weights lie in the folder round LocDiff's or are fetched
    ones.
    """
    needs_torch()
    if weights is None:
        raise ConfigError(
            "locdiff has no published weights: train it with `geoagent prior train locdiff --out FOLDER`, "
            "and name FOLDER with --prior-weights"
        )
    inner = weights / "locdiff"
    geoclip = open_geoclip(cache, weights if inner.is_dir() else None, precision)
    from geoagent.priors.locdiff.prior import LocDiff

    return LocDiff(inner if inner.is_dir() else weights, geoclip), geoclip


def needs_torch() -> None:
    """Raise ConfigError unless PyTorch and what else all priors need is installed."""
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
        raise ConfigError(f"{folder}: no model.safetensors of a published model in it")
    raise ConfigError(
        f"the weights of CLIP ViT-L/14 are not here ({written_size(CLIP.size)}): `geoagent models pull {CLIP.name}`, "
        "or name a folder that has them with --prior-weights"
    )


PRIORS: dict[str, Opener] = {
    "geoclip": open_geoclip,
    "clip-zeroshot": open_clip_zeroshot,
    "locdiff": open_locdiff,
    "locdiff-h": open_locdiff_h,
}
