"""The atlas: a table of every populated place of the Earth and of points on the land between, each with its country and
division, and with look-up by name and by point.
"""

from geoagent.atlas.atlas import CITY_REACH_KM, Atlas, Mask, Named, Nearby, Rows, open_atlas

__all__ = ["CITY_REACH_KM", "Atlas", "Mask", "Named", "Nearby", "Rows", "open_atlas"]
