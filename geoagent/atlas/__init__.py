"""The atlas: every populated place, its region and country, and the land between."""

from geoagent.atlas.atlas import CITY_REACH_KM, Atlas, Mask, Named, Nearby, Rows, open_atlas

__all__ = ["CITY_REACH_KM", "Atlas", "Mask", "Named", "Nearby", "Rows", "open_atlas"]
