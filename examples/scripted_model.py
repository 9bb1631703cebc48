"""Test an agent without a model: a scripted server speaks the chat format on loopback and answers from a list."""

from pathlib import Path

from geoagent import GeoAgent
from geoagent.report.terminal import render
from geoagent.settings import read_settings
from geoagent.testing.scripted_model import ScriptedModel, action, look

photo = Path(__file__).parent / "photos" / "nowhere_plain.jpg"
script = [
    look({"country": "Sweden", "probability": 0.5}, {"country": "Norway", "probability": 0.2}, elsewhere=0.3),
    action("zoom", thought="a closer look at the corner house", view=1, box=[0.5, 0.2, 0.9, 0.7]),
    action("conclude", claims=[{"statement": "the street view confirms it", "cites": []}]),
]

with ScriptedModel(script) as model:
    print(render(GeoAgent(read_settings({"vlm": model.url})).trace(photo)))
    print(len(model.requests), "requests were made")
