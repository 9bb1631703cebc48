"""Turn to a sign in a panorama, which its edge cuts in two, read it, go on, and ask a map for the next sign's street.

The two panoramas are drawn here, a scripted model stands in for a real one and a small map on loopback for Nominatim:
the example runs anywhere.
"""

import json
import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from geoagent import GeoAgent
from geoagent.report.terminal import render
from geoagent.settings import read_settings
from geoagent.testing.map_server import MapPlace, MapServer
from geoagent.testing.scripted_model import ScriptedModel, action, look, said

WIDTH, HEIGHT = 4096, 2048
SIGN_DEG = 24


def draw(text: str, heading_deg: float) -> Image.Image:
    """An equirectangular street whose middle is north, with a flat sign at a heading."""
    font = ImageFont.load_default(90)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    sign = Image.new("RGB", (right - left + 80, bottom - top + 80), "white")
    ImageDraw.Draw(sign).text((40 - left, 40 - top), text, fill="navy", font=font)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    aside = np.radians((columns / WIDTH * 360 - heading_deg) % 360 - 180)
    up = np.radians(90 - rows / HEIGHT * 180)
    half = math.tan(math.radians(SIGN_DEG / 2))
    x = (np.tan(aside) / half + 1) / 2 * sign.width
    y = sign.height / 2 - np.tan(up) / np.cos(aside) / half / 2 * sign.width
    on = (np.abs(aside) < 1) & (x >= 0) & (x < sign.width) & (y >= 0) & (y < sign.height)
    street = np.where((rows < HEIGHT * 0.55)[:, :, None], (150, 180, 210), (110, 108, 104)).astype(np.uint8)
    street[on] = np.asarray(sign)[y[on].astype(int), x[on].astype(int)]
    return Image.fromarray(street)


def ask_the_map(request: dict[str, Any]) -> dict[str, Any]:
    """What a model does that has read the sign: it names the clue by the id that it was told."""
    clue = re.findall(r'"Kungsgatan 12" \([\d.]+, clue (\w+)\)', said(request))[-1]
    street = {"street": "Kungsgatan", "number": "12", "within": "Uppsala, Sweden", "clue": clue}
    return action("find_address", thought="the street is on the map", **street)


script = [
    look({"country": "Sweden", "probability": 0.4}, {"country": "Norway", "probability": 0.3}, elsewhere=0.3),
    action("look", thought="what is behind me?", view=1, heading=188, fov=60),
    action("read_text", thought="a sign", view=2, box=[0.2, 0.3, 0.8, 0.7]),
    action("move", thought="on along the street", view=2, heading=90),
    action("read_text", thought="another sign", view=3, box=[0.0, 0.2, 1.0, 0.8]),
    ask_the_map,
    action("conclude", claims=[]),
]
nodes = {
    "first": {"file": "first.png", "heading_deg": 0, "links": [{"to": "second", "bearing_deg": 85}]},
    "second": {"file": "second.png", "heading_deg": 0, "links": [{"to": "first", "bearing_deg": 265}]},
}
places = [
    MapPlace("Kungsgatan", "12", "753 32", "Uppsala", "SE", 59.8609, 17.6379),
    MapPlace("Kungsgatan", "12", "111 35", "Stockholm", "SE", 59.3363, 18.0631),
]

with tempfile.TemporaryDirectory() as folder, ScriptedModel(script) as model, MapServer(places) as maps:
    draw("Uppsala centralstation", 188).save(Path(folder) / "first.png")
    draw("Kungsgatan 12", 85).save(Path(folder) / "second.png")
    (Path(folder) / "panoramas.json").write_text(json.dumps({"nodes": nodes}))
    trace = GeoAgent(read_settings({"vlm": model.url, "services": maps.services})).trace(Path(folder) / "first.png")

print(render(trace))
for view in trace.trace.views:
    print("view", view.number, view.width, "×", view.height, *(operation.kind for operation in view.operations))
