"""Writes training examples as trainers read them: TRL, LLaMA-Factory and verl, each in its documented form."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.training.examples import SYSTEM, Example
from geoagent.files.outputs import Form, Output, holds, replaced
from geoagent.tools import TOOLS
from geoagent.tools.core.tool import schema

MARGIN = 0.1
"""How much better in distance reward the better answer of a pair is at least."""
MARK = "geoagent.training"
"""What the metadata of a Parquet file of ours is called."""
IMAGE = "<image>"
Row = dict[str, Any]
Tools = list[Row]


class Pair(NamedTuple):
    """Two answers to the same photos and question, of which the first is better."""

    better: Example
    worse: Example


def pairs_of(examples: Sequence[Example]) -> list[Pair]:
    """For each case its best and its worst answer by distance reward, where they differ by 0.1 or more.

    A case is the photos with the question.
    """
    cases: dict[tuple[tuple[str, ...], str], list[Example]] = defaultdict(list)
    for example in examples:
        cases[example.photos, example.question].append(example)
    found = []
    for answers in cases.values():
        ranked = sorted(answers, key=lambda example: -example.score)
        if ranked[0].score - ranked[-1].score >= MARGIN:
            found.append(Pair(ranked[0], ranked[-1]))
    return found


def rows_of(kind: str, form: str, examples: Sequence[Example]) -> list[Row]:
    """The rows of a file of training data, made of examples.

    `kind` is "sft", "dpo" or "grpo"; `form` is the trainer: "trl", "llamafactory" or "verl". Raises ConfigError for a
    kind of which the trainer documents no form.
    """
    if (kind, form) not in MAKERS:
        forms = ", ".join(other for what, other in MAKERS if what == kind)
        raise ConfigError(f"{form} has no documented form for {kind}; there is {forms}")
    return MAKERS[kind, form](examples)


def tools_of(examples: Sequence[Example]) -> Tools:
    """The tools that were called in any of the examples, as JSON Schema functions, each once."""
    names = dict.fromkeys(exchange.tool for example in examples for exchange in example.exchanges)
    return [{"type": "function", "function": _function(name)} for name in names]


def _function(name: str) -> Row:
    if name in TOOLS:
        return {"name": name, "description": TOOLS[name].description, "parameters": schema(TOOLS[name])}
    return {"name": name, "description": "", "parameters": {"type": "object", "properties": {}}}


def _trl_sft(examples: Sequence[Example]) -> list[Row]:
    tools = tools_of(examples)
    return [
        {
            "messages": [*_trl_prompt(example), *_trl_turns(example), _said("assistant", example.answer)],
            "images": list(example.images), "tools": tools,
        }
        for example in examples
    ]  # fmt: skip


def _trl_prompt(example: Example) -> list[Row]:
    shown = [{"type": "image"} for _ in example.images]
    return [_said("system", SYSTEM), {"role": "user", "content": [*shown, {"type": "text", "text": example.question}]}]


def _trl_turns(example: Example) -> list[Row]:
    found = []
    for turn in example.exchanges:
        call = {"type": "function", "function": {"name": turn.tool, "arguments": dict(turn.arguments)}}
        found.append(_said("assistant", turn.thought) | {"tool_calls": [call]})
        found.append(_said("tool", turn.observation) | {"name": turn.tool})
    return found


def _said(role: str, text: str) -> Row:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _trl_dpo(examples: Sequence[Example]) -> list[Row]:
    return [
        {
            "prompt": _trl_prompt(pair.better), "chosen": [_said("assistant", pair.better.answer)],
            "rejected": [_said("assistant", pair.worse.answer)], "images": list(pair.better.images),
        }
        for pair in pairs_of(examples)
    ]  # fmt: skip


def _trl_grpo(examples: Sequence[Example]) -> list[Row]:
    return [
        {"prompt": _trl_prompt(example), "images": list(example.images), **example.truth}
        for example in _cases(examples)
    ]


def _cases(examples: Sequence[Example]) -> list[Example]:
    """One example for each case: what is asked of it is the same in all."""
    return list({(example.photos, example.question): example for example in examples}.values())


def _asked(example: Example) -> str:
    return IMAGE * len(example.images) + _plain(example.question)


def _plain(text: str) -> str:
    """A text that stands for no picture: trainers count the marks."""
    for mark in (IMAGE, "<video>", "<audio>"):
        text = text.replace(mark, mark.strip("<>"))
    return text


def _llamafactory_sft(examples: Sequence[Example]) -> list[Row]:
    tools = json.dumps([tool["function"] for tool in tools_of(examples)], ensure_ascii=False)
    return [
        {
            "conversations": [
                {"from": "human", "value": _asked(example)}, *_sharegpt_turns(example),
                {"from": "gpt", "value": _plain(example.answer)},
            ],
            "system": SYSTEM, "tools": tools, "images": list(example.images),
        }
        for example in examples
    ]  # fmt: skip


def _sharegpt_turns(example: Example) -> list[Row]:
    """Calls and observations take turns in this form, which has no place for a thought before a call."""
    found = []
    for turn in example.exchanges:
        call = json.dumps({"name": turn.tool, "arguments": dict(turn.arguments)}, ensure_ascii=False)
        found.append({"from": "function_call", "value": _plain(call)})
        found.append({"from": "observation", "value": _plain(turn.observation)})
    return found


def _llamafactory_dpo(examples: Sequence[Example]) -> list[Row]:
    return [
        {
            "conversations": [{"from": "human", "value": _asked(pair.better)}],
            "chosen": {"from": "gpt", "value": _plain(pair.better.answer)},
            "rejected": {"from": "gpt", "value": _plain(pair.worse.answer)},
            "system": SYSTEM, "images": list(pair.better.images),
        }
        for pair in pairs_of(examples)
    ]  # fmt: skip


def _verl_sft(examples: Sequence[Example]) -> list[Row]:
    tools = tools_of(examples)
    return [
        {
            "messages": [
                {"role": "system", "content": SYSTEM}, {"role": "user", "content": _asked(example)},
                *_verl_turns(example), {"role": "assistant", "content": _plain(example.answer)},
            ],
            "images": [{"image": image} for image in example.images],
            "tools": json.dumps(tools, ensure_ascii=False),
        }
        for example in examples
    ]  # fmt: skip


def _verl_turns(example: Example) -> list[Row]:
    found: list[Row] = []
    for turn in example.exchanges:
        function = {"name": turn.tool, "arguments": json.dumps(dict(turn.arguments), ensure_ascii=False)}
        call = {"type": "function", "function": function}
        found.append({"role": "assistant", "content": _plain(turn.thought), "tool_calls": [call]})
        found.append({"role": "tool", "content": _plain(turn.observation)})
    return found


def _verl_grpo(examples: Sequence[Example]) -> list[Row]:
    return [
        {
            "data_source": "geoagent",
            "prompt": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": _asked(example)}],
            "images": [{"image": image} for image in example.images], "ability": "geolocation",
            "reward_model": {"style": "rule", "ground_truth": json.dumps(example.truth, ensure_ascii=False)},
            "extra_info": {"index": index, "split": "train"},
        }
        for index, example in enumerate(_cases(examples))
    ]  # fmt: skip


MAKERS: dict[tuple[str, str], Callable[[Sequence[Example]], list[Row]]] = {
    ("sft", "trl"): _trl_sft, ("sft", "llamafactory"): _llamafactory_sft, ("sft", "verl"): _verl_sft,
    ("dpo", "trl"): _trl_dpo, ("dpo", "llamafactory"): _llamafactory_dpo,
    ("grpo", "trl"): _trl_grpo, ("grpo", "verl"): _verl_grpo,
}  # fmt: skip
"""What makes the rows, by what is trained and by the trainer."""


def training_output(path: Path, inputs: Sequence[Path], form: str, force: bool = False) -> Output:
    """The file of training data (flag `--out`), to be checked before any work.

    `form` is the trainer. The `inputs` are never written over; `force` lets another kind of file be replaced. Raises
    ConfigError for a suffix that the trainer does not read: verl reads .parquet, the others .jsonl.
    """
    endings = (".parquet",) if form == "verl" else (".jsonl",)
    if path.suffix not in endings:
        raise ConfigError(f"--out: {path}: {form} reads {' or '.join(endings)}; name the file so")
    return Output(path, Form("file of training data", _is_one), "--out", tuple(inputs), force)


def _is_one(path: Path) -> bool:
    if path.suffix == ".parquet":
        return holds(path, MARK)
    with path.open(encoding="utf-8") as file:
        first = json.loads(file.readline())
    return any(
        first.keys() >= keys for keys in ({"messages", "images"}, {"conversations", "images"}, {"prompt", "images"})
    )


def write_rows(rows: Sequence[Row], output: Output) -> None:
    """Write rows of training data to a file: as Parquet where its name ends in .parquet, else as JSON Lines.

    Raises ConfigError where the file cannot be written, or pyarrow is missing.
    """
    with replaced(output) as fresh:
        if output.path.suffix == ".parquet":
            _write_parquet(rows, fresh)
        else:
            fresh.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _write_parquet(rows: Sequence[Row], path: Path) -> None:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError("writing Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    table = arrow.Table.from_pylist(list(rows))
    parquet.write_table(table.replace_schema_metadata({MARK: "1"}), path)


def dataset_info(kind: str, path: Path) -> str:
    """The entry for a file of training data in LLaMA-Factory's dataset_info.json, as JSON text.

    `kind` is "sft" or "dpo".
    """
    columns = {"messages": "conversations", "system": "system", "images": "images"}
    columns |= {"chosen": "chosen", "rejected": "rejected"} if kind == "dpo" else {"tools": "tools"}
    entry = {"file_name": path.name, "formatting": "sharegpt", "columns": columns}
    return json.dumps({path.stem: entry | ({"ranking": True} if kind == "dpo" else {})})
