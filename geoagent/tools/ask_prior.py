"""Ask a prior where a view looks like it was taken."""

import threading
from collections.abc import Callable
from functools import cached_property

from geoagent.atlas import Atlas
from geoagent.case.evidence import Evidence
from geoagent.errors import ConfigError, ToolUnavailable
from geoagent.names import percent
from geoagent.priors.areas import Ground, Share, as_areas, ground_of, leading
from geoagent.priors.prior import GeoDistribution, Prior
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.core.views import ViewNumber, check_own, find_view, picture_of

NAME = "ask_prior"
KIND = "looks_like"
MAX_CALLS = 12


class OpenedOnce:
    """A prior that is opened, and whose places are found in the atlas, when it is first asked."""

    def __init__(self, opening: Callable[[], Prior]) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._ground: Ground | None = None

    @cached_property
    def _prior(self) -> Prior | ConfigError:
        try:
            return self._opening()
        except ConfigError as error:
            return error

    def prior(self) -> Prior:
        """The prior. Raises ToolUnavailable."""
        with self._lock:
            if isinstance(self._prior, ConfigError):
                raise ToolUnavailable(str(self._prior))
            return self._prior

    def ground(self, found: GeoDistribution, atlas: Atlas) -> Ground:
        """The areas of the places of a prior, which are always the same."""
        with self._lock:
            if self._ground is None:
                self._ground = ground_of(found.lat_deg, found.lon_deg, atlas)
            return self._ground


def prior_tool(opening: Callable[[], Prior]) -> Tool:
    """The tool that asks a prior, which is opened at its first call."""
    opened = OpenedOnce(opening)

    def ask_prior(context: ToolContext, view: ViewNumber = 1) -> ToolResult:
        """Ask a model that was trained on photos with positions where things like those in a view are found.

        Ask it of a crop with one telling thing, a house or a landscape: zoom first. All its answers are one opinion.
        """
        check_own(context, view)
        seen = find_view(context, view)
        atlas = context.belief.atlas
        try:
            prior = opened.prior()
            found = prior.locate([context.photos.render(picture_of(context, seen), seen)])
        except ConfigError as error:
            raise ToolUnavailable(str(error)) from error
        ground = opened.ground(found, atlas)
        shares = leading(found, 0, ground)
        evidence = Evidence(
            kind=KIND,
            witness=f"prior:{prior.name}",
            statement=f"view {view} looks to {prior.name} like {_written(shares['country'][:3], atlas)}",
            likelihood=as_areas(found, 0, ground),
            level="city",
            group=f"prior:{prior.name}",
        )
        lines = [f"{level}: {_written(found, atlas)}" for level, found in shares.items()]
        data = {
            level: {str(share.area): round(share.probability, 4) for share in found} for level, found in shares.items()
        }
        return ToolResult(text="\n".join(lines), data=data, evidence=(evidence,))

    return as_tool(ask_prior, max_calls=MAX_CALLS, seconds=120.0)


def _written(shares: list[Share], atlas: Atlas) -> str:
    return (
        "; ".join(f"{atlas.path(share.area)} {percent(share.probability)}" for share in shares)
        or "nothing that it knows"
    )
