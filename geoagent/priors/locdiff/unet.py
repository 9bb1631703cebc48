"""CS-UNet: the conditional Siren U-Net that learns where a noisy code came from, given an embedding.

A U-shaped network with sine activations, conditioned on step and image, is the paper's. Its sizes are ours; so is what
comes out: the code of log p(place | embedding) without what the noisy code itself says, which Bayes' rule adds exactly.
"""

import math
from itertools import pairwise

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

LEVELS = 21
"""Of the table that `calibration.py` fits: every 5 %."""


class Shape(BaseModel):
    """What a network is built from: degree L, cells of the grid, numbers of an embedding, width of its widest layer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    degree: int = Field(23, ge=1, le=47)
    cells: int = Field(5000, ge=100, le=100_000)
    embedding: int = Field(512, ge=1, le=100_000)
    width: int = Field(768, ge=8, le=16_384)
    halvings: int = Field(2, ge=1, le=4)


class ConditionalSiren(nn.Module):
    """sin((W h + b)·(1 + scale) + shift), where scale and shift come from the condition."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.LayerNorm(outputs)
        self.modulation = nn.Linear(condition, 2 * outputs)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, hidden: Tensor, condition: Tensor) -> Tensor:
        """Shapes (n, inputs) and (n, condition) to (n, outputs)."""
        scale, shift = self.modulation(condition).chunk(2, -1)
        activated: Tensor = torch.sin(self.norm(self.linear(hidden)) * (1 + scale) + shift)
        return activated


class CSUNet(nn.Module):
    """From a noisy code, its noise and an embedding to the code of log p(place | embedding)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        code = (shape.degree + 1) ** 2
        widths = [shape.width // 2**n for n in range(shape.halvings + 1)]
        self.register_buffer("sharpness", torch.tensor([1.0, 0.0]))
        self.register_buffer("levels", torch.linspace(0, 1, LEVELS))
        self.unknown = nn.Parameter(torch.zeros(shape.embedding))
        self.image = nn.Sequential(
            nn.Linear(shape.embedding, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.width)
        )
        self.noise = nn.Linear(32, shape.width)
        self.entry = nn.Linear(code + shape.width, shape.width)
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(ConditionalSiren(wide, narrow, shape.width) for wide, narrow in pairs)
        self.middle = ConditionalSiren(widths[-1], widths[-1], shape.width)
        self.up = nn.ModuleList(ConditionalSiren(2 * narrow, wide, shape.width) for wide, narrow in reversed(pairs))
        self.exit = nn.Linear(2 * shape.width, code)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(self.exit.bias)

    def forward(self, noisy: Tensor, sigma: Tensor, embedding: Tensor, known: Tensor) -> Tensor:
        """`noisy` (n, (L + 1)²) holds noise of deviation `sigma` (n,); `embedding` (n, d) counts where `known` (n,)."""
        embedding = torch.where(known[:, None], embedding, self.unknown)
        image = self.image(embedding)
        condition = torch.nn.functional.silu(image + self.noise(_waves(sigma)))
        hidden = self.entry(torch.cat((noisy / torch.sqrt(1 + sigma**2)[:, None], condition), -1))
        skips = [hidden]
        for layer in self.down:
            hidden = layer(hidden, condition)
            skips.append(hidden)
        hidden = self.middle(hidden, condition)
        for layer in self.up:
            hidden = layer(torch.cat((hidden, skips.pop()), -1), condition)
        code: Tensor = self.exit(torch.cat((hidden, skips.pop()), -1))
        return code


def sharpened(code: Tensor, sharpness: Tensor) -> Tensor:
    """Codes (n, (L + 1)²) times a·‖code‖ᵇ, for `sharpness` (a, b), as `calibration.py` fits it."""
    return code * (sharpness[0] * code[:, 1:].norm(dim=-1, keepdim=True) ** sharpness[1])


def _waves(sigma: Tensor) -> Tensor:
    """The logarithm of the noise as 16 sines and cosines."""
    frequencies = torch.exp(torch.linspace(math.log(0.1), math.log(10), 16, device=sigma.device))
    phase = torch.log(sigma)[:, None] * frequencies
    return torch.cat((phase.sin(), phase.cos()), -1)
