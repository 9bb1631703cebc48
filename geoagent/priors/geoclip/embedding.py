"""A folder of photos as embeddings with positions: what `geoagent prior train locdiff --data` takes."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from geoagent.errors import ConfigError, ImageError
from geoagent.gallery.sources import placed
from geoagent.geo import Point
from geoagent.photo import load_photo
from geoagent.priors.geoclip.model import GeoClip

Tell = Callable[[str], None]


def embed_folder(prior: GeoClip, folder: Path, out: Path, batch: int, device: str | None, tell: Tell) -> int:
    """Write the photos of a folder whose positions are known as Parquet (name, lat, lon, embedding); returns how many.

    Raises ConfigError.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("writing Parquet needs `pip install 'geoagent-locate[eval]'`") from error
    if not folder.is_dir():
        raise ConfigError(f"{folder}: not a folder of photos")
    rows: dict[str, list[object]] = {name: [] for name in ("name", "lat", "lon", "embedding")}
    photos = _photos(folder, tell)
    while part := list(islice(photos, batch)):
        embeddings = prior.embed_photos([image for _, _, image in part], batch=batch, device=device).numpy()
        for (path, point, _), embedding in zip(part, embeddings, strict=True):
            values = (path.relative_to(folder).as_posix(), point.lat, point.lon, embedding.astype(np.float32))
            for name, value in zip(rows, values, strict=True):
                rows[name].append(value)
        tell(f"{len(rows['name'])} embedded")
    if not rows["name"]:
        raise ConfigError(f"{folder}: no photo in it has a position in its file or in labels.csv")
    try:
        pyarrow.parquet.write_table(pyarrow.table(rows), out)
    except OSError as error:
        raise ConfigError(f"{out}: {error}") from error
    return len(rows["name"])


def _photos(folder: Path, tell: Tell) -> Iterator[tuple[Path, Point, Image.Image]]:
    for path, point in placed(folder, lambda name: False, tell):
        try:
            yield path, point, load_photo(path).image
        except ImageError as error:
            tell(f"{error}; left out")
