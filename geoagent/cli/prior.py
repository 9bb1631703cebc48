"""`geoagent models list`, `pull`, `where` and `remove`; `geoagent prior train`, `export` and `embed`."""

import argparse
import sys
from pathlib import Path

from geoagent.cli.prior_train import add_train
from geoagent.errors import OK, ConfigError
from geoagent.files.folders import CACHE, claim
from geoagent.files.outputs import add_force, check
from geoagent.messages import tell
from geoagent.priors import weights
from geoagent.settings import read_settings


def add_prior(prior: argparse.ArgumentParser) -> None:
    """Add the actions of `geoagent prior` to its parser."""
    actions = prior.add_subparsers(required=True, metavar="ACTION")
    add_train(actions.add_parser("train", help="train one"))

    export = actions.add_parser("export", help="write GeoCLIP's image tower as ONNX beside its weights, for processors")
    export.add_argument("--precision", choices=("float32", "int8"), default="float32", help="of its weights (float32)")
    export.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where CLIP's weights are")
    add_force(export)
    export.set_defaults(command=_export)

    embed = actions.add_parser("embed", help="the photos of a folder as embeddings with positions, for `prior train`")
    embed.add_argument("folder", type=Path, metavar="FOLDER", help="photos with positions, or with a labels.csv")
    embed.add_argument("--out", type=Path, required=True, metavar="FILE", help="the Parquet file to write")
    embed.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where CLIP's weights are")
    embed.add_argument("--batch", type=int, default=16, metavar="N", help="photos at a time (16)")
    embed.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1 … (the GPU where there is one)")
    add_force(embed)
    embed.set_defaults(command=_embed)


def add_models(models: argparse.ArgumentParser) -> None:
    """Add the actions of `geoagent models` to its parser."""
    actions = models.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="what there is: size, licence, source, and whether it is here").set_defaults(
        command=_list
    )
    pull = actions.add_parser("pull", help="fetch one; goes on where it was interrupted")
    pull.add_argument("--yes", action="store_true", help="do not ask")
    where = actions.add_parser("where", help="the folder that one belongs in")
    remove = actions.add_parser("remove", help="delete one")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    for action, command in ((pull, _pull), (where, _where), (remove, _remove)):
        action.add_argument("name", metavar="NAME", help=", ".join(weights.MODELS))
        action.set_defaults(command=command)


def _named(options: argparse.Namespace) -> tuple[weights.Weights, Path]:
    model = weights.find(options.name)
    return model, weights.folder_of(model, read_settings({}).cache)


def _list(options: argparse.Namespace) -> int:
    from geoagent.priors.opening import geoclip_is_installed

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


def _pull(options: argparse.Namespace) -> int:
    model, folder = _named(options)
    if not weights.is_whole(model, folder) and not options.yes:
        _ask(f"{_described(model)}\nFetch it into {folder}?")
    claim(read_settings({}).cache, CACHE)
    weights.pull(model, folder, tell)
    print(folder)
    return OK


def _where(options: argparse.Namespace) -> int:
    model, folder = _named(options)
    print(folder)
    if not weights.is_whole(model, folder):
        tell(f"it is not there, or not whole: geoagent models pull {model.name}")
    return OK


def _remove(options: argparse.Namespace) -> int:
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


def _export(options: argparse.Namespace) -> int:
    settings = read_settings({"prior_weights": options.prior_weights})
    from geoagent.priors.opening import clip_folder, needs_torch

    needs_torch()
    from geoagent.priors.geoclip.exported import export

    print(export(clip_folder(settings.cache, settings.prior_weights), options.precision, tell, options.force))
    return OK


def _embed(options: argparse.Namespace) -> int:
    settings = read_settings({"prior_weights": options.prior_weights})
    from geoagent.priors.opening import needs_torch, open_geoclip

    needs_torch()
    from geoagent.priors.geoclip.embedding import embed_folder, embeddings_output

    if options.batch < 1:
        raise ConfigError("--batch: at least 1")
    output = embeddings_output(options.out, [options.folder, *filter(None, [settings.prior_weights])], options.force)
    check(output)
    prior = open_geoclip(settings.cache, settings.prior_weights, settings.prior_precision, tell)
    count = embed_folder(prior, options.folder, output, options.batch, options.device, tell)
    print(f"{count} photos in {options.out}")
    return OK
