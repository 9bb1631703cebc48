"""Offer a tool of your own: a typed function whose docstring the model reads, and that can bring evidence.

A scripted model stands in for a real one, so that the example runs anywhere.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from geoagent import GeoAgent, ToolResult
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas
from geoagent.settings import read_settings
from geoagent.testing.scripted_model import ScriptedModel, action, look

BUS_COMPANIES = {"red and cream": "MT", "yellow and white": "CY"}


def bus_livery(colours: Annotated[str, Field(max_length=40, description="such as 'red and cream'")]) -> ToolResult:
    """Look up in which country buses are painted in these colours."""
    country = BUS_COMPANIES.get(colours)
    if country is None:
        return ToolResult(text="no company paints its buses so")
    evidence = Evidence(
        kind="livery",
        witness="tool:bus_livery",
        statement=f"buses painted {colours} run in {country}",
        likelihood=Areas(weights={country: 1.0}, elsewhere=0.02),
        group=f"livery:{colours}",
    )
    return ToolResult(text=country, evidence=(evidence,))


photo = Path(__file__).parent / "photos" / "nowhere_plain.jpg"
script = [
    look({"country": "Malta", "probability": 0.4}, {"country": "Cyprus", "probability": 0.4}, elsewhere=0.2),
    action("bus_livery", thought="the bus on the left", colours="red and cream"),
    action("conclude", claims=[]),
]
with ScriptedModel(script) as model:
    agent = GeoAgent(read_settings({"vlm": model.url}), tools=[bus_livery])
    prediction = agent.solve(photo)

print(prediction.levels[0].name, round(prediction.levels[0].probability, 2))
for step in prediction.chain:
    print("-", step.statement)
