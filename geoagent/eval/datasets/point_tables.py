"""Reads published benchmarks that are tables of points, or nearly: each has its own columns, folders and files."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.foreign_tables import read_strict, records
from geoagent.plain_text import PHOTO_SUFFIXES, listed
from geoagent.runs.column_names import plain_row
from geoagent.runs.samples import Sample, samples_of

log = logging.getLogger(__name__)
MOST_FILES = 200_000
MOST_TOLD = 5
"""So many parts that are left out are named."""


def read_points(path: Path) -> list[Sample]:
    """The samples of a table of ids and points.

    The photos lie beside the table, in "images", in "imgs", or in a folder of the table's name. Raises ConfigError
    where no row can be used.
    """
    rows = [(line, plain_row(row)) for line, row in records(path)]
    return samples_of(rows, path.parent, path, places=photo_folders(path))


def photo_folders(path: Path) -> list[Path]:
    """The folders in which the photos of the table `path` may lie, of those that are there."""
    folder = path.parent
    name = path.name.partition(".")[0]
    split = folder / "images" / name  # OSV-5M: images/test/00 and so on
    named = [folder / name, folder / name.removesuffix("_info"), folder / "imgs", split]
    return [place for place in (*named, *sorted(split.glob("*/"))) if place.is_dir()]


def read_greval(path: Path) -> list[Sample]:
    """The samples of GREval-Bench: a list of objects, each with a point and, as its reference, a reasoning.

    Raises ConfigError where no row can be used.
    """
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        rows.append((line, {**row, "references": [str(row["gt_cot"])] if row.get("gt_cot") else []}))
    return samples_of(rows, path.parent, path, places=(path.parent / "imgs",))


def read_im2gps_info(path: Path) -> list[Sample]:
    """The samples of Im2GPS from the info.json of its authors.

    It has by each file's name a list of lines such as "latitude: 48.1". Raises ConfigError where no entry can be used.
    """
    rows = []
    for number, (name, lines) in enumerate(read_json(path).items(), 1):
        told = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        place = dict(line.split(": ", 1) for line in told if ": " in line)
        rows.append((number, {"file": name, "lat": place.get("latitude"), "lon": place.get("longitude")}))
    return samples_of(rows, path.parent, path)


def read_yfcc_lines(path: Path) -> list[Sample]:
    """The samples of YFCC4k from the info.txt of its authors: columns between tabs, without a heading.

    The second column is the id, the 13th the longitude, the 14th the latitude. Lines with fewer columns are named and
    left out. Raises ConfigError where no line can be used.
    """
    rows, short = [], []
    for number, line in enumerate(read_strict(path).split("\n"), 1):
        columns = line.rstrip("\r").split("\t")
        if len(columns) > 13:
            rows.append((number, {"id": columns[1], "lon": columns[12], "lat": columns[13]}))
        elif line.strip():
            short.append(f"line {number}: {len(columns)} columns, not at least 14")
    tell_left_out(path, short, bool(rows))
    return samples_of(rows, path.parent, path)


def tell_left_out(path: Path, faults: Sequence[str], is_any_left: bool) -> None:
    """Log which parts of the benchmark in `path` cannot be read and are left out; `faults` says of each what is wrong.

    Raises ConfigError for the first fault where no other part is left (`is_any_left` False).
    """
    if faults and not is_any_left:
        raise ConfigError(f"{path}, {faults[0]}", "correct or remove it")
    if faults:
        log.warning(f"{path}: {len(faults):,} that cannot be read are left out: {listed(faults, MOST_TOLD)}")


def read_wanderbench(path: Path) -> list[Sample]:
    """The samples of WanderBench, each a graph of panoramas; the true point and the photo are those of its centre.

    `path` is any of the graphs' files; all that lie beside it are read. The panoramas lie in "pano_images" or beside
    the files. Raises ConfigError where no file can be used.
    """
    rows, faults = [], list[str]()
    for number, (file, graph) in enumerate(_objects(sorted(path.parent.glob("*.json")), faults), 1):
        if "center_pano_id" not in graph:
            continue
        given = graph.get("nodes")
        nodes = (
            {str(node.get("pano_id")): node for node in given if isinstance(node, dict)}
            if isinstance(given, list)
            else {}
        )
        centre = nodes.get(str(graph["center_pano_id"]))
        if centre is None:
            faults.append(f"{file.name}: none of its nodes is the center_pano_id")
            continue
        at = plain_row(centre)
        rows.append(
            (number, {
                "id": file.stem, "images": [f"{graph['center_pano_id']}.jpg"], "lat": at.get("coordinate_lat"),
                "lon": at.get("coordinate_lon"), "note": f"{len(nodes)} panoramas", "licence": "CC BY 4.0",
            })
        )  # fmt: skip
    tell_left_out(path.parent, faults, bool(rows))
    return samples_of(rows, path.parent, path.parent, places=(path.parent / "pano_images",))


def read_geovista(path: Path) -> list[Sample]:
    """The samples of GeoVista-Bench: a folder for each photo, named by its id, with the photo and metadata-ID.json.

    `path` is any of these JSON files. Raises ConfigError where none can be used.
    """
    rows, faults, whole = [], list[str](), path.parent.parent
    for number, (file, found) in enumerate(_objects(sorted(whole.glob("*/metadata-*.json")), faults), 1):
        photos = [photo for photo in sorted(file.parent.iterdir()) if photo.suffix.lower() in PHOTO_SUFFIXES]
        images = [str(photo.relative_to(whole)) for photo in photos[:1]]
        rows.append((number, {**_place(plain_row(found)), "id": file.parent.name, "images": images}))
    tell_left_out(whole, faults, bool(rows))
    return samples_of(rows, whole, whole)


def _objects(files: Sequence[Path], faults: list[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The JSON object in each file; files that hold none are faults."""
    for file in files[:MOST_FILES]:
        try:
            yield file, read_json(file)
        except ConfigError as error:
            faults.append(f"{file.name}: {str(error).removeprefix(f'{file}: ')}")


def _place(row: dict[str, Any]) -> dict[str, Any]:
    """What the metadata of a photo say of where, at the top or in `location`."""
    names = ("lat", "lng", "country", "province_or_state", "city", "data_type")
    found = {name: row.get(name, row.get(f"location_{name}", row.get(f"metadata_{name}"))) for name in names}
    return {"lat": found["lat"], "lon": found["lng"], "country": found["country"], "region": found["province_or_state"],
            "city": found["city"], "difficulty": found["data_type"]}  # fmt: skip


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ConfigError where the file cannot be read or holds no object."""
    try:
        value = json.loads(read_strict(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON ({type(error).__name__})", "correct it") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: JSON, but no object", "correct it")
    return value


def read_disclosure_labels(path: Path) -> list[Sample]:
    """The samples of VLM-GeoPrivacy from its images_metadata.csv: photos with points, in "images" beside the table.

    Ids are without the name of the source, as the labels have them. Raises ConfigError where no row can be used.
    """
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        image = str(row.get("image_id", ""))
        rows.append((line, {**row, "id": number_of(image), "file": f"{image}.jpg"}))
    return samples_of(rows, path.parent, path, places=(path.parent / "images",))


def number_of(image: str) -> str:
    """The id by which VLM-GeoPrivacy's labels know a photo: "1008954785" for the image "yfcc-1008954785"."""
    return image.rpartition("-")[2]
