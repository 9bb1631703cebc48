"""`geoagent gallery`: fills a gallery of photos with known places, finds photos in it, and tells of it."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import OK, ConfigError
from geoagent.plain_text import printable

if TYPE_CHECKING:
    from geoagent.settings import Settings


def add(commands: Any) -> None:
    """Add the command `geoagent gallery` with its actions `add`, `search` and `info` to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    gallery = commands.add_parser("gallery", help="photos whose places are known, to be searched: add, search, info")
    actions = gallery.add_subparsers(required=True, metavar="ACTION")
    where: dict[str, Any] = {"type": Path, "metavar": "GALLERY", "help": "the folder of the gallery"}

    adding = actions.add_parser("add", help="add photos, or vectors with positions; goes on where it was interrupted")
    adding.add_argument(
        "source", type=Path, metavar="FOLDER", help="a folder of photos, or a .parquet or .tar of vectors"
    )
    adding.add_argument("--gallery", **where)
    adding.add_argument(
        "--encoder", metavar="NAME|FOLDER",
        help="what makes the vectors, or made those in the file: its name, or the folder of a published model",
    )  # fmt: skip
    adding.set_defaults(command=add_photos)

    looking = actions.add_parser("search", help="the photos of the gallery that look most like one")
    looking.add_argument("photo", type=Path, metavar="PHOTO")
    looking.add_argument("--gallery", **where)
    looking.add_argument("-k", type=int, default=10, metavar="N", help="how many (10)")
    looking.add_argument("--json", action="store_true", help="print hits as JSON, one a line")
    looking.set_defaults(command=search)

    about = actions.add_parser("info", help="what a gallery holds, and what a hit in it is worth")
    about.add_argument("--gallery", **where)
    about.set_defaults(command=info)


def _folder(options: argparse.Namespace) -> "tuple[Path, Settings]":
    from geoagent.settings import read_settings

    settings = read_settings({"gallery": options.gallery})
    if settings.gallery is None:
        raise ConfigError("which gallery? name its folder with --gallery, or as gallery in the TOML file")
    return settings.gallery, settings


def add_photos(options: argparse.Namespace) -> int:
    """Run `geoagent gallery add`: add photos, or vectors with positions, to a gallery; the exit code 0.

    Raises ConfigError where no gallery is named, or the photos or vectors cannot be added to it.
    """
    from geoagent.gallery.additions import add

    folder, settings = _folder(options)
    added = add(
        folder, options.source, options.encoder, lambda held: print(f"kept {held}", flush=True), settings.cache,
        settings.milvus,
    )  # fmt: skip
    print(f"{added} added")
    return OK


def search(options: argparse.Namespace) -> int:
    """Run `geoagent gallery search`: print the gallery's photos that look most like a photo; the exit code 0.

    Raises ConfigError where the gallery cannot be searched, ImageError where the photo cannot be read.
    """
    from geoagent.atlas import open_atlas
    from geoagent.gallery.search import most_alike
    from geoagent.gallery.store import open_gallery

    folder, settings = _folder(options)
    if not 1 <= options.k <= 1000:
        raise ConfigError("-k: from 1 to 1000")
    gallery = open_gallery(folder, settings.cache, settings.milvus)
    matches = most_alike(gallery, options.photo, options.k)
    atlas = None if options.json else open_atlas(settings.cache)
    for match in matches:
        name, point = match.hit.entry.name, match.hit.entry.point
        if atlas is None:
            row = {"name": name, "lat": point.lat, "lon": point.lon, "same_picture": match.same_picture}
            row |= {"inliers": match.inliers}
            print(json.dumps({**row, "similarity": round(match.hit.similarity, 4)}, ensure_ascii=False))
        else:
            what = "the same picture" if match.same_picture else f"similarity {match.hit.similarity:.3f}"
            what += f", {match.inliers} details fit" if match.inliers else ""
            print(f"{what}  {point.lat:.5f}, {point.lon:.5f}  {atlas.at(point).place}  {printable(name)}")
    return OK


def info(options: argparse.Namespace) -> int:
    """Run `geoagent gallery info`: print what a gallery holds and what a hit in it is worth; the exit code 0.

    Raises ConfigError where the gallery cannot be read.
    """
    from geoagent.gallery.index import EXACT, has_graph
    from geoagent.gallery.store import open_gallery
    from geoagent.gallery.trust import written

    folder, settings = _folder(options)
    gallery = open_gallery(folder)
    print(f"{len(gallery)} entries, vectors of {gallery.dimension} numbers by {printable(gallery.encoder)}")
    if len(gallery) <= EXACT:
        print("searched exactly")
    elif settings.milvus:
        print("searched by Milvus")
    else:
        print("searched by an index" if has_graph() else "searched one by one; pip install '.[gallery]' is faster")
    trust = gallery.trust
    if trust is None:
        print("what a hit is worth is not known: too few entries; it counts for nothing, unless it is the same picture")
        return OK
    print(f"what the most alike is worth, from {trust.examples} searches for its own pictures:")
    for similarity in (trust.lowest, trust.mean, trust.highest):
        print(f"  similarity {similarity:.2f}  {written(trust.chances(similarity))}")
    return OK
