"""Weights of models: what they are, under which licence and from where; fetched only when asked, checked by hash."""

import hashlib
import logging
import shutil
from collections.abc import Mapping, Set
from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.files.folders import FolderKind, claim, is_ours, remove_own
from geoagent.no_telemetry import load_hub

log = logging.getLogger(__name__)

NEEDED = "fetching weights needs huggingface-hub: pip install 'geoagent-locate[prior]'"
BLOCK = 1 << 20
HUB = Path(".cache", "huggingface")
"""Where the hub's client notes what it has fetched into a folder."""
EXPORTED = "geoagent-tower-"
"""How the names of the towers begin that `geoagent prior export` writes beside the weights."""


class File(NamedTuple):
    """A file of a model's weights: its size in bytes and the SHA-256 of its content, in hexadecimal."""

    size: int
    sha256: str


class Weights(NamedTuple):
    """A model on the Hugging Face hub: the repository, its revision, and the files that geoagent needs of it."""

    name: str
    what: str
    licence: str
    repository: str
    revision: str
    files: Mapping[str, File]

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(file.size for file in self.files.values())


MODELS: dict[str, Weights] = {
    "clip-vit-large-patch14": Weights(
        name="clip-vit-large-patch14",
        what="CLIP ViT-L/14 of OpenAI: the towers for photos and texts that GeoCLIP builds on",
        licence="MIT, as OpenAI's repository of CLIP has it; the hub's card names none",
        repository="openai/clip-vit-large-patch14",
        revision="32bd64288804d66eefd0ccbe215aa642df71cc41",
        files={
            "config.json": File(4_519, "8a09b467700c58138c29d53c605b34ebc69beaadd13274a8a2af8ad2c2f4032a"),
            "tokenizer.json": File(2_224_003, "a83e0809aa4c3af7208b2df632a7a69668c6d48775b3c3fe4e1b1199d1f8b8f4"),
            "model.safetensors": File(
                1_710_540_580, "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb"
            ),
        },
    ),
}
CLIP = MODELS["clip-vit-large-patch14"]


def find(name: str) -> Weights:
    """The model of a name in the table of known weights. Raises ConfigError."""
    if name not in MODELS:
        raise ConfigError(f"there is no model {name!r} to fetch; there is {', '.join(MODELS)}")
    return MODELS[name]


def folder_of(model: Weights, cache: Path) -> Path:
    """The folder that the files of a model belong in."""
    return cache / "models" / model.name


def is_whole(model: Weights, folder: Path) -> bool:
    """Whether every file of a model is in a folder, at its right size."""
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == f.size for name, f in model.files.items()
    )


def pull(model: Weights, folder: Path, endpoint: str | None = None) -> None:
    """Fetch what is missing from the hub (of `endpoint`, or the environment's HF_ENDPOINT), and check it.

    An interrupted download goes on where it stopped. Raises ConfigError.
    """
    try:
        hub = load_hub()
    except ImportError as error:
        raise ConfigError(NEEDED) from error
    import httpx

    claim(folder, _kind(model))
    for name, file in model.files.items():
        if not _is_right(folder / name, file):
            log.info(f"fetching {name}, {written_size(file.size)}")
            try:
                hub.hf_hub_download(
                    model.repository, name, revision=model.revision, local_dir=folder, endpoint=endpoint, token=False
                )
            except (OSError, ValueError, httpx.HTTPError) as error:  # what the hub's client raises
                raise ConfigError(
                    f"{model.repository}: {name} could not be fetched ({_line(error)}); the same command goes on "
                    f"later, or copy the files into {folder}"
                ) from error
            if not _is_right(folder / name, file):
                (folder / name).unlink(missing_ok=True)
                raise ConfigError(f"{name}: what came is not the published file, by its hash; it was removed")


def _is_right(path: Path, file: File) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest() == file.sha256


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def remove(model: Weights, folder: Path) -> list[str] | None:
    """Delete the files of a model, and its folder if nothing else is in it; None where there is no folder.

    What is none of the model's files stays; its names are returned. Raises ConfigError, also for a folder that is not
    this model's.
    """
    kind = _kind(model)
    try:
        if not folder.exists():
            return None
        if any(folder.iterdir()) and not is_ours(folder, kind):
            raise ConfigError(f"{folder} is not empty and holds no {kind.name} of geoagent; nothing was removed")
        if not folder.is_symlink() and not (folder / HUB).is_symlink() and (folder / HUB).is_dir():
            shutil.rmtree(folder / HUB)
            if not any((folder / HUB.parent).iterdir()):
                (folder / HUB.parent).rmdir()
        return remove_own(folder, lambda name: name in model.files or _is_export(name))
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror or error}") from error


def _is_export(name: str) -> bool:
    return name.startswith(EXPORTED) and name.endswith(".onnx")


def _kind(model: Weights) -> FolderKind:
    """The folder of a model's weights: before there were markers known by a right file, or one that the hub gave."""

    def was_ours(folder: Path, names: Set[str]) -> bool:
        mine = {name: file for name, file in model.files.items() if name in names}
        notes = folder / HUB / "download"
        if not mine:
            return names == {HUB.parts[0]} and notes.is_dir()
        fetched = {name for name in mine if (notes / f"{name}.metadata").is_file()}
        return all(name in fetched or _is_right(folder / name, file) for name, file in mine.items())

    return FolderKind(f"model {model.name}", "move it away, or name another folder in GEOAGENT_CACHE_DIR", was_ours)


def written_size(size: int) -> str:
    """A number of bytes in words: "1.7 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} KB"
