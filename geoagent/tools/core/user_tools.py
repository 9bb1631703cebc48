"""The tools that need something of the user's: a gallery, elevation tiles, the weights of a prior."""

from geoagent.settings import Settings
from geoagent.tools.core.tool import Tool


def tools_set_up(settings: Settings) -> list[Tool]:
    """The tools whose folder or model the settings name.

    A prior is opened, and found missing, when it is first asked. Raises ConfigError for a folder that does not hold
    what it should.
    """
    found = []
    if settings.gallery is not None:
        from geoagent.gallery.encoder import find_encoder
        from geoagent.gallery.store import open_gallery
        from geoagent.tools.search_gallery import gallery_tool

        gallery = open_gallery(settings.gallery, settings.cache)
        found.append(gallery_tool(gallery, find_encoder(gallery.encoder)))
    if settings.elevation is not None:
        from geoagent.tools.elevation_tiles import elevation_tool

        found.append(elevation_tool(settings.elevation))
    if settings.prior is not None:
        found.append(_prior(settings))
    return found


def _prior(settings: Settings) -> Tool:
    from geoagent.priors.loader import open_prior
    from geoagent.tools.ask_prior import prior_tool

    name, cache, precision = settings.prior, settings.cache, settings.prior_precision
    assert name is not None
    return prior_tool(lambda: open_prior(name, cache, settings.prior_weights, precision))
