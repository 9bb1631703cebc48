"""The tools that need something of the user's own: a gallery, elevation tiles, a map extract, a guidebook, priors."""

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
    """The tools for what the user has set up in the settings: `search_gallery` for a gallery, `elevation` and `skyline`
    for a folder of elevation tiles, `consult_guide` for a guidebook, `map_combination` for a map extract, `ask_prior`
    for learned priors.

    The caller may bring more `priors`, and `encoders` for the gallery's vectors; `reliabilities` tell how far priors
    are to be believed. A prior that the settings name is loaded when it is first asked. Raises ConfigError for a folder
    or file that does not hold what it should, and for a prior that does not exist.
    """
    found = []
    if settings.gallery is not None:
        from geoagent.gallery.encoder import find_encoder
        from geoagent.gallery.store import open_gallery
        from geoagent.tools.search_gallery import gallery_tool

        gallery = open_gallery(settings.gallery, settings.cache, settings.milvus)
        encoder = find_encoder(gallery.encoder, encoders, gallery.encoder_folder)
        found.append(gallery_tool(gallery, encoder))
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
