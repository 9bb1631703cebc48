"""What a training leaves: `model.safetensors` (the running mean), `training.safetensors` (to go on), a model card."""

import json
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from geoagent.errors import ConfigError
from geoagent.files.folders import FolderKind, claim
from geoagent.files.outputs import whole
from geoagent.files.small_files import write_whole
from geoagent.plain_text import printable
from geoagent.priors.locdiff.unet import CSUNet, Shape

MODEL, TRAINING = "model.safetensors", "training.safetensors"


@dataclass(frozen=True)
class Progress:
    """Steps done, seconds spent, the last loss in nats, and the last check."""

    step: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)

    def line(self) -> str:
        """The progress of a training as one line of text."""
        checked = self.figures
        shares = ", ".join(
            f"{100 * checked[name]:.0f} % within {name[4:]} km" for name in checked if name[:4] == "acc_"
        )
        return (
            f"loss {self.loss:.3f}, held out {checked['bits']:.2f} bits, median {checked['median_km']:.0f} km, {shares}"
        )


def save(
    out: Path, recipe: str, progress: Progress, network: CSUNet, mean: CSUNet, optimizer: torch.optim.Optimizer
) -> None:
    """Write the checkpoint of a training at once: a reader sees the old one or the new one, never half."""
    claim(out, TRAINED)
    told = {"recipe": recipe, "progress": json.dumps(asdict(progress))}
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"mean.{name}": value for name, value in mean.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
    _write(out / TRAINING, tensors, told)
    _write(out / MODEL, mean.state_dict(), {**told, "shape": mean.shape.model_dump_json()})
    write_whole(out / "README.md", _card(recipe, progress, mean))


def _write(path: Path, tensors: Mapping[str, Tensor], told: dict[str, str]) -> None:
    with whole(path) as fresh:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, fresh, told)


def _was_trained(folder: Path, names: Set[str]) -> bool:
    """Whether it holds a checkpoint that says by which recipe it was trained."""
    return any("recipe" in _read(folder / name)[0] for name in (TRAINING, MODEL) if name in names)


TRAINED = FolderKind("trained model", "name another folder with --out", _was_trained)


def load_progress(out: Path, recipe: str, network: CSUNet, mean: CSUNet, optimizer: torch.optim.Optimizer) -> Progress:
    """Bring the parts of a training to where it stood, if one was begun in the folder. Raises ConfigError."""
    if not (out / TRAINING).exists():
        return Progress()
    told, tensors = _read(out / TRAINING)
    if told.get("recipe") != recipe:
        raise ConfigError(f"{out} holds a training with other settings ({told.get('recipe')}); name another folder")
    _fill(network, _under("network.", tensors), out)
    _fill(mean, _under("mean.", tensors), out)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimizer.", tensors).items():
        number, _, kind = name.partition(".")
        moments.setdefault(int(number), {})[kind] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    return Progress(**json.loads(told["progress"]))


def load_network(folder: Path) -> CSUNet:
    """The trained network, for use. Raises ConfigError."""
    told, tensors = _read(folder / MODEL)
    try:
        network = CSUNet(Shape.model_validate_json(told.get("shape", "{}")))
    except ValidationError as error:
        why = f"{'.'.join(map(str, error.errors()[0]['loc']))}: {error.errors()[0]['msg']}"
        raise ConfigError(f"{folder / MODEL}: its shape is none ({printable(why)[:200]}); train it anew") from error
    _fill(network, tensors, folder)
    network.eval()
    return network


def _fill(network: CSUNet, tensors: Mapping[str, Tensor], folder: Path) -> None:
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:  # PyTorch's kind for tensors that are missing, or of another shape
        raise ConfigError(f"{folder}: its tensors are not those of this version's network; train it anew") from error


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()  # it can be asked for names, not iterated
            return dict(file.metadata() or {}), {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{path}: not a checkpoint of `geoagent prior train locdiff`: {error}") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _card(recipe: str, progress: Progress, mean: CSUNet) -> str:
    numbers = sum(parameter.numel() for parameter in mean.parameters())
    return f"""# LocDiff, trained by `geoagent prior train locdiff`

After LocDiff (arXiv 2503.18142), with the changes that docs/locdiff.md of geoagent lists; not the authors' weights.

- Network: CS-UNet, {numbers:,} numbers, float32, `{MODEL}` (running mean of the weights).
- Recipe: `{recipe}`
- Training: {progress.step} steps, {progress.seconds:.0f} s on {torch.get_num_threads()} threads, or on a GPU.
- Held-out pairs: {progress.line()}.

It is only as good as the pairs it was trained on. Trained on places (`--places`) it inverts GeoCLIP's location encoder
under noise and has never seen a photo. `geoagent solve photo.jpg --prior locdiff --prior-weights FOLDER` asks it.
"""
