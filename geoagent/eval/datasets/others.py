"""Published forms that are a table of points, or nearly: their own names of columns, folders and files."""

import json
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.tables import read_strict, records
from geoagent.names import PHOTO_SUFFIXES, printable
from geoagent.runs.headings import plain_row
from geoagent.runs.samples import Sample, samples_of

MOST_FILES = 200_000


def read_points(path: Path) -> list[Sample]:
    """A table of ids and points, its photos beside it, in `images`, in `imgs`, or in a folder of the table's name."""
    rows = [(line, plain_row(row)) for line, row in records(path)]
    return samples_of(rows, path.parent, path, places=photo_folders(path))


def photo_folders(path: Path) -> list[Path]:
    """The folders in which the photos of a table may lie."""
    folder = path.parent
    split = folder / "images" / path.stem  # OSV-5M: images/test/00 and so on
    named = [folder / path.stem, folder / path.stem.removesuffix("_info"), folder / "imgs", split]
    return [place for place in (*named, *sorted(split.glob("*/"))) if place.is_dir()]


def read_greval(path: Path) -> list[Sample]:
    """GREval-Bench: a list of objects with point and reasoning."""
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        rows.append((line, {**row, "references": [str(row["gt_cot"])] if row.get("gt_cot") else []}))
    return samples_of(rows, path.parent, path, places=(path.parent / "imgs",))


def read_im2gps_info(path: Path) -> list[Sample]:
    """Im2GPS as its authors gave it: an object of lists of lines by file name, with "latitude: …" among them."""
    rows = []
    for number, (name, lines) in enumerate(read_json(path).items(), 1):
        if not isinstance(lines, list):
            raise ConfigError(f"{path}: {printable(name)[:80]!r} has no list of lines", "correct it")
        told = dict(line.split(": ", 1) for line in lines if isinstance(line, str) and ": " in line)
        if "latitude" in told and "longitude" in told:
            rows.append((number, {"file": name, "lat": told["latitude"], "lon": told["longitude"]}))
    return samples_of(rows, path.parent, path)


def read_yfcc_lines(path: Path) -> list[Sample]:
    """YFCC4k as its authors gave it: tabs between columns, no heading; the 2nd is the id, 13th and 14th the point."""
    rows = []
    for number, line in enumerate(read_strict(path).splitlines(), 1):
        columns = line.split("\t")
        if len(columns) < 14:
            raise ConfigError(f"{path}, line {number}: {len(columns)} columns, not at least 14; correct or remove it")
        rows.append((number, {"id": columns[1], "lon": columns[12], "lat": columns[13]}))
    return samples_of(rows, path.parent, path)


def read_wanderbench(path: Path) -> list[Sample]:
    """WanderBench: a graph of panoramas a file; the truth is the point of the central one, by which it begins.

    `path` is one of the files; the others lie beside it, the panoramas in `pano_images` or beside it too.
    """
    rows = []
    for number, file in enumerate(sorted(path.parent.glob("*.json"))[:MOST_FILES], 1):
        if "center_pano_id" not in read_strict(file):
            continue
        graph = read_json(file)
        given, middle = graph.get("nodes"), str(graph.get("center_pano_id"))
        listed = given if isinstance(given, list) else []
        nodes = {str(node.get("pano_id")): node for node in listed if isinstance(node, dict)}
        centre = nodes.get(middle)
        if centre is None:
            raise ConfigError(f"{file}: none of its nodes is the center_pano_id")
        at = plain_row(centre)
        rows.append(
            (number, {
                "id": file.stem, "images": [f"{middle}.jpg"], "lat": at.get("coordinate_lat"),
                "lon": at.get("coordinate_lon"), "note": f"{len(nodes)} panoramas", "licence": "CC BY 4.0",
            })
        )  # fmt: skip
    return samples_of(rows, path.parent, path.parent, places=(path.parent / "pano_images",))


def read_geovista(path: Path) -> list[Sample]:
    """GeoVista-Bench: a folder for each photo, named by its id, with `metadata-ID.json`; `path` is one of these."""
    rows, whole = [], path.parent.parent
    for number, file in enumerate(sorted(whole.glob("*/metadata-*.json"))[:MOST_FILES], 1):
        row = plain_row(read_json(file))
        photos = [photo for photo in sorted(file.parent.iterdir()) if photo.suffix.lower() in PHOTO_SUFFIXES]
        images = [str(photo.relative_to(whole)) for photo in photos[:1]]
        rows.append((number, {**_place(row), "id": file.parent.name, "images": images}))
    return samples_of(rows, whole, whole)


def _place(row: dict[str, Any]) -> dict[str, Any]:
    """What the metadata of a photo say of where, at the top or in `location`."""
    names = ("lat", "lng", "country", "province_or_state", "city", "data_type")
    found = {name: row.get(name, row.get(f"location_{name}", row.get(f"metadata_{name}"))) for name in names}
    return {"lat": found["lat"], "lon": found["lng"], "country": found["country"], "region": found["province_or_state"],
            "city": found["city"], "difficulty": found["data_type"]}  # fmt: skip


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ConfigError."""
    try:
        value = json.loads(read_strict(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON ({type(error).__name__})", "correct it") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: JSON, but no object", "correct it")
    return value


def read_disclosure_labels(path: Path) -> list[Sample]:
    """VLM-GeoPrivacy: the photos with their points, as `images_metadata.csv` lists them; ids without their source."""
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        image = str(row.get("image_id", ""))
        rows.append((line, {**row, "id": number_of(image), "file": f"{image}.jpg"}))
    return samples_of(rows, path.parent, path, places=(path.parent / "images",))


def number_of(image: str) -> str:
    """The id of a photo by which labels and responses know it: "yfcc-1008954785" is 1008954785."""
    return image.rpartition("-")[2]
