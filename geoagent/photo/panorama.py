"""Panoramas: which photos are equirectangular, what part of the sphere they show, and where linked ones lead.

A photo is a panorama if its XMP packet says so (Google's Photo Sphere schema, GPano: projection, cropped area and
heading, nothing else of it is read), if it is twice as wide as high, or if the graph file beside it names it:

    {"nodes": {"a": {"file": "a.jpg", "heading_deg": 90, "links": [{"to": "b", "bearing_deg": 12}]}, …}}

`heading_deg` is the compass heading of the picture's middle. Whatever else stands there, such as positions, is
not read.
"""

import re
from pathlib import Path
from typing import Annotated

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoagent.case.views import Panorama
from geoagent.errors import ImageError

GRAPH_FILE = "panoramas.json"
MAX_GRAPH_BYTES = 20_000_000
MIN_WIDTH = 1000
"""A narrower picture that is twice as wide as high shows too little of each direction to look around in."""
_GPANO = r"GPano:{}\s*(?:=\s*[\"']|>)\s*([^\"'<]{{1,40}})"
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PanoramaLink(_Read):
    """A link from one panorama to another: `to` is the other's name in the graph, `bearing_deg` the compass heading in
    which it lies.
    """

    to: str
    bearing_deg: Degrees


class Node(_Read):
    """One panorama of a graph: the name of its file, the compass heading of its middle, and its links to others."""

    file: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^/\\]+$")]
    heading_deg: Degrees = 0.0
    links: Annotated[tuple[PanoramaLink, ...], Field(max_length=64)] = ()


class Graph(_Read):
    """The panoramas of a folder and the links between them, read from the folder's `panoramas.json`; `nodes` has them
    by name.
    """

    nodes: dict[str, Node]

    def of_file(self, name: str) -> Node | None:
        """The node whose panorama is the file called `name`; None where there is none."""
        return next((node for node in self.nodes.values() if node.file == name), None)


def read_panorama(path: Path, file: Image.Image) -> Panorama | None:
    """The part of the sphere that an equirectangular photo shows; None for an ordinary photo.

    `path` is where the opened `file` lies: a graph beside it (`read_graph`) may name it a panorama and give its
    heading. Raises ImageError where that graph cannot be read.
    """
    shown = _gpano(file)
    if shown is None and file.width >= MIN_WIDTH and abs(file.width - 2 * file.height) <= 2:
        shown = Panorama()
    graph = read_graph(path.parent)
    node = graph.of_file(path.name) if graph else None
    if node is None:
        return shown
    heading_deg = node.heading_deg % 360
    return (shown or Panorama()).model_copy(update={"heading_deg": heading_deg, "linked": bool(node.links)})


def read_graph(folder: Path) -> Graph | None:
    """The graph of the panoramas in a folder, from its `panoramas.json`; None where it has none.

    Raises ImageError where the file is too large, is no such graph, or has a link that leads to none of its nodes.
    """
    path = folder / GRAPH_FILE
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_GRAPH_BYTES:
            raise ImageError(f"{path}: a graph of more than {MAX_GRAPH_BYTES // 1_000_000} MB; split the folder")
        graph = Graph.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ImageError(f"{path}: not a graph of panoramas: {where}: {first['msg'].lower()}") from error
    lost = [link.to for node in graph.nodes.values() for link in node.links if link.to not in graph.nodes]
    if lost:
        raise ImageError(f"{path}: a link leads to {lost[0][:80]!r}, which is none of its nodes")
    return graph


def _gpano(file: Image.Image) -> Panorama | None:
    packet = file.info.get("xmp") or file.info.get("XML:com.adobe.xmp") or ""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    told = {name: match[1].strip() for name in _NAMES if (match := re.search(_GPANO.format(name), text))}
    if told.get("ProjectionType", "").lower() != "equirectangular":
        return None
    try:
        numbers = {name: float(value) for name, value in told.items() if name != "ProjectionType"}
        return _cropped(numbers)
    except (ValueError, ZeroDivisionError, KeyError):  # numbers that are none, or fit no sphere
        return Panorama(heading_deg=None) if abs(file.width - 2 * file.height) <= 2 else None


_NAMES = (
    "ProjectionType", "PoseHeadingDegrees", "FullPanoWidthPixels", "FullPanoHeightPixels", "CroppedAreaLeftPixels",
    "CroppedAreaTopPixels", "CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels",
)  # fmt: skip


def _cropped(told: dict[str, float]) -> Panorama:
    pose = told.get("PoseHeadingDegrees")
    if "FullPanoWidthPixels" not in told:
        return Panorama(heading_deg=None if pose is None else pose % 360)
    whole_width, whole_height = told["FullPanoWidthPixels"], told["FullPanoHeightPixels"]
    left, top = told["CroppedAreaLeftPixels"], told["CroppedAreaTopPixels"]
    width, height = told["CroppedAreaImageWidthPixels"], told["CroppedAreaImageHeightPixels"]
    aside_deg = ((left + width / 2) / whole_width - 0.5) * 360
    panorama = Panorama(
        width_deg=min(360.0, width / whole_width * 360),
        top_deg=90 - top / whole_height * 180,
        bottom_deg=max(-90.0, 90 - (top + height) / whole_height * 180),
        heading_deg=None if pose is None else (pose + aside_deg) % 360,
    )
    if panorama.top_deg <= panorama.bottom_deg:
        raise ValueError("no height")
    return panorama
