"""A tiny model of pictures and text with random numbers, and LoRA for it: what a trainer does, in one file of torch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

WIDTH, HEADS, LAYERS, SIDE, PATCH, LONGEST = 64, 4, 2, 56, 14, 700
UNSEEN = -100
"""The label of what has no loss: pictures, and what the model did not say."""


class LoRA(nn.Module):
    """A linear layer that stays as it is, with a product of two thin matrices beside it that is trained."""

    def __init__(self, base: nn.Linear, rank: int = 8) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + 2 * (x @ self.down.T) @ self.up.T


class TinyVLM(nn.Module):
    """Patches of a picture and bytes of text through two causal blocks; its output is the next byte."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.bytes = nn.Embedding(256, WIDTH)
        self.positions = nn.Embedding(LONGEST + (SIDE // PATCH) ** 2, WIDTH)
        self.attention = nn.ModuleList(nn.Linear(WIDTH, 3 * WIDTH) for _ in range(LAYERS))
        self.perceptrons = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, 256)

    def forward(self, pixels: Tensor, text: Tensor) -> Tensor:
        seen = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat((seen, self.bytes(text)), 1)
        x = x + self.positions.weight[: x.shape[1]]
        for attention, perceptron in zip(self.attention, self.perceptrons, strict=True):
            parts = attention(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
            mixed = scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
            x = x + mixed.transpose(1, 2).flatten(2)
            x = x + perceptron(x).relu()
        scores: Tensor = self.head(x)
        return scores

    def with_lora(self) -> "TinyVLM":
        """The same model, frozen but for thin matrices beside its layers."""
        self.requires_grad_(False)
        for layers in (self.attention, self.perceptrons):
            for number, layer in enumerate(layers):
                layers[number] = LoRA(layer)  # type: ignore[arg-type]
        self.head = LoRA(self.head)  # type: ignore[assignment]
        return self


def example_of(row: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """A row of `geoagent export sft --format trl` as pixels, bytes, and the labels: what the assistant says, alone."""
    with Image.open(Path(row["images"][0])) as photo:
        small = np.asarray(photo.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32) / 127.5 - 1
    text, told = b"", b""
    for message in row["messages"]:
        content = message.get("content") or []
        parts = [content] if isinstance(content, str) else [part.get("text") or "" for part in content]
        said = f"<{message['role']}>{' '.join(parts)}{message.get('tool_calls') or ''}".encode()
        text += said
        told += (b"\1" if message["role"] == "assistant" else b"\0") * len(said)
    values = torch.tensor(list(text[-LONGEST:]))
    mine = torch.tensor(list(told[-LONGEST:])) > 0
    labels = torch.where(mine, values, UNSEEN)
    return torch.from_numpy(small).permute(2, 0, 1), values, labels


def losses(model: TinyVLM, row: dict[str, Any], steps: int) -> list[float]:
    """The loss of each step of a training of the model's thin matrices on one row."""
    pixels, text, labels = (part[None] for part in example_of(row))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-2)
    found = []
    for _ in range(steps):
        scores = model(pixels, text)[:, -text.shape[1] - 1 : -1]
        loss = cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=UNSEEN)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]  # with and without torch's types
        optimizer.step()
        found.append(float(loss.detach()))
    return found
