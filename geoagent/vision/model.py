"""A model in a folder, as transformers saves one: CLIP, SigLIP, DINO and others of their kind.

Nothing is fetched, and no code of the folder is run: weights are read from safetensors, and a config.json that asks for
code from elsewhere is refused. A damaged or foreign folder costs one line.
"""

import hashlib
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.no_telemetry import load_transformers
from geoagent.plain_text import printable

if TYPE_CHECKING:
    from torch import Tensor, dtype

CONFIG, WEIGHTS, PIXELS, TOKENIZER = "config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"
NEEDED = "encoders of pictures need transformers and PyTorch: pip install 'geoagent-locate[vision]'"
MODULES = ("torch", "safetensors", "transformers")
MOST = {"layers": 200, "depth": 200, "vocab": 10_000_000, "image_size": 4096, "crop": 4096, "edge": 4096}
BOTH = "processor_config.json"
"""Where newer models say how photos are prepared, instead of `PIXELS`."""
MOST_SIDE = 4096
"""The largest side in pixels to which photos are made."""
MOST_OF_OTHERS = 65_536
"""The largest number that a config.json may give for a size; more is a damaged file, and would take all memory."""
SPARE = 2.0
"""So many times the bytes of the file the model may take at most, when float16 becomes float32."""
SIZES = ("size", "layers", "heads", "dim", "num", "positions", "embeddings", "depth", "height", "width", "edge", "crop")
"""What the names of sizes have in them."""
USUAL_SCALE = 100.0
"""The factor from cosines to scores of models trained to the end, for one that has none."""


class PhotoPreparation:
    """How the model in a folder takes photos, without its weights. Raises ConfigError."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, _config(folder)
        self._processor = _processor(folder, self.config)

    def pixels(self, photos: Sequence[Image.Image]) -> "dict[str, Tensor]":
        """Photos as the model takes them; most take `pixel_values` (photos, 3, height, width) alone."""
        with _one_line(self.folder, "photos cannot be prepared"):
            return dict(self._processor(images=[photo.convert("RGB") for photo in photos], return_tensors="pt"))


class VisionModel(PhotoPreparation):
    """The model in a folder, on a device, float32 unless `kind` says otherwise. Raises ConfigError."""

    def __init__(self, folder: Path, device: str = "cpu", kind: "dtype | None" = None) -> None:
        super().__init__(folder)
        self.device = device
        with _one_line(folder, "its weights cannot be read"):
            self.network = _network(folder, self.config).to(device, kind).requires_grad_(False).eval()
        self._pads = "max_length" if str(self.config.model_type).startswith("siglip") else "longest"

    def photo_features(self, pixels: "Mapping[str, Tensor]") -> "Tensor":
        """What `pixels` gave, as features (photos, dimension), float32, on the CPU. Raises ConfigError."""
        import torch

        kind = self.network.dtype
        given = {
            name: value.to(self.device, kind if value.is_floating_point() else None) for name, value in pixels.items()
        }
        with _one_line(self.folder, "it does not take photos"), torch.inference_mode():
            return pooled(self.network, given).float().cpu().clone()

    def text_features(self, texts: Sequence[str]) -> "Tensor":
        """Texts as features (n, dimension), in the space of the photos. Raises ConfigError where it knows no texts."""
        import torch

        if not hasattr(self.network, "get_text_features"):
            raise ConfigError(f"{self.folder}: knows photos alone, no texts; take a CLIP or SigLIP")
        with _one_line(self.folder, "its texts cannot be read"), torch.inference_mode():
            longest = int(self.network.config.text_config.max_position_embeddings)
            tokens = self._tokenizer(
                list(texts), padding=self._pads, truncation=True, max_length=longest, return_tensors="pt"
            )
            names = {"input_ids"} if self._pads == "max_length" else {"input_ids", "attention_mask"}
            given = {name: value.to(self.device) for name, value in tokens.items() if name in names}
            found: Tensor = self.network.get_text_features(**given).pooler_output
            return found.float().cpu().clone()

    @cached_property
    def scale(self) -> float:
        """The factor from cosines of photos and texts to scores."""
        found = getattr(self.network, "logit_scale", None)
        return USUAL_SCALE if found is None else float(found.exp())

    @cached_property
    def _tokenizer(self) -> Any:
        transformers = _transformers()
        return transformers.AutoTokenizer.from_pretrained(self.folder, local_files_only=True, trust_remote_code=False)


def fingerprint(folder: Path) -> str:
    """A hash of the weights in a folder and of what describes them. Raises ConfigError."""
    total = hashlib.sha256()
    with _one_line(folder, "cannot be read"):
        for name in (CONFIG, PIXELS, BOTH, *_weight_files(folder)):
            if (folder / name).is_file():
                with (folder / name).open("rb") as file:
                    total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def check_installed() -> None:
    """Raise ConfigError unless what loads models is installed."""
    if any(importlib.util.find_spec(name) is None for name in MODULES):
        raise ConfigError(NEEDED)


def pooled(network: Any, pixels: "Mapping[str, Tensor]") -> "Tensor":
    """The one vector that a network gives for each picture (photos, dimension): in the space of texts, where it has
    one.
    """
    found = network.get_image_features(**pixels) if hasattr(network, "get_image_features") else network(**pixels)
    vector: Tensor | None = getattr(found, "pooler_output", None)
    if vector is None:
        raise ValueError(f"a {type(network).__name__} gives no single vector for a photo")
    return vector.flatten(1)


def _checked(path: Path) -> dict[str, Any]:
    """What a file that describes a model says. Raises ConfigError where it names what is elsewhere, or sizes that would
    take all memory.
    """
    try:
        said = read_object(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {printable(error)[:200]}; a folder with a published model is needed") from error
    for name, value in _values(said):
        most = next((bound for part, bound in MOST.items() if part in name), MOST_OF_OTHERS)
        most = MOST_SIDE if path.name != CONFIG else most
        if "implementation" in name and "/" in str(value):  # transformers would fetch it from the hub
            raise ConfigError(f"{path}: {printable(name)[:60]} asks for code from elsewhere, which is not loaded")
        if "backbone" in name and isinstance(value, str) and value:  # transformers would look for it on the hub
            raise ConfigError(f"{path}: {printable(name)[:60]} names a model that is elsewhere, which is not fetched")
        is_size = any(part in name for part in SIZES)
        if is_size and isinstance(value, int | float) and not 0 <= value <= most:
            raise ConfigError(f"{path}: {printable(name)[:60]}: a size from 0 to {most} is needed")
    return said


def _config(folder: Path) -> Any:
    """What config.json says, once it has been seen to ask for nothing that is not here. Raises ConfigError."""
    _checked(folder / CONFIG)
    with _one_line(folder, f"{CONFIG} describes no model that is known"):
        return _transformers().AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _values(said: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All values of an object with their names, those of the objects in it too."""
    if isinstance(said, dict):
        for key, value in said.items():
            if value is not None:
                yield key, value
                yield from _values(value, key)
    elif isinstance(said, list):
        for value in said:
            yield name, value
            yield from _values(value, name)


def _network(folder: Path, config: Any) -> Any:
    """The network, all of whose numbers are those of the file. Raises ValueError where it is not so."""
    import torch

    transformers = _transformers()
    with torch.device("meta"):
        numbers = sum(part.numel() for part in transformers.AutoModel.from_config(config).parameters())
    stored = sum((folder / name).stat().st_size for name in _weight_files(folder))
    if 4 * numbers > SPARE * stored + 1_000_000:
        raise ValueError(f"{CONFIG} describes {numbers:,} numbers, and the file has {stored:,} bytes")
    network, told = transformers.AutoModel.from_pretrained(
        folder, config=config, dtype=torch.float32, local_files_only=True, trust_remote_code=False,
        use_safetensors=True, output_loading_info=True,
    )  # fmt: skip
    lacking = [*told["missing_keys"], *told["mismatched_keys"], *told["error_msgs"]]
    if lacking:
        raise ValueError(f"{len(lacking)} tensors that {CONFIG} describes are missing, such as {lacking[0]}")
    return network


def _weight_files(folder: Path) -> list[str]:
    """The names of the files with the weights: one, or the parts of a large model."""
    return sorted(path.name for path in folder.glob("model*.safetensors"))


def _processor(folder: Path, config: Any) -> Any:
    """What prepares photos, by Pillow where transformers can. A CLIP without `PIXELS` is prepared as OpenAI's is."""
    transformers = _transformers()
    told = [folder / name for name in (PIXELS, BOTH) if (folder / name).is_file()]
    for path in told:
        _checked(path)
    with _one_line(folder, f"{PIXELS} cannot be used"):
        if not told and config.model_type == "clip":
            side = config.vision_config.image_size
            size, crop = {"shortest_edge": side}, {"height": side, "width": side}
            from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

            return CLIPImageProcessorPil(size=size, crop_size=crop)
        made: Any = transformers.AutoImageProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True, trust_remote_code=False
        )
        return made


def _transformers() -> Any:
    """The module transformers. Raises ConfigError where it is not installed."""
    try:
        return load_transformers()
    except ImportError as error:
        raise ConfigError(NEEDED) from error


@contextmanager
def _one_line(folder: Path, what: str) -> Iterator[None]:
    """Whatever a folder of anybody's makes transformers raise, as a ConfigError of one line."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{folder}: {what}: {printable(first)[:200]}") from error
