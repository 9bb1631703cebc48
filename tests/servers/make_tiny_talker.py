"""Make a tiny vision-language model that says whole answers, one after the other, for `transformers serve`.

That server keeps to no form, so a model of random weights would never act. Each answer here is one token, and the model
knows one thing: which token comes after the last one. The chat template ends in a token that tells how many messages
came before. What is real is the rest: pictures are decoded and seen by a vision part, and the server's own code runs.
Usage: python make_tiny_talker.py OUT_DIR ANSWERS_JSON   (a list of texts; needs torch, transformers >= 5; no network)
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

SPECIAL = ["<pad>", "<end>", "<image>"]
IMAGE, PATCH, WIDTH, CONTEXT = 56, 14, 64, 32768
TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end>{% endfor %}"
    "<after {{ messages | length }}>"
)


def tokens(answers: list[str]) -> PreTrainedTokenizerFast:
    """Bytes, a token for each number of messages, and a token for each answer."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    turns = [turn(number) for number in range(len(answers))]
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in [*SPECIAL, *turns]])
    tokenizer.add_tokens([AddedToken(answer, normalized=False) for answer in answers])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", pad_token="<pad>", model_max_length=CONTEXT
    )


def turn(number: int) -> str:
    """The token after which the answer of that number is said: of two messages the first, of four the second."""
    return f"<after {2 * number + 2}>"


def talker(tokenizer: PreTrainedTokenizerFast, answers: list[str]) -> LlavaForConditionalGeneration:
    """A model whose layers add nothing, so that the last token alone decides about the next."""
    ids = tokenizer.convert_tokens_to_ids
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=IMAGE,
        patch_size=PATCH, projection_dim=32,
    )  # fmt: skip
    text = LlamaConfig(
        hidden_size=WIDTH, intermediate_size=128, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
        vocab_size=len(tokenizer), max_position_embeddings=CONTEXT, bos_token_id=None, eos_token_id=ids("<end>"),
        pad_token_id=ids("<pad>"), tie_word_embeddings=False,
    )  # fmt: skip
    config = LlavaConfig(text_config=text, vision_config=vision, image_token_index=ids("<image>"),
                         image_seq_length=(IMAGE // PATCH) ** 2, tie_word_embeddings=False)  # fmt: skip
    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(config)
    block = model.model.language_model.layers[0]
    follows = [(turn(number), answer) for number, answer in enumerate(answers)] + [(a, "<end>") for a in answers]
    with torch.no_grad():
        block.self_attn.o_proj.weight.zero_()
        block.mlp.down_proj.weight.zero_()
        model.lm_head.weight.zero_()
        known = model.get_input_embeddings().weight
        for before, after in follows:
            model.lm_head.weight[ids(after)] += known[ids(before)] / known[ids(before)].norm()
    model.generation_config.eos_token_id = ids("<end>")
    model.generation_config.pad_token_id = ids("<pad>")
    return model


def main(out: Path, answers: list[str]) -> None:
    tokenizer = tokens(answers)
    pictures = CLIPImageProcessor(size={"shortest_edge": IMAGE}, crop_size={"height": IMAGE, "width": IMAGE})
    processor = LlavaProcessor(pictures, tokenizer, patch_size=PATCH, vision_feature_select_strategy="default",
                               chat_template=TEMPLATE, num_additional_image_tokens=1)  # fmt: skip
    processor.save_pretrained(out)
    talker(tokenizer, answers).save_pretrained(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
