"""The tools that a reasoner can call, one in each file; the services that they ask are in `geoagent.web`."""

from geoagent.tools.address_at import address_at
from geoagent.tools.adjust import adjust
from geoagent.tools.check_claim import check_claim
from geoagent.tools.colours import colours
from geoagent.tools.compare_candidates import compare_candidates
from geoagent.tools.compare_views import compare_views
from geoagent.tools.core.call import call_tool
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool, schema
from geoagent.tools.find_address import find_address
from geoagent.tools.look import has_linked_panorama, has_panorama, look, move
from geoagent.tools.lookup_encyclopedia import lookup_encyclopedia
from geoagent.tools.lookup_place import lookup_place
from geoagent.tools.map_combination import map_combination
from geoagent.tools.map_features import map_features
from geoagent.tools.match_pictures import has_several, match_pictures
from geoagent.tools.measure import measure
from geoagent.tools.observe import observe
from geoagent.tools.read_page import read_page
from geoagent.tools.read_text import read_text
from geoagent.tools.rectify import rectify
from geoagent.tools.reverse_image_search import SERVICES as REVERSE_IMAGE_SERVICES
from geoagent.tools.reverse_image_search import reverse_image_search
from geoagent.tools.search_images import ENGINES as IMAGE_ENGINES
from geoagent.tools.search_images import search_images
from geoagent.tools.search_web import ENGINES as WEB_ENGINES
from geoagent.tools.search_web import search_web
from geoagent.tools.show_map import show_map
from geoagent.tools.show_picture import show_picture
from geoagent.tools.street_pictures import street_pictures
from geoagent.tools.sun import sun
from geoagent.tools.surroundings import elevation, weather_on
from geoagent.tools.whats_at import whats_at
from geoagent.tools.zoom import zoom
from geoagent.tools.zoom_map import zoom_map
from geoagent.web.services.mapillary import MAPILLARY
from geoagent.web.services.open_elevation import OPEN_ELEVATION
from geoagent.web.services.open_meteo import OPEN_METEO
from geoagent.web.services.overpass import OVERPASS
from geoagent.web.services.street_maps import POINT_PROVIDERS, PROVIDERS
from geoagent.web.services.tiles import MAP_TILES, SATELLITE_TILES
from geoagent.web.services.web_page import WEB_PAGE
from geoagent.web.services.web_picture import WEB_PICTURE
from geoagent.web.services.wikidata import WIKIDATA
from geoagent.web.services.wikipedia import WIKIPEDIA

READ_ONE = {"read_page": "read_page reads one of these pages."}

TOOLS: dict[str, Tool] = {
    "zoom": as_tool(zoom),
    "adjust": as_tool(adjust),
    "rectify": as_tool(rectify),
    "measure": as_tool(measure),
    "colours": as_tool(colours),
    "compare_views": as_tool(compare_views),
    "match_pictures": as_tool(match_pictures, max_calls=12, fits=has_several),
    "look": as_tool(look, fits=has_panorama),
    "move": as_tool(move, fits=has_linked_panorama),
    "read_text": as_tool(read_text),
    "lookup_place": as_tool(lookup_place),
    "whats_at": as_tool(whats_at),
    "observe": as_tool(observe),
    "compare_candidates": as_tool(compare_candidates),
    "check_claim": as_tool(check_claim),
    "lookup_encyclopedia": as_tool(lookup_encyclopedia, providers=(WIKIPEDIA, WIKIDATA), max_calls=8),
    "find_address": as_tool(find_address, providers=PROVIDERS, max_calls=8),
    "address_at": as_tool(address_at, providers=POINT_PROVIDERS, max_calls=6),
    "map_features": as_tool(map_features, providers=(OVERPASS,), max_calls=6),
    "map_combination": as_tool(map_combination, providers=(OVERPASS,), max_calls=6),
    "street_pictures": as_tool(
        street_pictures, providers=(MAPILLARY,), max_calls=6, beside={"show_picture": "show_picture shows one of them."}
    ),
    "show_picture": as_tool(show_picture, providers=(WEB_PICTURE,), max_calls=8),
    "show_map": as_tool(show_map, providers=(MAP_TILES, SATELLITE_TILES), max_calls=6),
    "zoom_map": as_tool(zoom_map, providers=(MAP_TILES, SATELLITE_TILES), max_calls=14),
    "elevation": as_tool(elevation, providers=(OPEN_ELEVATION,), max_calls=6),
    "weather_on": as_tool(weather_on, providers=(OPEN_METEO,), max_calls=6),
    "sun": as_tool(sun),
    "read_page": as_tool(read_page, providers=(WEB_PAGE,), max_calls=8),
    "search_web": as_tool(
        search_web, providers=tuple(engine for engine, _ in WEB_ENGINES), max_calls=6, beside=READ_ONE
    ),
    "search_images": as_tool(
        search_images, providers=(*(engine for engine, _ in IMAGE_ENGINES), WEB_PICTURE), max_calls=4, beside=READ_ONE
    ),
    "reverse_image_search": as_tool(
        reverse_image_search,
        providers=tuple(service for service, _ in REVERSE_IMAGE_SERVICES),
        max_calls=3,
        beside=READ_ONE,
    ),
}

__all__ = ["TOOLS", "Tool", "ToolContext", "ToolResult", "as_tool", "call_tool", "schema"]
