"""Reads the benchmark GeoBrowse: one JSON object for each question, with photos, and the true place in words."""

from pathlib import Path
from typing import Any

from geoagent.eval.datasets.point_tables import tell_left_out
from geoagent.files.foreign_tables import json_rows
from geoagent.runs.column_names import plain_row
from geoagent.runs.samples import Sample, load_samples, samples_of


def read_geobrowse(path: Path) -> list[Sample]:
    """The samples of a file of GeoBrowse, level 1 or 2, their photos in "images" beside the file.

    A file labels.csv of one's own is read with its folder, as any dataset is, but questions without a photo are left
    out. Raises ConfigError where nothing can be read.
    """
    if path.name == "labels.csv":
        return [sample for sample in load_samples(path.parent) if sample.images]
    lost = list[str]()
    rows = [(line, _row(plain_row(row))) for line, row in json_rows(path, lost)]
    tell_left_out(path, lost, bool(rows))
    return samples_of(rows, path.parent, path, places=(path.parent / "images",), is_placed=False)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    photos = row.get("images") or row.get("image") or []
    solutions = [row[name] for name in ("image_solution", "text_solution") if row.get(name)]
    told = {"answer": row["gold_text_answer"]} if row.get("gold_text_answer") else {}
    return {
        "id": row.get("question_id"),
        "question": row.get("prompt") or "",
        "images": [Path(str(name)).name for name in (photos if isinstance(photos, list) else [photos])],
        "gold": str(row.get("gold_image_answer") or ""),
        "references": [str(text) for text in solutions],
        "source": str(row.get("source") or row.get("image_source") or ""),
        "licence": "MIT",
        **told,
    }
