"""From a sign to a street: the text of a photo, then a map, then the answer with its chain.

A small map on loopback stands in for Nominatim, so that the example runs anywhere; `online=True` asks the
real one.
"""

from pathlib import Path

from geoagent import GeoAgent
from geoagent.report.terminal import render
from geoagent.settings import read_settings
from geoagent.testing.map_server import MapPlace, MapServer

photo = Path(__file__).parent / "photos" / "spain_zaragoza.jpg"
places = [
    MapPlace("Calle del Molino", "8", "50003", "Zaragoza", "ES", 41.6532, -0.8744),
    MapPlace("Calle del Molino", "8", "30004", "Murcia", "ES", 37.9921, -1.1284),
]

with MapServer(places) as maps:
    agent = GeoAgent(read_settings({"services": maps.services}))
    print(render(agent.trace(photo)))
    print("asked of the map:", *maps.asked, sep="\n  ")
