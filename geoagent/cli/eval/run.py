"""`geoagent eval run`: solves the photos of a dataset, and keeps the answers in the folder of a run."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_asking, add_budget, add_engine, add_exif, add_model, engine_of
from geoagent.errors import ConfigError


def add(actions: Any) -> None:
    """Add the action `geoagent eval run`, which solves a dataset into a run.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    run_ = actions.add_parser("run", help="solve a dataset, resumably")
    run_.add_argument(
        "dataset",
        metavar="DATASET",
        help="a folder with labels.csv, a table (.csv, .jsonl, .json, .parquet), or a name that `eval datasets` lists",
    )
    run_.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="where the files of a named dataset lie"
    )
    run_.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the run")
    add_model(run_)
    add_asking(run_)
    add_exif(run_)
    run_.add_argument("--direct", action="store_true", help="the model alone, asked once")
    run_.add_argument("--prior-only", action="store_true", help="do not look at all")
    run_.add_argument("--no-hints", action="store_true", help="do not tell the solver the question")
    run_.add_argument("--reliabilities", type=Path, metavar="FILE", help="instead of the shipped ones")
    add_budget(run_)
    add_engine(run_)
    run_.add_argument("--limit", type=int, metavar="N", help="only the first N samples")
    run_.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval run`: solve the samples of the dataset that the run has no answer to yet.

    The exit code is 2 if a photo got a fault instead of an answer, else 3 if the model server failed, else 0. Raises
    ConfigError where the dataset cannot be read or the folder holds another run.
    """
    from geoagent.atlas import open_atlas
    from geoagent.belief.reliability import load_reliabilities
    from geoagent.eval.datasets.recipes import load_any
    from geoagent.runs import run as runs
    from geoagent.runs.run_folder import Mode, manifest_of
    from geoagent.settings import read_settings

    settings = runs.with_model(read_settings(vars(options)))
    if options.direct and not settings.vlm:
        raise ConfigError("--direct asks a model: give its server with --vlm URL")
    samples = load_any(options.dataset, options.folder, lambda: open_atlas(settings.cache))[: options.limit]
    mode: Mode = "prior" if options.prior_only else "direct" if options.direct else "agent"
    reliabilities = load_reliabilities(options.reliabilities) if options.reliabilities else None
    manifest = manifest_of(settings, options.dataset, samples, mode, not options.no_hints, reliabilities)
    for _ in runs.run(settings, samples, options.out, manifest, options.workers, engine_of(options)):
        pass
    return runs.exit_code(options.out)
