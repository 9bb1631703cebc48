"""Make a tiny language model and a tiny vision part (random weights, 3 MB) that llama.cpp's server can load.

They talk nonsense; they exercise images, chat template, grammars, tool calling and limits over the wire. The nonsense
is ASCII: llama.cpp's grammars let bytes through that are no UTF-8, and its parser then refuses the whole answer.
Usage: python make_tiny_gguf.py OUT_DIR   (needs gguf, numpy, tokenizers; no network)
"""

import json
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END, START = "<|im_end|>", "<|im_start|>"
WIDTH, INNER, BLOCKS, HEADS, CONTEXT = 64, 128, 2, 4, 32768
IMAGE, PATCH = 224, 14
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def train_tokens() -> tuple[list[str], list[str]]:
    """The tokens and merges of a 4,096-token byte-level BPE learned from the standard library's own source."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    corpus = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:150]
    trainer = trainers.BpeTrainer(
        vocab_size=4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train([str(path) for path in corpus], trainer)
    learned = json.loads(tokenizer.to_str())["model"]
    return sorted(learned["vocab"], key=learned["vocab"].get), [" ".join(pair) for pair in learned["merges"]]


def text_model(path: Path) -> None:
    """A language model of Llama's shape."""
    tokens, merges = train_tokens()
    kinds = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * 2
    tokens += [START, END]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    shapes = {"token_embd": (len(tokens), WIDTH), "output": (len(tokens), WIDTH), "output_norm": (WIDTH,)}
    for n in range(BLOCKS):
        block = f"blk.{n}."
        shapes |= {f"{block}{name}": (WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
        shapes |= {f"{block}{name}": (WIDTH,) for name in ("attn_norm", "ffn_norm")}
        shapes |= {f"{block}ffn_gate": (INNER, WIDTH), f"{block}ffn_up": (INNER, WIDTH)}
        shapes |= {f"{block}ffn_down": (WIDTH, INNER)}
    weights = dict(_random({f"{name}.weight": shape for name, shape in shapes.items()}))
    spoken = [decoders.ByteLevel().decode([token]).isascii() for token in tokens]
    weights["output.weight"][~np.array(spoken)] = 0.0
    _write(writer, weights)


def vision_part(path: Path) -> None:
    """A vision transformer and its projector, of Gemma 3's shape: 16 tokens for a picture."""
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.use_gelu", True)
    writer.add_clip_projector_type(gguf.VisionProjectorType.GEMMA3)
    writer.add_vision_projection_dim(WIDTH)
    writer.add_vision_image_size(IMAGE)
    writer.add_vision_patch_size(PATCH)
    writer.add_vision_embedding_length(WIDTH)
    writer.add_vision_feed_forward_length(INNER)
    writer.add_vision_block_count(BLOCKS)
    writer.add_vision_head_count(HEADS)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    shapes: dict[str, tuple[int, ...]] = {
        "v.patch_embd.weight": (WIDTH, 3, PATCH, PATCH),
        "v.patch_embd.bias": (WIDTH,),
        "v.position_embd.weight": ((IMAGE // PATCH) ** 2, WIDTH),
        "v.post_ln.weight": (WIDTH,),
        "v.post_ln.bias": (WIDTH,),
        "mm.input_projection.weight": (WIDTH, WIDTH),
        "mm.soft_emb_norm.weight": (WIDTH,),
    }
    for n in range(BLOCKS):
        square = {f"attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "out")}
        for name, shape in {**square, "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}.items():
            shapes |= {f"v.blk.{n}.{name}.weight": shape, f"v.blk.{n}.{name}.bias": shape[:1]}
        for name in ("ln1", "ln2"):
            shapes |= {f"v.blk.{n}.{name}.weight": (WIDTH,), f"v.blk.{n}.{name}.bias": (WIDTH,)}
    _write(writer, dict(_random(shapes)))


def _write(writer: gguf.GGUFWriter, weights: dict[str, np.ndarray]) -> None:
    for name, values in weights.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _random(shapes: dict[str, tuple[int, ...]]) -> Iterator[tuple[str, np.ndarray]]:
    """Matrices around 0, scales of norms at 1."""
    chance = np.random.default_rng(0)
    for name, shape in shapes.items():
        norm = len(shape) == 1 and name.endswith("weight")
        yield name, (np.ones(shape) if norm else chance.normal(0, 0.1, shape)).astype(np.float32)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    text_model(folder / "tiny.gguf")
    vision_part(folder / "mmproj.gguf")
