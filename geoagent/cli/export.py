"""`geoagent export`: turns the answers of runs into data to train models on."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force
from geoagent.errors import OK, ConfigError

log = logging.getLogger(__name__)

KINDS = {
    "sft": "answers as conversations, with the tools that were called",
    "dpo": "a better and a worse answer of the same photos; name several runs",
    "grpo": "what is asked, with the columns that rewards need",
}


def add(commands: Any) -> None:
    """Add the command `geoagent export` to the command line, which writes training data: `export sft`, `dpo` or `grpo`.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    export = commands.add_parser("export", help="training data out of runs: sft, dpo, grpo")
    kinds = export.add_subparsers(required=True, metavar="KIND", dest="kind")
    for name, told in KINDS.items():
        kind = kinds.add_parser(name, help=told, description=f"{told[:1].upper()}{told[1:]}.")
        kind.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="the folder of a run with labels")
        kind.add_argument("--out", type=Path, required=True, metavar="FILE", help=".jsonl, for verl .parquet")
        kind.add_argument("--format", choices=("trl", "llamafactory", "verl"), default="trl", help="who reads it (trl)")
        if name == "sft":
            kind.add_argument(
                "--right", choices=("country", "region", "city", "any"), default="country",
                help="only answers that are right so far (country)",
            )  # fmt: skip
            kind.add_argument(
                "--grounded", type=_share, default=0.8, metavar="SHARE",
                help="only answers with at least this share of their sentences supported by a record (0.8)",
            )  # fmt: skip
        add_force(kind)
        kind.set_defaults(command=run, right="any", grounded=0.0) if name != "sft" else kind.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent export`: write training data out of the answers of runs; the exit code 0.

    Raises ConfigError where a run cannot be read, the file cannot be written, or no answer is fit to be written.
    """
    from geoagent.eval.metrics.judged import run_beliefs
    from geoagent.eval.training.examples import read_examples
    from geoagent.eval.training.formats import dataset_info, rows_of, training_output, write_rows
    from geoagent.files.outputs import check
    from geoagent.settings import read_settings

    rows_of(options.kind, options.format, ())
    output = training_output(options.out, options.runs, options.format, options.force)
    check(output)
    beliefs = run_beliefs(read_settings({}).cache, options.runs[0])
    examples, left_out = read_examples(options.runs, beliefs, options.right, options.grounded)
    for reason, count in sorted(left_out.items()):
        log.warning(f"{count} answer{'s' * (count > 1)} left out: {reason}")
    rows = rows_of(options.kind, options.format, examples)
    if not rows:
        raise ConfigError(_nothing(options.kind, len(examples)))
    write_rows(rows, output)
    print(f"{len(rows)} rows in {options.out}")
    if options.format == "llamafactory":
        print(f"for dataset_info.json: {dataset_info(options.kind, options.out)}")
    return OK


def _nothing(kind: str, examples: int) -> str:
    if kind == "dpo" and examples:
        return "no two answers of the same photos differ enough; name a second run of the same photos"
    return "nothing is left to write; the runs need answers to photos whose places are known (geoagent eval run)"


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("a share from 0 to 1")
    return share
