"""Reads the benchmark EarthWhere: WhereCountry (which of four countries?) and WhereStreet (which street or place?)."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.foreign_tables import records
from geoagent.runs.column_names import plain_row, read_pair
from geoagent.runs.samples import Sample, samples_of

POINT = "latitude & longitude"
"""The target of those whose answer is a point."""


def read_wherecountry(path: Path) -> list[Sample]:
    """The samples of WhereCountry from its table.

    The question names the four countries to choose from, in alphabetical order. The photos lie beside the table or in
    its "imgs". Raises ConfigError where the table cannot be read.
    """
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        nation = str(row.get("nation", ""))
        options = sorted({nation, *texts(row.get("options"), f"{path}, line {line}")})
        rows.append(
            (line, {
                "id": row.get("pano_id"), "images": [f"{row.get('pano_id')}_panoramic.jpg"], "country": nation,
                "question": f"Which of these countries is it: {', '.join(options)}?", "source": "EarthWhere",
            })
        )  # fmt: skip
    return _with_photos(rows, path)


def read_wherestreet(path: Path) -> list[Sample]:
    """The samples of WhereStreet from its table, each with its hint as the question and its clues as `references`.

    The true place in words is the tag "gold"; a sample whose answer is to be a point has that too. Raises ConfigError
    where the table cannot be read.
    """
    rows = []
    for line, raw in records(path):
        row = plain_row(raw)
        where = f"{path}, line {line}"
        target, answer = str(row.get("answer_type", "")).strip(), str(row.get("answer", "")).strip()
        found: dict[str, Any] = {
            "id": row.get("bvid"), "images": [f"{row.get('bvid')}.jpg"], "gold": answer, "target": target,
            "question": " ".join(texts(row.get("hint"), where)), "references": texts(row.get("key_clues"), where),
            "source": "EarthWhere",
        }  # fmt: skip
        pair = read_pair(answer) if target == POINT else None
        rows.append((line, found | ({"lat": pair[0], "lon": pair[1]} if pair else {})))
    return _with_photos(rows, path)


def _with_photos(rows: list[tuple[int, dict[str, Any]]], path: Path) -> list[Sample]:
    return samples_of(rows, path.parent, path, places=(path.parent / "imgs",), is_placed=False)


def texts(value: Any, where: str) -> list[str]:
    """The texts in a table's cell: a list, a list as Python or JSON writes it, or one plain text; [] for an empty cell.

    `where` says in complaints which cell it is. Raises ConfigError for a cell that begins as a list and is none.
    """
    if isinstance(value, list):
        return [str(item) for item in value]
    text = str(value or "").strip()
    if not text.startswith("["):
        return [text] if text else []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        found = re.findall(r"'([^']*)'|\"([^\"]*)\"", text)
        if not found:
            raise ConfigError(f"{where}: not a list of texts", "correct it") from error
        return [one or other for one, other in found]
    return [str(item) for item in found]


def clue_weights(rows: Mapping[str, Any], path: Path) -> dict[str, list[float]]:
    """The published weights of each place's clues, by the place's id, from the JSON data of `path`.

    Raises ConfigError for weights that are no list of numbers, are negative, or are all 0.
    """
    found = {}
    for name, weights in rows.items():
        is_list = isinstance(weights, list) and all(isinstance(w, int | float) and w >= 0 for w in weights)
        if not is_list or not sum(weights) > 0:
            raise ConfigError(f"{path}: the weights of {name} are no list of numbers of at least 0, not all 0")
        found[name] = [float(weight) for weight in weights]
    return found
