"""`geoagent prior train locdiff`: from embeddings with coordinates, or from places alone, to a checkpoint."""

import argparse
import sys
from pathlib import Path

from geoagent.errors import OK, ConfigError

NEEDED = "this needs PyTorch and safetensors: pip install 'geoagent-locate[prior]'"
HELD_OUT = 50
"""One pair in so many is held out, evenly over the file or the gallery."""


def add_train(train: argparse.ArgumentParser) -> None:
    """Add what can be trained."""
    priors = train.add_subparsers(required=True, metavar="PRIOR")
    locdiff = priors.add_parser("locdiff", help="a diffusion model of places, given an embedding")
    source = locdiff.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="FILE", help="Parquet with embedding, lat and lon")
    source.add_argument(
        "--places", action="store_true", help="no photos: places as GeoCLIP's location encoder sees them"
    )
    locdiff.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="checkpoint; goes on from what is there"
    )
    locdiff.add_argument("--steps", type=_positive, default=20_000, metavar="N", help="steps in all (20000)")
    locdiff.add_argument("--batch", type=_positive, default=256, metavar="N", help="pairs a step (256)")
    locdiff.add_argument("--degree", type=_positive, default=23, metavar="L", help="of the codes, at most 47 (23)")
    locdiff.add_argument(
        "--cells", type=_positive, default=5000, metavar="N", help="of the grid it is summed over (5000)"
    )
    locdiff.add_argument("--width", type=_positive, default=768, metavar="N", help="of the network (768)")
    locdiff.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1 … (the GPU where there is one)")
    locdiff.set_defaults(command=_train)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("not a positive whole number")
    return number


def _train(options: argparse.Namespace) -> int:
    try:
        import safetensors  # noqa: F401  # of the same extra; told here, before the long work
        import torch
    except ImportError as error:
        raise ConfigError(NEEDED) from error
    from pydantic import ValidationError

    from geoagent.files.folders import claim
    from geoagent.priors.geoclip.locations import gallery_places, geoclip_folder
    from geoagent.priors.locdiff import places
    from geoagent.priors.locdiff.checkpoint import TRAINED
    from geoagent.priors.locdiff.train import Recipe, train
    from geoagent.priors.locdiff.unet import Shape

    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"--device {device}: {str(error).splitlines()[0]}") from error
    if options.data:
        pairs = places.read_pairs(options.data)
        claim(options.out, TRAINED)
    else:
        claim(options.out, TRAINED)
        folder = geoclip_folder()
        _tell("embedding GeoCLIP's gallery of 100,000 places")
        pairs = places.pairs_of_places(*gallery_places(folder), folder)
    if len(pairs) < HELD_OUT:
        raise ConfigError(f"{len(pairs)} pairs are too few: at least {HELD_OUT}")
    try:
        shape = Shape(
            degree=options.degree, cells=options.cells, embedding=pairs.embeddings.shape[1], width=options.width
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--{first['loc'][0]}: {first['msg'].lower()}") from error
    rows = torch.arange(len(pairs))
    kept, held_out = pairs.part(rows[rows % HELD_OUT != 0]), pairs.part(rows[rows % HELD_OUT == 0])
    recipe = Recipe(shape=shape, steps=options.steps, batch=options.batch)
    train(recipe, kept, held_out, options.out, _tell, device)
    print(options.out)
    return OK


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
