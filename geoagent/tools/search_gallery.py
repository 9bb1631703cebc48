"""The tool `search_gallery`: finds those of the user's own photos, whose places are known, that look like a view."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from geoagent.atlas import Atlas
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.views import View
from geoagent.errors import ImageError, ToolUnavailable
from geoagent.gallery.encoder import Encoder
from geoagent.gallery.entries import Gallery, Hit
from geoagent.gallery.recheck import Rechecked, best_cell, recheck
from geoagent.gallery.trust import likelihood, written
from geoagent.geo import distance_km
from geoagent.photo.hashing import is_same, picture_hash
from geoagent.photo.match_worth import chance_of_same
from geoagent.photo.matching import find_features
from geoagent.tools.core.picture_match import chances_of_match, spot_of_match
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.core.views import ViewNumber, check_own, find_view, observation_of

WITNESS = "tool:search_gallery"
MOST_ALIKE = 64
SHOWN, UNLIKE = 5, 3
APART_KM = 25.0
"""Hits nearer to each other are shown as one place."""
SAME_PICTURE = {0.1: 0.9, 25.0: 0.93, 200.0: 0.95}
"""By radius in km, the chance that the same picture was taken so near to where its entry says; set by judgement."""
SURE = 0.5
"""From this chance of the narrowest radius on a hit is a spot of its own."""
Chances = Mapping[float, float]


class Search(NamedTuple):
    """What a search of a gallery for a view has found, with one hit for each place; entries that the run may not use
    are left out.

    - `like` are the entries most like the view, `unlike` entries least like it. Copies of its picture come first in
      `like`, else the first of `agreeing`.
    - `same` says whether any entry is the very same picture.
    - `compared` is how many entries were compared with the view feature by feature; `agreeing` are those of them that
      show the same thing and lie in one cell of some 50 m.
    """

    like: list[Hit]
    unlike: list[Hit]
    same: bool
    compared: int = 0
    agreeing: tuple[Rechecked, ...] = ()


def gallery_tool(gallery: Gallery, encoder: Encoder) -> Tool:
    """The tool `search_gallery` over one gallery; `encoder` must be the one that made the gallery's vectors."""

    def search_gallery(context: ToolContext, view: ViewNumber = 1) -> ToolResult:
        """Search the user's gallery of photos with known places for those most like a view, and those least like it.

        Similarity is a cosine: 1 is the same picture. What is alike need not be near; compare with the unlike ones.
        """
        if not len(gallery):
            raise ToolUnavailable("the gallery is empty")
        check_own(context, view)
        return _result(context, find_view(context, view), gallery, encoder)

    return as_tool(search_gallery, max_calls=6)


def _result(context: ToolContext, view: View, gallery: Gallery, encoder: Encoder) -> ToolResult:
    found = _search(context, view, gallery, encoder)
    atlas = context.belief.atlas
    chances = _chances(found, gallery)
    lines = ["most like it: " + ("; ".join(_told(hit, atlas) for hit in found.like) or "nothing that may be used")]
    lines += ["deliberately unlike: " + "; ".join(_told(hit, atlas) for hit in found.unlike)] if found.unlike else []
    lines.append(_worth(chances, found))
    seen = observation_of(context, view.photo)
    evidence = _evidence(found, view, f"gallery:{seen}", chances, atlas) if chances else None
    data = {
        "encoder": gallery.encoder,
        "entries": len(gallery),
        "compared": found.compared,
        "agreeing": [{**_row(one.hit), "inliers": one.inliers} for one in found.agreeing],
        "like": [_row(hit) for hit in found.like],
        "unlike": [_row(hit) for hit in found.unlike],
        "chances": {f"{radius:g} km": round(chance, 4) for radius, chance in (chances or {}).items()},
    }
    return ToolResult(
        text=f"of {len(gallery)} photos with known places, " + ". ".join(lines),
        data=data,
        evidence=(evidence,) if evidence else (),
        spots=_cases(found.like[0], evidence, chances) if evidence and chances else (),
    )


def _search(context: ToolContext, view: View, gallery: Gallery, encoder: Encoder) -> Search:
    image = context.photos.render(context.refs[view.photo], view)
    own, vector = picture_hash(image), encoder.encode(image)

    like, away = gallery.nearest(vector, MOST_ALIKE), gallery.nearest(-vector, MOST_ALIKE)
    found = {hit.number: hit.entry for hit in like + away}
    usable = {n for n, entry in found.items() if not context.wire.is_shortcut(f"gallery: {entry.name}", entry.picture)}
    like = [hit for hit in like if hit.number in usable]
    away = [hit._replace(similarity=-hit.similarity) for hit in away if hit.number in usable]
    copies = [hit for hit in like if hit.entry.picture is not None and is_same(hit.entry.picture, own)]
    checked = [] if copies else _rechecked(image, like)
    agreeing = best_cell(checked)
    first = copies or [one.hit for one in agreeing]
    like = _places(first + [hit for hit in like if hit not in first], SHOWN)
    unlike = [hit for hit in _places(like + away, SHOWN + UNLIKE) if hit not in like]
    return Search(like, unlike[:UNLIKE], bool(copies), len(checked), tuple(agreeing))


def _rechecked(image: Image.Image, hits: list[Hit]) -> list[Rechecked]:
    """The first hits compared with the view feature by feature; none where the view shows too few features."""
    try:
        return recheck(find_features(image), hits)
    except ImageError:
        return []


def _places(hits: list[Hit], most: int) -> list[Hit]:
    """The first hit of each place."""
    found = list[Hit]()
    for hit in hits:
        if len(found) < most and all(distance_km(hit.entry.point, f.entry.point) > APART_KM for f in found):
            found.append(hit)
    return found


def _chances(found: Search, gallery: Gallery) -> Chances | None:
    """By radius in km the chance that the first hit was taken so near; None where nothing is known of that."""
    if not found.like:
        return None
    if found.same:
        return SAME_PICTURE
    if found.agreeing:
        return chances_of_match(chance_of_same(found.agreeing[0].inliers, found.compared))
    return gallery.trust.chances(found.like[0].similarity) if gallery.trust else None


def _told(hit: Hit, atlas: Atlas) -> str:
    """A hit by place; names of files are not for a model to read."""
    place = atlas.at(hit.entry.point).place
    return f"{place} ({hit.entry.point.lat:.4f}, {hit.entry.point.lon:.4f}), similarity {hit.similarity:.2f}"


def _row(hit: Hit) -> dict[str, object]:
    point = hit.entry.point
    name = Path(hit.entry.name).name  # where it lies on this machine is nobody else's
    return {
        "name": name,
        "lat": point.lat,
        "lon": point.lon,
        "similarity": round(hit.similarity, 4),
    }


def _worth(chances: Chances | None, found: Search) -> str:
    if chances is None:
        return "what such a likeness is worth is not known for this gallery; it counts for nothing"
    what = "so alike"
    if found.same:
        what = "the same picture"
    elif found.agreeing:
        what = f"of the same thing, by {_fitting(found)}"
    return f"the first is {what}: {written(chances)} of where this was taken"


def _fitting(found: Search) -> str:
    beside = f", and {len(found.agreeing) - 1} more within 50 m agree" if len(found.agreeing) > 1 else ""
    return f"{found.agreeing[0].inliers} details that fit one move of the camera{beside}"


def _evidence(found: Search, view: View, group: str, chances: Chances, atlas: Atlas) -> Evidence:
    first = found.like[0]
    kind, what = "gallery_hit", f"looks like (similarity {first.similarity:.2f})"
    if found.same:
        kind, what = "same_picture", "shows the same picture as"
    elif found.agreeing:
        kind, what = "gallery_match", f"shows the same thing, by {_fitting(found)}, as"
    return Evidence(
        kind=kind,
        witness=WITNESS,
        statement=f"view {view.number} {what} a photo of the gallery taken in {atlas.at(first.entry.point).place}: "
        f"{written(chances)} of it",
        likelihood=likelihood(first.entry.point.lat, first.entry.point.lon, chances),
        level="point",
        group=group,
    )


def _cases(first: Hit, evidence: Evidence, chances: Chances) -> tuple[Spot, ...]:
    radius_km, chance = next(iter(chances.items()))
    if chance < SURE:
        return ()
    return (spot_of_match(first.entry.point, radius_km, evidence),)
