"""The index of a gallery's vectors in Milvus, in place of the file in its folder; it can be made again from the record.

Milvus names candidates by number; which of them are most alike is told by the gallery's own vectors, as with the file.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from geoagent.errors import ConfigError, ToolUnavailable
from geoagent.gallery.append_log import Halves
from geoagent.gallery.encoder import Vector
from geoagent.gallery.index import CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH, OVERSAMPLED, Numbers
from geoagent.plain_text import printable

AT_ONCE = 2000
ANSWERED_S = 30.0


class MilvusIndex:
    """A collection of the vectors of one gallery, by number; `name` tells one gallery from another.

    Raises ConfigError where pymilvus is missing, and ToolUnavailable for whatever the server fails at.
    """

    def __init__(self, address: str, name: str, dimension: int, entries: int) -> None:
        self._name = f"geoagent_{name}"
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise ConfigError("milvus needs more: pip install 'geoagent-locate[milvus]'") from error
        uri, token = _with_token(address)
        self._client = self._asked(lambda: MilvusClient(uri=uri, token=token, timeout=ANSWERED_S))
        self._asked(lambda: self._open(dimension, entries))

    def _open(self, dimension: int, entries: int) -> None:
        client, name = self._client, self._name
        if client.has_collection(name):
            self._count = int(client.query(name, filter="", output_fields=["count(*)"])[0]["count(*)"])
            if self._count <= entries:
                return
            client.drop_collection(name)  # of a record that has lost its end
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False)
        schema.add_field("number", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        indexes = client.prepare_index_params()
        built = {"M": CONNECTIVITY, "efConstruction": EXPANSION_ADD}
        indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=built)
        client.create_collection(name, schema=schema, index_params=indexes, consistency_level="Strong")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, blocks: list[Halves]) -> None:
        """Add those vectors of the gallery that the collection does not hold yet; twice does no harm."""
        start = 0
        for block in blocks:
            for at in range(max(0, self._count - start), len(block), AT_ONCE):
                part = block[at : at + AT_ONCE].astype(np.float32)
                rows = [{"number": start + at + n, "vector": vector} for n, vector in enumerate(part)]
                self._asked(lambda rows=rows: self._client.upsert(self._name, rows))
                self._count = start + at + len(part)
            start += len(block)

    def candidates(self, vector: Vector, k: int) -> Numbers:
        """The numbers of about `k` of the vectors most like the given one."""
        reach = {"params": {"ef": max(EXPANSION_SEARCH, k * OVERSAMPLED)}}
        (hits,) = self._asked(
            lambda: self._client.search(
                self._name, data=[vector.astype(np.float32)], limit=k * OVERSAMPLED, search_params=reach,
                output_fields=["number"],
            )
        )  # fmt: skip
        numbers = np.array([hit["number"] for hit in hits], np.int64)
        return numbers[numbers < self._count]

    def _asked(self, ask: Any) -> Any:
        from pymilvus.exceptions import MilvusException

        try:
            return ask()
        except (MilvusException, OSError, ValueError) as error:
            told = printable(" ".join(str(error).split()))[:200]
            raise ToolUnavailable(f"milvus does not answer as it should ({told})") from error


def _with_token(address: str) -> tuple[str, str]:
    """An address without user and password, and these two; a path of a file of milvus-lite stays as it is."""
    parts = urlsplit(address)
    if not parts.username:
        return address, ""
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl(), f"{unquote(parts.username)}:{unquote(parts.password or '')}"
