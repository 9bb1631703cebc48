"""`geoagent prior`: trains, exports and feeds learned priors, models that tell places by how a whole photo looks."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force, positive
from geoagent.errors import OK, ConfigError


def add(commands: Any) -> None:
    """Add the command `geoagent prior` with its actions `train`, `export` and `embed` to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    prior = commands.add_parser("prior", help="learned priors: train, export, embed")
    actions = prior.add_subparsers(required=True, metavar="ACTION")
    _add_train(actions)

    export = actions.add_parser("export", help="write GeoCLIP's image tower as ONNX beside its weights, for processors")
    export.add_argument("--precision", choices=("float32", "int8"), default="float32", help="of its weights (float32)")
    export.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where CLIP's weights are")
    add_force(export)
    export.set_defaults(command=export_tower)

    embed = actions.add_parser("embed", help="the photos of a folder as embeddings with positions, for `prior train`")
    embed.add_argument("folder", type=Path, metavar="FOLDER", help="photos with positions, or with a labels.csv")
    embed.add_argument("--out", type=Path, required=True, metavar="FILE", help="the Parquet file to write")
    embed.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where CLIP's weights are")
    embed.add_argument("--batch", type=int, default=16, metavar="N", help="photos at a time (16)")
    embed.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1 … (the GPU where there is one)")
    add_force(embed)
    embed.set_defaults(command=embed_photos)


def _add_train(actions: Any) -> None:
    priors = actions.add_parser("train", help="train one").add_subparsers(required=True, metavar="PRIOR")
    locdiff = priors.add_parser("locdiff", help="a diffusion model of places, given an embedding")
    source = locdiff.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="FILE", help="Parquet with embedding, lat and lon")
    source.add_argument(
        "--places", action="store_true", help="no photos: places as GeoCLIP's location encoder sees them"
    )
    locdiff.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="checkpoint; goes on from what is there"
    )
    locdiff.add_argument("--steps", type=positive, default=20_000, metavar="N", help="steps in all (20000)")
    locdiff.add_argument("--batch", type=positive, default=256, metavar="N", help="pairs a step (256)")
    locdiff.add_argument("--degree", type=positive, default=23, metavar="L", help="of the codes, at most 47 (23)")
    locdiff.add_argument(
        "--cells", type=positive, default=5000, metavar="N", help="of the grid it is summed over (5000)"
    )
    locdiff.add_argument("--width", type=positive, default=768, metavar="N", help="of the network (768)")
    locdiff.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1 … (the GPU where there is one)")
    locdiff.set_defaults(command=train_locdiff)
    _add_geoclip(priors)


def _add_geoclip(priors: Any) -> None:
    geoclip = priors.add_parser("geoclip", help="photos and places in one space, on photos of your own")
    geoclip.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="photos with positions or labels.csv"
    )
    geoclip.add_argument(
        "--weights", type=Path, required=True, metavar="FOLDER",
        help="the published model that sees the photos; with a GeoCLIP of the same form in its subfolder geoclip the "
        "training goes on from that",
    )  # fmt: skip
    geoclip.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for --prior-weights of solve")
    geoclip.add_argument(
        "--location-encoder", choices=("fourier", "harmonics"), default="fourier",
        help="GeoCLIP's form, or SatCLIP's: spherical harmonics and sines (fourier)",
    )  # fmt: skip
    geoclip.add_argument("--steps", type=positive, default=1000, metavar="N", help="steps (1000)")
    geoclip.add_argument("--batch", type=positive, default=128, metavar="N", help="photos a step (128)")
    geoclip.set_defaults(command=train_geoclip)


def train_geoclip(options: argparse.Namespace) -> int:
    """Run `geoagent prior train geoclip`: train GeoCLIP on a user's photos and print the folder; the exit code 0.

    Raises ConfigError where PyTorch, the model or the photos are missing, or the folder holds something else.
    """
    from geoagent.priors.loader import needs_torch

    needs_torch()
    from geoagent.files.folders import claim
    from geoagent.priors.geoclip import train as training
    from geoagent.priors.geoclip.trained import OWN, save
    from geoagent.priors.locdiff.checkpoint import TRAINED
    from geoagent.settings import read_settings
    from geoagent.vision.model import VisionModel, fingerprint
    from geoagent.vision.model_folders import remember

    model = VisionModel(options.weights)
    claim(options.out, TRAINED)
    kept, held_out = training.hold_out(training.see(model, options.data))
    earlier = options.weights / OWN
    start = training.begin(kept, options.location_encoder, earlier if earlier.is_dir() else None)
    weights = training.train(kept, held_out, start, options.steps, options.batch)
    figures = training.check(weights, kept, held_out)
    save(options.out, weights.files(), (kept.lat_deg, kept.lon_deg), options.weights, figures)
    remember(read_settings({}).cache, fingerprint(options.weights), options.weights.resolve())
    print(options.out)
    return OK


def train_locdiff(options: argparse.Namespace) -> int:
    """Run `geoagent prior train locdiff`: train LocDiff and print the folder of its checkpoint; the exit code 0.

    Raises ConfigError where PyTorch or the training data are missing, or the folder holds something else.
    """
    from geoagent.priors.loader import needs_torch

    needs_torch()
    from geoagent.files.folders import claim
    from geoagent.priors.locdiff import places
    from geoagent.priors.locdiff import train as training
    from geoagent.priors.locdiff.checkpoint import TRAINED

    device = training.usable_device(options.device)
    if options.data:
        pairs = places.read_pairs(options.data)
        claim(options.out, TRAINED)
    else:
        claim(options.out, TRAINED)
        pairs = places.pairs_of_gallery()
    kept, held_out = places.hold_out(pairs)
    sizes = {"degree": options.degree, "cells": options.cells, "width": options.width}
    recipe = training.recipe_for(pairs, options.steps, options.batch, sizes)
    training.train(recipe, kept, held_out, options.out, device)
    print(options.out)
    return OK


def export_tower(options: argparse.Namespace) -> int:
    """Run `geoagent prior export`: write GeoCLIP's image tower as ONNX and print the file's path; the exit code 0.

    Raises ConfigError where PyTorch or the weights are missing, or the file cannot be written.
    """
    from geoagent.settings import read_settings

    settings = read_settings({"prior_weights": options.prior_weights})
    from geoagent.priors.loader import clip_folder, needs_torch

    needs_torch()
    from geoagent.priors.geoclip import exported

    print(exported.export(clip_folder(settings.cache, settings.prior_weights), options.precision, options.force))
    return OK


def embed_photos(options: argparse.Namespace) -> int:
    """Run `geoagent prior embed`: write embeddings of a folder's photos as a Parquet file; the exit code 0.

    Each comes with the photo's position, as training needs it. Raises ConfigError where PyTorch, the weights or the
    photos are missing, or the file cannot be written.
    """
    from geoagent.files.outputs import check
    from geoagent.settings import read_settings

    settings = read_settings({"prior_weights": options.prior_weights})
    from geoagent.priors.loader import needs_torch, open_geoclip

    needs_torch()
    from geoagent.priors.geoclip.embedding import embed_folder, embeddings_output

    if options.batch < 1:
        raise ConfigError("--batch: at least 1")
    output = embeddings_output(options.out, [options.folder, *filter(None, [settings.prior_weights])], options.force)
    check(output)
    prior = open_geoclip(settings.cache, settings.prior_weights, settings.prior_precision)
    count = embed_folder(prior, options.folder, output, options.batch, options.device)
    print(f"{count} photos in {options.out}")
    return OK
