"""The tools `look` and `move`: turn round inside a panorama, and go on to the next one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from geoagent.case.views import Look, Panorama, PhotoRef, View
from geoagent.errors import ImageError, ToolInputError, ToolUnavailable
from geoagent.photo.panorama import Graph, Node, read_graph
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import ViewNumber, derived, find_single, panorama_of, picture_of

WIDTH_PX, HEIGHT_PX = 1280, 960
AHEAD_DEG = 45.0
"""A link that leads further aside is not where one wanted to go."""
FIRST_FOV_DEG = 90.0
Heading = Annotated[
    float, Field(ge=-360, le=360, description="degrees clockwise from north, or from the middle of the panorama")
]


def has_panorama(refs: Sequence[PhotoRef]) -> bool:
    """Whether any of the photos is a panorama in which one can look around."""
    return any(ref.panorama for ref in refs)


def has_linked_panorama(refs: Sequence[PhotoRef]) -> bool:
    """Whether any of the photos is a panorama from which links lead to other panoramas, so that `move` can be used."""
    return any(ref.panorama and ref.panorama.linked for ref in refs)


def look(
    context: ToolContext,
    view: ViewNumber,
    heading: Heading,
    pitch: Annotated[float, Field(ge=-90, le=90, description="degrees above the horizon")] = 0.0,
    fov: Annotated[float, Field(ge=5, le=120, description="degrees from left to right; small magnifies")] = 90.0,
) -> ToolResult:
    """Look in a direction inside a panorama, without its distortion.

    What is seen becomes a new view, shown to you next.
    """
    old = find_single(context, view)
    panorama = panorama_of(context, old)
    _check_shown(panorama, heading, pitch)
    seeing = Look(heading_deg=heading % 360, pitch_deg=pitch, fov_deg=fov, width=WIDTH_PX, height=HEIGHT_PX)
    new = derived(context, old, seeing, anew=True)
    text = f"view {new.number}: heading {heading % 360:.0f}°, pitch {pitch:.0f}°, {fov:.0f}° wide, shown next"
    if panorama.heading_deg is None:
        text += " (headings count from the middle of the panorama: its compass heading is not known)"
    node = _node(picture_of(context, old))
    return ToolResult(text=text + _ways(node), data={"view": new.number}, views=(new,))


def move(context: ToolContext, view: ViewNumber, heading: Heading) -> ToolResult:
    """Go from a panorama to the linked one that lies towards a heading, and look on in that direction as a new view."""
    old = find_single(context, view)
    panorama_of(context, old)
    ref = picture_of(context, old)
    node, graph = _node(ref), _graph(ref)
    if node is None or graph is None or not node.links:
        raise ToolInputError("no other panorama is linked to this one; use look to turn round")
    link = min(node.links, key=lambda link: _apart_deg(link.bearing_deg, heading))
    if _apart_deg(link.bearing_deg, heading) > AHEAD_DEG:
        raise ToolInputError(f"there is no way towards {heading % 360:.0f}°{_ways(node)}")
    there = graph.nodes[link.to]
    target = _loaded(context, Path(ref.path).parent / there.file)
    seeing = Look(
        heading_deg=link.bearing_deg % 360, pitch_deg=0, fov_deg=FIRST_FOV_DEG, width=WIDTH_PX, height=HEIGHT_PX
    )
    known = next((r for r in context.refs if r.id == target.id), None)
    base = View(number=old.number, photo=old.photo, width=target.width, height=target.height, of=target)
    if known is not None:
        base = base.model_copy(update={"photo": context.refs.index(known), "of": None})
    new = derived(context, base, seeing, anew=True)
    text = f"view {new.number}: moved towards {link.bearing_deg % 360:.0f}°, looking on, shown next{_ways(there)}"
    return ToolResult(text=text, data={"view": new.number}, views=(new,))


def _check_shown(panorama: Panorama, heading: float, pitch: float) -> None:
    """Raise ToolInputError for a direction that the panorama does not show."""
    middle = panorama.heading_deg or 0.0
    if _apart_deg(middle, heading) > panorama.width_deg / 2:
        left, right = (middle + side * panorama.width_deg / 2 for side in (-1, 1))
        raise ToolInputError(f"the panorama shows headings from {left % 360:.0f}° to {right % 360:.0f}° only")
    if not panorama.bottom_deg <= pitch <= panorama.top_deg:
        raise ToolInputError(
            f"the panorama shows pitches from {panorama.bottom_deg:.0f}° to {panorama.top_deg:.0f}° only"
        )


def _apart_deg(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _graph(ref: PhotoRef) -> Graph | None:
    """The graph of a panorama's folder. Raises ToolUnavailable, without the folder's name, which may tell the place."""
    try:
        return read_graph(Path(ref.path).parent)
    except ImageError as error:
        raise ToolUnavailable("the graph of the panoramas can no longer be read; use look to turn round") from error


def _node(ref: PhotoRef) -> Node | None:
    if not (ref.panorama and ref.panorama.linked):
        return None
    graph = _graph(ref)
    return graph.of_file(Path(ref.path).name) if graph else None


def _ways(node: Node | None) -> str:
    """Where one can go from a panorama, by heading alone."""
    if node is None or not node.links:
        return ""
    return "; ways lead towards " + ", ".join(f"{link.bearing_deg % 360:.0f}°" for link in node.links)


def _loaded(context: ToolContext, path: Path) -> PhotoRef:
    """A linked panorama. Raises ToolUnavailable, without the file's name, which may tell where it is."""
    try:
        return context.photos.load(str(path)).ref
    except ImageError as error:
        raise ToolUnavailable("the panorama there cannot be read; go another way") from error
