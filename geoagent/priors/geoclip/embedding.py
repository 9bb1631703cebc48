"""A folder of photos as embeddings with positions: what `geoagent prior train locdiff --data` takes."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from geoagent.errors import ConfigError, ImageError
from geoagent.files.outputs import Form, Output, begins, replaced
from geoagent.gallery.sources import placed
from geoagent.geo import Point
from geoagent.photo import load_photo
from geoagent.priors.geoclip.model import GeoClip

log = logging.getLogger(__name__)


MARK = b"geoagent"
"""The key of what made it, in the metadata of the Parquet file."""


def embeddings_output(path: Path, inputs: Sequence[Path], force: bool = False) -> Output:
    """The Parquet file that is to be written; `inputs` are read on the way. Raises ConfigError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("writing Parquet needs `pip install 'geoagent-locate[eval]'`") from error

    def is_one(path: Path) -> bool:
        return begins(path, b"PAR1") and bool(pyarrow.parquet.read_schema(path).metadata[MARK] == b"embeddings")

    return Output(path, Form("file of embeddings", is_one), "--out", tuple(inputs), force)


def embed_folder(prior: GeoClip, folder: Path, output: Output, batch: int, device: str | None) -> int:
    """Write the photos of a folder whose positions are known as Parquet (name, lat, lon, embedding); returns how many.

    `output` is what `embeddings_output` gave. Raises ConfigError.
    """
    import pyarrow
    import pyarrow.parquet

    if not folder.is_dir():
        raise ConfigError(f"{folder}: not a folder of photos")
    rows: dict[str, list[object]] = {name: [] for name in ("name", "lat", "lon", "embedding")}
    photos = placed_photos(folder)
    while part := list(islice(photos, batch)):
        embeddings = prior.embed_photos([image for _, _, image in part], batch=batch, device=device).numpy()
        for (path, point, _), embedding in zip(part, embeddings, strict=True):
            values = (path.relative_to(folder).as_posix(), point.lat, point.lon, embedding.astype(np.float32))
            for name, value in zip(rows, values, strict=True):
                rows[name].append(value)
        log.info(f"{len(rows['name'])} embedded")
    if not rows["name"]:
        raise ConfigError(f"{folder}: no photo in it has a position in its file or in labels.csv")
    with replaced(output) as fresh:
        table = pyarrow.table(rows)
        pyarrow.parquet.write_table(table.replace_schema_metadata({MARK: b"embeddings"}), fresh)
    return len(rows["name"])


def placed_photos(folder: Path) -> Iterator[tuple[Path, Point, Image.Image]]:
    """The photos of a folder whose positions are known, by labels.csv or by their files."""
    for path, point in placed(folder, lambda name: False):
        try:
            yield path, point, load_photo(path).image
        except ImageError as error:
            log.warning(f"{error}; left out")
