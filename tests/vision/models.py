"""Tiny models with random numbers, made by transformers' own classes and saved as published ones are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from tokenizers import Tokenizer, normalizers  # noqa: E402
from tokenizers.models import BPE  # noqa: E402
from tokenizers.pre_tokenizers import ByteLevel  # noqa: E402
from tokenizers.processors import TemplateProcessing  # noqa: E402

from geoagent.no_telemetry import load_transformers  # noqa: E402

load_transformers()

SIDE = 56
TINY = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
VISION = {**TINY, "image_size": SIDE, "patch_size": 14}
TEXT = {**TINY, "vocab_size": 60, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
PROJECTION = 24


def make_clip(folder: Path) -> Path:
    """A published CLIP's folder, as `geoagent models pull` fetches one: without a file about photos."""
    config = transformers.CLIPConfig(projection_dim=PROJECTION, vision_config=VISION, text_config=TEXT)
    _save(transformers.CLIPModel, config, folder)
    _save_tokenizer(folder)
    return folder


def make_siglip(folder: Path) -> Path:
    """A published SigLIP's folder."""
    text = {**TEXT, "max_position_embeddings": 24}
    _save(transformers.SiglipModel, transformers.SiglipConfig(vision_config=VISION, text_config=text), folder)
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=_tokenizer(), pad_token="</s>", eos_token="</s>")
    made.save_pretrained(folder)
    return folder


def make_siglip2(folder: Path) -> Path:
    """A folder of SigLIP 2 that takes photos of any shape."""
    vision = {**TINY, "patch_size": 14, "num_patches": 16}
    _save(transformers.Siglip2Model, transformers.Siglip2Config(vision_config=vision, text_config=TEXT), folder)
    from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

    Siglip2ImageProcessorPil(patch_size=14, max_num_patches=16).save_pretrained(folder)
    return folder


def make_dinov2(folder: Path) -> Path:
    """A published DINOv2's folder."""
    _save(transformers.Dinov2Model, transformers.Dinov2Config(**VISION), folder)
    return _with_bit_processor(folder)


def make_dinov3(folder: Path) -> Path:
    """DINOv3's folder, with a file about photos that needs no torchvision."""
    _save(transformers.DINOv3ViTModel, transformers.DINOv3ViTConfig(**VISION), folder)
    return _with_bit_processor(folder)


MAKERS: dict[str, Callable[[Path], Path]] = {
    "clip": make_clip, "siglip": make_siglip, "siglip2": make_siglip2, "dinov2": make_dinov2, "dinov3": make_dinov3,
}  # fmt: skip


def _save(model: Any, config: Any, folder: Path) -> None:
    torch.manual_seed(1)
    made = model(config).eval()
    with torch.no_grad():
        for part in made.parameters():  # as they come some are 0, and photos and texts would be all alike
            part.add_(0.05 * torch.randn(part.shape))
    made.save_pretrained(folder)


def _with_bit_processor(folder: Path) -> Path:
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

    crop = {"height": SIDE, "width": SIDE}
    BitImageProcessorPil(size={"shortest_edge": SIDE + 8}, crop_size=crop).save_pretrained(folder)
    return folder


def _tokenizer() -> Tokenizer:
    """Letters as tokens, between a beginning and an end."""
    letters = [chr(n) for n in range(97, 123)]
    vocabulary = {symbol: n for n, symbol in enumerate(["<s>", "</s>", "?", "Ġ", *letters])}
    made = Tokenizer(BPE(vocabulary, [], unk_token="?"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = ByteLevel(add_prefix_space=False)
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    return made


def _save_tokenizer(folder: Path) -> None:
    """CLIP's kind, of letters, in the one file of it that is fetched."""
    letters = [chr(n) for n in range(97, 123)]
    symbols = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    made = transformers.CLIPTokenizer(vocab={symbol: n for n, symbol in enumerate(symbols)}, merges=[])
    made.save_pretrained(folder)
    (folder / "tokenizer_config.json").unlink()
