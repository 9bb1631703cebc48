"""Samples: photos with what is known about where they were taken, from folders, CSV, JSON Lines or Parquet."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from geoagent.case.evidence import LevelName
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError
from geoagent.files.tables import json_rows, table_rows
from geoagent.geo import Point
from geoagent.names import printable
from geoagent.storable import storable

NAMES = {
    "country": ("country_iso2", "country_code", "country"),
    "region": ("admin1", "region", "state"),
    "city": ("city",),
    "gold": ("gold", "place"),
    "granularity": ("granularity",),
    "radius_km": ("radius_km",),
    "licence": ("licence", "license"),
    "source": ("source",),
    "question": ("question", "hint_text"),
}
"""The headings by which each field of a sample is known, the first present one counting."""
GRANULARITY = {"place": "point", "exact": "point"}
LONGEST_NAME = 1000
MOST_ROWS = 5_000_000
Reader = Callable[[Path], Iterator[tuple[int, dict[str, Any]]]]
DEFAULT_RADIUS_KM = {"country": 2500.0, "region": 400.0, "city": 25.0, "street": 1.0, "point": 1.0}


class Sample(Frozen):
    """One case to be solved, and the truth about it.

    The truth is a place path down to `granularity`, a point that stands for it, and the radius in km round the point
    that contains the place. `question` is what a solver is told besides the photos; `tags` are labels to report by.
    """

    id: Annotated[str, Field(min_length=1)]
    images: tuple[str, ...] = ()
    question: str = ""
    country: str | None = None
    region: str | None = None
    city: str | None = None
    point: Point | None = None
    granularity: LevelName = "point"
    radius_km: Annotated[float, Field(gt=0)] = 1.0
    references: tuple[str, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    licence: str = ""
    source: str = ""


def load_samples(path: Path) -> list[Sample]:
    """The samples of a folder with `labels.csv`, or of a .csv, .jsonl or .parquet file. Raises ConfigError.

    A folder may hold `questions.jsonl` beside the labels (id, question, images, solution); images lie in the folder or
    in its `images`. Rows need an id (or a file name) and a point or a country; other columns become tags.
    """
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise ConfigError(f"{path}: no such dataset")
    readers: dict[str, Reader] = {".csv": table_rows, ".jsonl": json_rows, ".parquet": _parquet_rows}
    if path.suffix not in readers:
        raise ConfigError(f"{path}: a dataset is a folder with labels.csv, or a file in .csv, .jsonl or .parquet")
    return _unique([_sample(row, path.parent, path, line) for line, row in readers[path.suffix](path)], path)


def _from_folder(folder: Path) -> list[Sample]:
    labels = folder / "labels.csv"
    if not labels.exists():
        raise ConfigError(f"{folder}: holds no labels.csv")
    questions: dict[str, dict[str, Any]] = {}
    if (folder / "questions.jsonl").exists():
        questions = {str(row.get("id")): row for _, row in json_rows(folder / "questions.jsonl")}
    rows = [(line, {**row, **_told(questions.get(row.get("id", ""), {}))}) for line, row in table_rows(labels)]
    return _unique([_sample(row, folder, labels, line) for line, row in rows], labels)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in ("question", "images") if name in row}
    return found | ({"references": [row["solution"]]} if row.get("solution") else {})


def _sample(row: Mapping[str, Any], folder: Path, path: Path, line: int) -> Sample:
    named = row.get("images") or [row[name] for name in ("file", "image", "image_path") if row.get(name)]
    images = [str(name) for name in (named if isinstance(named, list) else [named])]
    known = {field: _first(row, names) for field, names in NAMES.items()}
    level = str(known["granularity"] or ("point" if _first(row, ("lat", "latitude")) else "country"))
    level = GRANULARITY.get(level, level)
    try:
        return Sample.model_validate(
            {
                "id": str(row.get("id") or (Path(images[0]).name if images else "")),
                "images": [str(_find(folder, name, path)) for name in images],
                "question": known["question"] or "",
                "country": known["country"],
                "region": known["region"],
                "city": known["city"],
                "point": _point(row),
                "granularity": level,
                "radius_km": known["radius_km"] or DEFAULT_RADIUS_KM.get(level, 1.0),
                "references": row.get("references", ()),
                "tags": _tags(row),
                "licence": known["licence"] or "",
                "source": known["source"] or "",
            }
        )
    except (ValueError, TypeError, OverflowError) as error:
        where = f"{path}, line {line} ({printable(row.get('id') or images)[:100]})"
        raise ConfigError(f"{where}: {_fault(error)}; correct or remove it") from error


def _fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return printable(error)[:200]


def _first(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _point(row: Mapping[str, Any]) -> Point | None:
    lat, lon = _first(row, ("lat", "latitude")), _first(row, ("lon", "lng", "longitude"))
    return Point(lat=float(lat), lon=float(lon)) if lat is not None and lon is not None else None


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = {name: str(row[name]) for name in ("text_clue", "hint", "note", "gold", "difficulty") if row.get(name)}
    if "hint" in row:
        tags["hint_names_country"] = "yes" if re.search(r"(^|;)country=", str(row["hint"])) else "no"
    return tags


def _find(folder: Path, name: str, path: Path) -> Path:
    """A photo of a dataset. Raises ConfigError for one that lies outside its folder: the dataset may be anybody's."""
    if "\0" in name or len(name) > LONGEST_NAME:
        raise ConfigError(f"{path}: {printable(name)[:100]!r} is no file name")
    inside = folder / "images" / name
    found = (inside if inside.exists() else folder / name).absolute()
    if Path(os.path.realpath(folder)) not in Path(os.path.realpath(found)).parents or "://" in name:
        raise ConfigError(f"{path}: {printable(name)[:200]!r} is not a file in {folder}; copy the photo there")
    return found


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ConfigError("reading Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    try:
        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows > MOST_ROWS:
                raise ConfigError(f"{path}: more than {MOST_ROWS:,} rows; split it")
            for number, row in enumerate(file.read().to_pylist(), 1):
                yield number, storable(row)
    except (OSError, ArrowException, UnicodeDecodeError, MemoryError) as error:
        why = printable(error)[:200]
        raise ConfigError(f"{path}: not Parquet that can be read ({why}); write it again") from error


def _unique(samples: list[Sample], path: Path) -> list[Sample]:
    seen = set[str]()
    for sample in samples:
        if sample.id in seen:
            raise ConfigError(f"{path}: the id {printable(sample.id)[:100]} occurs twice; give each row its own")
        seen.add(sample.id)
        if sample.point is None and sample.country is None:
            raise ConfigError(f"{path}: row {printable(sample.id)[:100]} has neither a point nor a country")
    return samples
