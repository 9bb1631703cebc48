"""`geoagent models`: lists the weights of models, fetches (`pull`) and removes them, and tells where they belong."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from geoagent.errors import OK, ConfigError
from geoagent.priors import weights
from geoagent.settings import read_settings

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command `geoagent models` with its actions `list`, `pull`, `where` and `remove` to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    models = commands.add_parser("models", help="weights of models: list, pull, where, remove")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="what there is: size, licence, source, and whether it is here").set_defaults(
        command=show_list
    )
    pull = actions.add_parser("pull", help="fetch one; goes on where it was interrupted")
    pull.add_argument("--yes", action="store_true", help="do not ask")
    where = actions.add_parser("where", help="the folder that one belongs in")
    remove = actions.add_parser("remove", help="delete one")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    for action, command in ((pull, fetch), (where, show_folder), (remove, delete)):
        action.add_argument("name", metavar="NAME", help=", ".join(weights.MODELS))
        action.set_defaults(command=command)


def _named(options: argparse.Namespace) -> tuple[weights.Weights, Path]:
    model = weights.find(options.name)
    return model, weights.folder_of(model, read_settings({}).cache)


def show_list(options: argparse.Namespace) -> int:
    """Run `geoagent models list`: print each model, its size and licence, and whether it is here; the exit code 0."""
    from geoagent.priors.loader import geoclip_is_installed

    for model in weights.MODELS.values():
        folder = weights.folder_of(model, read_settings({}).cache)
        here = str(folder) if weights.is_whole(model, folder) else f"not here: geoagent models pull {model.name}"
        print(_described(model), f"  {here}", sep="\n")
    print("geoclip  GeoCLIP's location encoder, perceptron and 100,000 places\n  44 MB, MIT, package geoclip 1.3.0")
    print("  installed" if geoclip_is_installed() else "  not here: pip install --no-deps geoclip==1.3.0")
    return OK


def _described(model: weights.Weights) -> str:
    source = f"{model.repository} at {model.revision[:8]} of the Hugging Face hub"
    return f"{model.name}  {model.what}\n  {weights.written_size(model.size)}, {model.licence}\n  {source}"


def fetch(options: argparse.Namespace) -> int:
    """Run `geoagent models pull`: fetch a model's weights and print their folder; the exit code 0.

    The person is asked first, unless `--yes` is given. Raises ConfigError for an unknown model, without a yes, or where
    the weights cannot be fetched.
    """
    from geoagent.files.folders import CACHE, claim

    model, folder = _named(options)
    if not weights.is_whole(model, folder) and not options.yes:
        _ask(f"{_described(model)}\nFetch it into {folder}?")
    claim(read_settings({}).cache, CACHE)
    weights.pull(model, folder)
    print(folder)
    return OK


def show_folder(options: argparse.Namespace) -> int:
    """Run `geoagent models where`: print the folder that a model's weights belong in; the exit code 0.

    A warning says where they are not there or not whole. Raises ConfigError for an unknown model.
    """
    model, folder = _named(options)
    print(folder)
    if not weights.is_whole(model, folder):
        log.warning(f"it is not there, or not whole: geoagent models pull {model.name}")
    return OK


def delete(options: argparse.Namespace) -> int:
    """Run `geoagent models remove`: delete a model's weights; the exit code 0.

    The person is asked first, unless `--yes` is given. Raises ConfigError for an unknown model, or without a yes.
    """
    model, folder = _named(options)
    if folder.exists() and not options.yes:
        _ask(f"Delete {folder}?")
    left = weights.remove(model, folder)
    if left:
        print(f"{folder}: removed but for what is none of the model's: {', '.join(left[:5])}")
    else:
        print(f"{folder} is not there" if left is None else f"{folder} removed")
    return OK


def _ask(question: str) -> None:
    """Go on only after a yes. Raises ConfigError."""
    if not sys.stdin.isatty():
        raise ConfigError(f"{' '.join(question.split())} Say so with --yes")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise ConfigError("nothing was done")
