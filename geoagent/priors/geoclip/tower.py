"""CLIP's two towers, read from the files in which it is published: config.json and model.safetensors.

Written for inference alone, so that nothing but torch and safetensors has to be loaded. The names of the weights are
those of the published files; the fit is tested against the transformers package.
"""

from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.plain_text import printable

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"


MOST = 65_536
Size = Annotated[int, Field(ge=1, le=MOST)]
"""A size that a tower can have; more is a damaged file, and would take all memory."""


class TowerShape(BaseModel):
    """The sizes of a tower; what a published config.json leaves out has these values."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hidden_size: Size = 768
    intermediate_size: Size = 3072
    num_hidden_layers: Annotated[int, Field(ge=1, le=200)] = 12
    num_attention_heads: Size = 12
    layer_norm_eps: float = 1e-5
    hidden_act: Literal["quick_gelu", "gelu"] = "quick_gelu"
    image_size: Annotated[int, Field(ge=1, le=4096)] = 224
    patch_size: Size = 32


class TextShape(TowerShape):
    """The sizes of CLIP's text tower."""

    hidden_size: Size = 512
    intermediate_size: Size = 2048
    num_attention_heads: Size = 8
    max_position_embeddings: Size = 77
    vocab_size: Annotated[int, Field(ge=1, le=10_000_000)] = 49408


class Published(BaseModel):
    """What a published config.json says of both towers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    projection_dim: Size = 512
    vision_config: TowerShape = TowerShape()
    text_config: TextShape = TextShape()


class Block(nn.Module):
    """Attention and a perceptron, each after a norm and added to what goes in."""

    def __init__(self, shape: TowerShape) -> None:
        super().__init__()
        width, self.heads, self.quick = shape.hidden_size, shape.num_attention_heads, shape.hidden_act == "quick_gelu"
        self.layer_norm1 = nn.LayerNorm(width, eps=shape.layer_norm_eps)
        self.layer_norm2 = nn.LayerNorm(width, eps=shape.layer_norm_eps)
        self.self_attn = nn.ModuleDict({n: nn.Linear(width, width) for n in ("q_proj", "k_proj", "v_proj", "out_proj")})
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(width, shape.intermediate_size), "fc2": nn.Linear(shape.intermediate_size, width)}
        )

    def forward(self, hidden: Tensor, causal: bool) -> Tensor:
        """One transformer block, (n, tokens, width) in and out; `causal` lets a token see only those before it."""
        normal = self.layer_norm1(hidden)
        q, k, v = (self.self_attn[n](normal).unflatten(-1, (self.heads, -1)).transpose(1, 2) for n in _QKV)
        seen = scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2)
        hidden = hidden + self.self_attn["out_proj"](seen)
        wide = self.mlp["fc1"](self.layer_norm2(hidden))
        active = wide * torch.sigmoid(1.702 * wide) if self.quick else gelu(wide)
        result: Tensor = hidden + self.mlp["fc2"](active)
        return result


_QKV = ("q_proj", "k_proj", "v_proj")


class ImageTower(nn.Module):
    """From pixels (n, 3, side, side) to CLIP's image features (n, projection)."""

    def __init__(self, shape: TowerShape, projection: int) -> None:
        super().__init__()
        self.side, width = shape.image_size, shape.hidden_size
        patches = (shape.image_size // shape.patch_size) ** 2
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.patch_embedding = nn.Conv2d(3, width, shape.patch_size, stride=shape.patch_size, bias=False)
        self.position_embedding = nn.Embedding(patches + 1, width)
        self.pre_layrnorm = nn.LayerNorm(width, eps=shape.layer_norm_eps)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.num_hidden_layers))
        self.post_layernorm = nn.LayerNorm(width, eps=shape.layer_norm_eps)
        self.visual_projection = nn.Linear(width, projection, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (n, 3, side, side) to (n, projection)."""
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(pixels.shape[0], 1, -1)
        hidden = self.pre_layrnorm(torch.cat((first, patches), 1) + self.position_embedding.weight)
        for layer in self.layers:
            hidden = layer(hidden, False)
        features: Tensor = self.visual_projection(self.post_layernorm(hidden[:, 0]))
        return features


class TextTower(nn.Module):
    """From the numbers of tokens (n, tokens) to CLIP's text features (n, projection)."""

    def __init__(self, shape: TextShape, projection: int) -> None:
        super().__init__()
        width, self.longest = shape.hidden_size, shape.max_position_embeddings
        self.token_embedding = nn.Embedding(shape.vocab_size, width)
        self.position_embedding = nn.Embedding(shape.max_position_embeddings, width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.num_hidden_layers))
        self.final_layer_norm = nn.LayerNorm(width, eps=shape.layer_norm_eps)
        self.text_projection = nn.Linear(width, projection, bias=False)

    def forward(self, tokens: Tensor, last: Tensor) -> Tensor:
        """Texts as vectors: tokens (n, length) to (n, projection); `last` (n,) is where each text ends."""
        hidden = self.token_embedding(tokens) + self.position_embedding.weight[: tokens.shape[1]]
        for layer in self.layers:
            hidden = layer(hidden, True)
        ends = self.final_layer_norm(hidden)[torch.arange(len(tokens)), last]
        features: Tensor = self.text_projection(ends)
        return features


def load_image_tower(folder: Path) -> ImageTower:
    """The image tower of a published CLIP, float32, on the CPU. Raises ConfigError."""
    published = _published(folder)
    with torch.device("meta"):
        tower = ImageTower(published.vision_config, published.projection_dim)
    _fill(tower, folder, {"vision_model.": "", "visual_projection.": "visual_projection."})
    return tower


def load_text_tower(folder: Path) -> TextTower:
    """The text tower of a published CLIP, float32, on the CPU. Raises ConfigError."""
    published = _published(folder)
    with torch.device("meta"):
        tower = TextTower(published.text_config, published.projection_dim)
    _fill(tower, folder, {"text_model.": "", "text_projection.": "text_projection."})
    return tower


def image_side(folder: Path) -> int:
    """How many pixels a side the image tower takes. Raises ConfigError."""
    return _published(folder).vision_config.image_size


def _published(folder: Path) -> Published:
    """What config.json says; a part that it leaves out has CLIP's usual sizes. Raises ConfigError."""
    path = folder / CONFIG
    try:
        said = {name: value for name, value in read_object(path).items() if value is not None}
        return Published.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {printable(error)[:200]}; a folder with CLIP ViT-L/14 is needed") from error


def _fill(tower: nn.Module, folder: Path, prefixes: dict[str, str]) -> None:
    """Give a tower without numbers those of the file whose names begin with one of the prefixes."""
    path = folder / WEIGHTS
    found: dict[str, Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118  # the file itself cannot be iterated
                for prefix, ours in prefixes.items():
                    if name.startswith(prefix) and not name.endswith("position_ids"):
                        bare = name.removeprefix(prefix).removeprefix("embeddings.").removeprefix("encoder.")
                        found[ours + bare] = file.get_tensor(name).float()
        tower.load_state_dict(found, assign=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ConfigError(f"{path}: not the weights that {CONFIG} describes: {str(error).splitlines()[0]}") from error
    tower.requires_grad_(False)
    tower.eval()
