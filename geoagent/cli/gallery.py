"""`geoagent gallery add`, `search` and `info`."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.errors import OK, ConfigError
from geoagent.messages import tell
from geoagent.names import printable
from geoagent.settings import Settings, read_settings


def add_commands(gallery: argparse.ArgumentParser) -> None:
    """Add the actions of `geoagent gallery` to its parser."""
    actions = gallery.add_subparsers(required=True, metavar="ACTION")
    where: dict[str, Any] = {"type": Path, "metavar": "GALLERY", "help": "the folder of the gallery"}

    add = actions.add_parser("add", help="add photos, or vectors with positions; goes on where it was interrupted")
    add.add_argument("source", type=Path, metavar="FOLDER", help="a folder of photos, or a .parquet or .tar of vectors")
    add.add_argument("--gallery", **where)
    add.add_argument("--encoder", metavar="NAME", help="what makes the vectors, or made those in the file")
    add.set_defaults(command=_add)

    search = actions.add_parser("search", help="the photos of the gallery that look most like one")
    search.add_argument("photo", type=Path, metavar="PHOTO")
    search.add_argument("--gallery", **where)
    search.add_argument("-k", type=int, default=10, metavar="N", help="how many (10)")
    search.add_argument("--json", action="store_true", help="print hits as JSON, one a line")
    search.set_defaults(command=_search)

    info = actions.add_parser("info", help="what a gallery holds, and what a hit in it is worth")
    info.add_argument("--gallery", **where)
    info.set_defaults(command=_info)


def _folder(options: argparse.Namespace) -> tuple[Path, Settings]:
    settings = read_settings({"gallery": options.gallery})
    if settings.gallery is None:
        raise ConfigError("which gallery? name its folder with --gallery, or as gallery in the TOML file")
    return settings.gallery, settings


def _add(options: argparse.Namespace) -> int:
    from geoagent.gallery.adding import add

    folder, _ = _folder(options)
    added = add(folder, options.source, options.encoder, tell, lambda held: print(f"kept {held}", flush=True))
    print(f"{added} added")
    return OK


def _search(options: argparse.Namespace) -> int:
    from geoagent.atlas import open_atlas
    from geoagent.gallery.encoder import find_encoder
    from geoagent.gallery.store import open_gallery
    from geoagent.photo import load_photo
    from geoagent.photo.hashing import is_same, picture_hash

    folder, settings = _folder(options)
    if not 1 <= options.k <= 1000:
        raise ConfigError("-k: from 1 to 1000")
    gallery = open_gallery(folder)
    encoder = find_encoder(gallery.encoder)
    image = load_photo(options.photo).image
    own, atlas = picture_hash(image), None if options.json else open_atlas(settings.cache)
    for hit in gallery.nearest(encoder.encode(image), options.k):
        point = hit.entry.point
        same = hit.entry.picture is not None and is_same(hit.entry.picture, own)
        if atlas is None:
            row = {"name": hit.entry.name, "lat": point.lat, "lon": point.lon, "same_picture": same}
            print(json.dumps({**row, "similarity": round(hit.similarity, 4)}, ensure_ascii=False))
        else:
            what = "the same picture" if same else f"similarity {hit.similarity:.3f}"
            print(f"{what}  {point.lat:.5f}, {point.lon:.5f}  {atlas.at(point).place}  {printable(hit.entry.name)}")
    return OK


def _info(options: argparse.Namespace) -> int:
    from geoagent.gallery.index import EXACT, has_graph
    from geoagent.gallery.store import open_gallery
    from geoagent.gallery.trust import written

    folder, _ = _folder(options)
    gallery = open_gallery(folder)
    print(f"{len(gallery)} entries, vectors of {gallery.dimension} numbers by {printable(gallery.encoder)}")
    if len(gallery) <= EXACT:
        print("searched exactly")
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
