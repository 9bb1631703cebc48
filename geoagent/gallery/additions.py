"""Adding photos or vectors to a gallery in batches; each batch is on the disk before it is reported, and names that the
gallery already holds are passed over.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from geoagent.errors import ConfigError
from geoagent.gallery.encoder import EmbeddedEncoder, find_encoder, hash_in
from geoagent.gallery.folder_encoder import FolderEncoder, is_model_folder
from geoagent.gallery.sources import Item, first_vector, photos, vectors
from geoagent.gallery.store import FolderGallery, open_or_make
from geoagent.vision.model_folders import remember

log = logging.getLogger(__name__)

PHOTOS_AT_ONCE, VECTORS_AT_ONCE = 16, 4096


def add(
    folder: Path, source: Path, encoder: str | None, acknowledge: Callable[[int], None], cache: Path | None = None,
    milvus: str = "",
) -> int:  # fmt: skip
    """Add a folder of photos or a file of vectors to the gallery in `folder`; returns how many entries were added.

    `cache` is where it is noted which indexes were made on this machine; `milvus` keeps the index instead. `encoder`
    names what makes the vectors, or made them, or is the folder of a published model; `acknowledge` hears the size of
    the gallery whenever more of it is on the disk. Raises ConfigError.
    """
    published = FolderEncoder(Path(encoder)) if encoder and is_model_folder(encoder) else None
    if published and cache:
        remember(cache, hash_in(published.name), published.folder)
    if source.is_dir():
        chosen = published or find_encoder(encoder or EmbeddedEncoder.name)
        gallery = open_or_make(folder, chosen.name, chosen.dimension, cache, milvus)
        with gallery.writing():
            items = photos(source, chosen, gallery.names().__contains__)
            return _keep(gallery, items, PHOTOS_AT_ONCE, acknowledge)
    if source.suffix not in (".parquet", ".tar") or not source.exists():
        raise ConfigError(f"{source}: neither a folder of photos nor a .parquet or .tar file of vectors")
    if not encoder:
        raise ConfigError("--encoder: name what made these vectors; only vectors of one encoder compare")
    first = first_vector(source)
    if first is None:
        raise ConfigError(f"{source}: holds no row with a position (lat, lon) and a vector (embedding)")
    name = published.name if published else encoder
    gallery = open_or_make(folder, name, len(first.vector), cache, milvus)
    with gallery.writing():
        items = vectors(source, gallery.names().__contains__)
        return _keep(gallery, _fitting(items, gallery.dimension), VECTORS_AT_ONCE, acknowledge)


def _fitting(items: Iterable[Item], dimension: int) -> Iterator[Item]:
    for item in items:
        if len(item.vector) == dimension:
            yield item
        else:
            log.warning(f"{item.entry.name}: left out: a vector of {len(item.vector)} numbers, not {dimension}")


def _keep(gallery: FolderGallery, items: Iterator[Item], at_once: int, acknowledge: Callable[[int], None]) -> int:
    before = len(gallery)
    known = gallery.names()
    while batch := list(islice(items, at_once)):
        fresh = {item.entry.name: item for item in batch if item.entry.name not in known}
        known |= set(fresh)
        if len(fresh) < len(batch):
            log.warning(f"{len(batch) - len(fresh)} entries left out: their names occur twice")
        if fresh:
            gallery.add([item.entry for item in fresh.values()], np.stack([item.vector for item in fresh.values()]))
            acknowledge(len(gallery))
    gallery.settle()
    return len(gallery) - before
