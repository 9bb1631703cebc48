"""The tools that need something of the user's: a gallery, elevation tiles, an extract of a map, a guidebook, priors."""

from collections.abc import Sequence
from functools import partial

from geoagent.belief.reliability import Reliabilities
from geoagent.gallery.encoder import Encoder
from geoagent.priors.prior import Prior
from geoagent.settings import Settings
from geoagent.tools.core.tool import Tool


def tools_set_up(
    settings: Settings, reliabilities: Reliabilities, priors: Sequence[Prior] = (), encoders: Sequence[Encoder] = ()
) -> list[Tool]:
    """The tools for which the settings name a folder or a model, or the caller brings one in `priors` or `encoders`.

    A prior that the settings name is opened, and found missing, when it is first asked. Raises ConfigError for a folder
    that does not hold what it should, and for a prior that does not exist.
    """
    found = []
    if settings.gallery is not None:
        from geoagent.gallery.encoder import find_encoder
        from geoagent.gallery.store import open_gallery
        from geoagent.tools.search_gallery import gallery_tool

        gallery = open_gallery(settings.gallery, settings.cache, settings.milvus)
        found.append(gallery_tool(gallery, find_encoder(gallery.encoder, encoders)))
    if settings.elevation is not None:
        from geoagent.tools.elevation_tiles import elevation_tool
        from geoagent.tools.skyline import skyline_tool

        found += [elevation_tool(settings.elevation), skyline_tool(settings.elevation)]
    if settings.guide is not None:
        from geoagent.tools.guide import guide_tool

        found.append(guide_tool(settings.guide))
    if settings.extract is not None:
        from geoagent.tools.map_combination import combination_tool

        found.append(combination_tool(settings.extract, settings.cache))
    if settings.prior or priors:
        found.append(_prior(settings, reliabilities, priors))
    return found


def _prior(settings: Settings, reliabilities: Reliabilities, priors: Sequence[Prior]) -> Tool:
    from geoagent.priors.loader import opening
    from geoagent.tools.ask_prior import prior_tool

    weights, precision = settings.prior_weights, settings.prior_precision
    named = [opening(name, settings.cache, weights, precision) for name in settings.prior]
    return prior_tool(*named, *(partial(_itself, prior) for prior in priors), reliabilities=reliabilities)


def _itself(prior: Prior) -> Prior:
    return prior
