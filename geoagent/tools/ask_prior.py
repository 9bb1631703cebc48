"""The tool `ask_prior`: asks learned priors where things like those in a view are found."""

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from geoagent.atlas import Atlas
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.errors import ConfigError, ToolUnavailable
from geoagent.plain_text import percent, printable
from geoagent.priors.areas import AreaNumbers, Share, area_numbers, as_areas, leading
from geoagent.priors.decoding import Path, beam_search
from geoagent.priors.prior import GeoDistribution, Prior, checked_distribution, checked_prior
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.core.views import ViewNumber, check_own, find_view, picture_of

NAME = "ask_prior"
KIND = "looks_like"
MAX_CALLS = 12


class OpenedOnce:
    """A learned prior that is loaded only when it is first asked; `opening` loads it. Safe to share between threads."""

    def __init__(self, opening: Callable[[], Prior]) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._places: tuple[GeoDistribution, AreaNumbers] | None = None

    @cached_property
    def _prior(self) -> Prior | ConfigError:
        try:
            return checked_prior(self._opening())
        except ConfigError as error:
            return error

    def prior(self) -> Prior:
        """The learned prior, loaded at the first call. Raises ConfigError where it cannot be loaded, then and at every
        later call.
        """
        with self._lock:
            if isinstance(self._prior, ConfigError):
                raise ConfigError(str(self._prior))
            return self._prior

    def area_numbers(self, found: GeoDistribution, atlas: Atlas) -> AreaNumbers:
        """The country, division and city of each place in an answer of the prior (`found`).

        They are kept, and worked out again only where an answer has other places than the one before.
        """
        with self._lock:
            known = self._places
            if known is None or not _same_places(known[0], found):
                known = self._places = (found, area_numbers(found.lat_deg, found.lon_deg, atlas))
            return known[1]


def _same_places(one: GeoDistribution, other: GeoDistribution) -> bool:
    return np.array_equal(one.lat_deg, other.lat_deg) and np.array_equal(one.lon_deg, other.lon_deg)


class Said(NamedTuple):
    """What one learned prior says of a view.

    - `evidence` is its answer as evidence; `leading` are the areas that it finds most probable, by level.
    - `way` is the most probable path from country to region to cell, down to where it is to be believed.
    """

    name: str
    evidence: Evidence
    leading: dict[str, list[Share]]
    way: Path


def prior_tool(*openings: Callable[[], Prior], reliabilities: Reliabilities | None = None) -> Tool:
    """The tool `ask_prior` over learned priors; each of the functions `openings` loads one, and is first called when
    the tool is.
    """
    priors = [OpenedOnce(opening) for opening in openings]
    known = reliabilities or load_reliabilities()

    def ask_prior(context: ToolContext, view: ViewNumber = 1) -> ToolResult:
        """Ask a model that was trained on photos with positions where things like those in a view are found.

        Ask it of a crop with one telling thing, a house or a landscape: zoom first. All its answers are one opinion.
        """
        check_own(context, view)
        seen = find_view(context, view)
        image = context.photos.render(picture_of(context, seen), seen)
        said, faults = list[Said](), list[str]()
        for prior in priors:
            try:
                said.append(_ask(prior, image, view, context.belief.atlas, known))
            except ConfigError as error:
                faults.append(str(error))
        if not said:
            raise ToolUnavailable("; ".join(dict.fromkeys(faults)))
        return _result(said, faults, context.belief.atlas)

    return as_tool(ask_prior, max_calls=MAX_CALLS, seconds=120.0)


def _ask(opened: OpenedOnce, image: Image.Image, view: int, atlas: Atlas, known: Reliabilities) -> Said:
    """What one prior says of a picture. Raises ConfigError."""
    prior = opened.prior()
    try:
        found = checked_distribution(prior.locate([image]), prior.name, 1)
    except ConfigError:
        raise
    except Exception as error:  # it may be anybody's code: what it raises costs its answer, not those of the others
        raise ConfigError(f"prior {prior.name}: {type(error).__name__}: {printable(error)[:200]}") from error
    areas = opened.area_numbers(found, atlas)
    shares = dict(leading(found, 0, areas))
    if not areas.areas:
        raise ConfigError(f"prior {prior.name}: none of its places lies on land")
    evidence = Evidence(
        kind=KIND,
        witness=f"prior:{prior.name}",
        statement=f"view {view} looks to {prior.name} like {_written(shares['country'][:3], atlas)}",
        likelihood=as_areas(found, 0, areas),
        level="city",
        group=f"prior:{prior.name}",
    )
    way = beam_search(found, 0, areas)[0].until(lambda level: known.known(evidence.witness, KIND, level))
    return Said(prior.name, evidence, shares, way)


def _result(said: list[Said], faults: list[str], atlas: Atlas) -> ToolResult:
    """What priors say as a result of the tool: text by level, data by name, and which could not be asked."""
    lines, data = list[str](), dict[str, Any]()
    for name, _, shares, way in said:
        head = f"{name}, " if len(said) > 1 else ""
        lines += [f"{head}{level}: {_written(found, atlas)}" for level, found in shares.items()]
        lines.append(f"{head}as far down as it is to be believed: {_way(way, atlas)}")
        data[name] = {
            level: {str(share.area): round(share.probability, 4) for share in found} for level, found in shares.items()
        }
        data[name]["way"] = _way_data(way)
    lines += [f"not asked: {fault}" for fault in faults]
    return ToolResult(
        text="\n".join(lines), data={"priors": data, "unavailable": faults}, evidence=tuple(s.evidence for s in said)
    )


def _written(shares: list[Share], atlas: Atlas) -> str:
    return (
        "; ".join(f"{atlas.path(share.area)} {percent(share.probability)}" for share in shares)
        or "nothing that it knows"
    )


def _way(way: Path, atlas: Atlas) -> str:
    """A way down in words, with the probability that the prior gives to each level."""
    cell = f"round {way.cell.lat:.1f}, {way.cell.lon:.1f}" if way.cell else ""
    names = [str(atlas.path(area)) if area else "" for area in (way.country, way.division)] + [cell]
    told = zip(names, way.probability, strict=False)
    return ", then ".join(f"{name} {percent(p)}" for name, p in told if name)


def _way_data(way: Path) -> dict[str, Any]:
    return {
        "area": str(way.division or way.country),
        "cell": way.cell.model_dump() if way.cell else None,
        "probability": [round(p, 4) for p in way.probability],
    }
