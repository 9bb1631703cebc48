"""`geoagent eval datasets`: lists the published benchmarks that geoagent can read, and which of them are here."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import OK
from geoagent.plain_text import printable

if TYPE_CHECKING:
    from geoagent.eval.datasets.recipes import Recipe, State


def add(actions: Any) -> None:
    """Add the action `geoagent eval datasets`, which lists the known benchmarks and how to get them.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    datasets = actions.add_parser("datasets", help="the benchmarks that are known, and how to get them")
    datasets.add_argument("names", nargs="*", metavar="NAME", help="only these, in full")
    datasets.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="look in this folder for their files"
    )
    datasets.add_argument("--json", action="store_true", help="print them as JSON, one a line")
    datasets.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval datasets`: print each benchmark and whether its files are here; the exit code 0.

    Raises ConfigError for an unknown name, or a folder that is not there.
    """
    from geoagent.errors import ConfigError
    from geoagent.eval.datasets.recipes import RECIPES, state

    unknown = [name for name in options.names if name not in RECIPES]
    if unknown:
        raise ConfigError(f"no dataset is called {unknown[0]}; known are {', '.join(RECIPES)}")
    if options.folder and not options.folder.is_dir():
        raise ConfigError(f"{options.folder}: no such folder")
    for name in options.names or RECIPES:
        recipe, found = RECIPES[name], state(name, options.folder)
        if options.json:
            print(json.dumps(_data(recipe, found), ensure_ascii=False))
        else:
            print(f"{name:<20}{printable(recipe.title)}")
            print("\n".join(f"{'':<20}{printable(line)}" for line in _told(recipe, found, bool(options.names))))
    return OK


def _told(recipe: "Recipe", found: "State", in_full: bool) -> list[str]:
    """What is to be said of a benchmark: its state, and in full also source, licence, traps and hashes."""
    lines = [_state(recipe, found)]
    if in_full:
        lines += [f"source: {recipe.source}", f"licence: {recipe.licence}", f"used by: geoagent {recipe.used_by}"]
        lines += [f"to get it: {recipe.get}"] if found.found else []
        lines += [f"mind: {recipe.traps}"] if recipe.traps else []
        lines += [f"sha256 {digest}…: {what}" for digest, what in recipe.hashes.items()]
    return lines


def _state(recipe: "Recipe", found: "State") -> str:
    if found.fault:
        return f"cannot be read: {found.fault}"
    if found.found is None:
        count = f"{recipe.samples:,} samples; " if recipe.samples else ""
        return f"not here; {count}{recipe.source}: {recipe.get}"
    if found.samples is None or found.photos is None:
        return f"here: {found.found}"
    there, named = found.photos
    expected = f" of {recipe.samples:,}" if recipe.samples and recipe.samples != found.samples else ""
    photos = f"{there:,} of {named:,} photos" if named else "no photos here"
    return f"here: {found.found}; {found.samples:,}{expected} samples, {photos}"


def _data(recipe: "Recipe", found: "State") -> dict[str, Any]:
    return {
        "name": found.name, "title": recipe.title, "source": recipe.source, "licence": recipe.licence,
        "get": recipe.get, "traps": recipe.traps, "sha256": recipe.hashes, "used_by": recipe.used_by,
        "published_samples": recipe.samples,
        "found": str(found.found) if found.found else None, "samples": found.samples,
        "photos": found.photos[0] if found.photos else None, "fault": found.fault,
    }  # fmt: skip
