"""Texts as CLIP's tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoagent.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

TOKENIZER = "tokenizer.json"
LONGEST = 77


class Tokens:
    """The tokenizer in the folder of a published CLIP. Raises ConfigError."""

    def __init__(self, clip: Path) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ConfigError("texts need tokenizers: pip install 'geoagent-locate[prior]'") from error
        try:
            self._tokenizer = Tokenizer.from_file(str(clip / TOKENIZER))
        except Exception as error:  # the package raises bare exceptions
            raise ConfigError(f"{clip / TOKENIZER}: {error}") from error
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def of(self, texts: Sequence[str]) -> "tuple[Tensor, Tensor]":
        """The tokens of texts (n, tokens), padded at the end, and where each text ends (n,)."""
        import torch

        encoded = self._tokenizer.encode_batch(list(texts))
        last = [sum(item.attention_mask) - 1 for item in encoded]
        return torch.tensor([item.ids for item in encoded]), torch.tensor(last)
