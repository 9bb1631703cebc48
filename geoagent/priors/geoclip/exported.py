"""The image tower as ONNX, for processors: written by `geoagent prior export`, run by onnxruntime."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, begins, check, holds, replaced
from geoagent.no_telemetry import load_onnxruntime
from geoagent.priors.prior import Precision
from geoagent.priors.weights import CLIP, EXPORTED
from geoagent.vision.model import WEIGHTS, PhotoPreparation, VisionModel, pooled

log = logging.getLogger(__name__)

NEEDED = "exporting needs onnx and onnxscript: pip install 'geoagent-locate[prior]'"


def exported(clip: Path, precision: Precision) -> Path | None:
    """The exported tower beside the weights of a published CLIP; None where there is none, or weights newer than it."""
    path = _place(clip, precision)
    try:
        return path if path.stat().st_mtime >= (clip / WEIGHTS).stat().st_mtime else None
    except OSError:
        return None


def _place(clip: Path, precision: Precision) -> Path:
    return clip / f"{EXPORTED}{precision}.onnx"


def _is_tower(path: Path) -> bool:
    """Whether it is ONNX, as the exporter of PyTorch and onnxruntime's quantiser begin it."""
    return begins(path, b"\x08") and any(holds(path, maker) for maker in ("pytorch", "onnx.quantize"))


class ImageTower(torch.nn.Module):
    """The part of a published CLIP from pixels (photos, 3, side, side) to features (photos, projection)."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (photos, 3, side, side) to (photos, projection)."""
        return pooled(self.network, {"pixel_values": pixels})


class ExportedTower(PhotoPreparation):
    """An exported image tower beside the weights of a published CLIP. Raises ConfigError."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        onnxruntime = load_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common base
            raise ConfigError(f"{path}: not an exported tower; run `geoagent prior export` again") from error

    def photo_features(self, pixels: Mapping[str, Tensor]) -> Tensor:
        """What `pixels` gave, as CLIP's features (photos, projection)."""
        found: NDArray[np.float32] = self._session.run(None, {"pixels": pixels["pixel_values"].numpy()})[0]
        return torch.from_numpy(found)


def export(clip: Path, precision: Precision, force: bool = False) -> Path:
    """Write the image tower of a published CLIP as ONNX beside its weights, in float32 or dynamic int8.

    What has its name and is none is written over only with `force`.

    Raises ConfigError.
    """
    if precision not in ("float32", "int8"):
        raise ConfigError(f"--precision {precision}: towers are exported in float32 or int8")
    load_onnxruntime()  # which the exporter may do too
    try:
        import onnx
        import onnxscript  # noqa: F401  # the exporter needs it, and says so less clearly
    except ImportError as error:
        raise ConfigError(NEEDED) from error
    weights = tuple(clip / name for name in CLIP.files)
    output = Output(_place(clip, precision), Form("tower", _is_tower), "--prior-weights", weights, force)
    check(output)
    with replaced(output) as fresh:
        log.info("writing the image tower in float32")
        with _without_log():
            _write(clip, fresh)
        if precision == "int8":
            log.info("quantising its weights")
            with _without_log():
                _quantise(onnx.load(str(fresh)), fresh)
    return output.path


@contextmanager
def _without_log() -> Iterator[None]:
    """While this lasts nothing is logged: the exporter tells of packages and steps that this tower does not need."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _write(clip: Path, path: Path) -> None:
    model = VisionModel(clip)
    example = model.pixels([Image.new("RGB", (64, 64))] * 2)["pixel_values"]
    photos = {"pixels": {0: torch.export.Dim("photos", min=1, max=4096)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own parts
        torch.onnx.export(
            ImageTower(model.network), (example,), str(path), input_names=["pixels"],
            output_names=["features"], dynamo=True, dynamic_shapes=photos, external_data=False, verbose=False,
        )  # fmt: skip


def _quantise(model: Any, path: Path) -> None:
    """Weights of matrix products as int8, activations as they come. Shapes noted by the exporter would hinder it."""
    load_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: TID251

    del model.graph.value_info[:]
    quantize_dynamic(model, path, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"])
