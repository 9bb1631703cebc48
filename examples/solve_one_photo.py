"""Solve one photo with the embedded reasoner and print what is known, level by level."""

from pathlib import Path

from geoagent import GeoAgent, Settings
from geoagent.settings import read_settings

photo = Path(__file__).parent / "photos" / "france_lyon.jpg"
settings: Settings = read_settings({})

prediction = GeoAgent(settings).solve(photo)

for level in prediction.levels:
    print(f"{level.level:8} {level.name:30} {level.probability:.2f} {'stated' if level.stated else 'not stated'}")
print(f"within {prediction.radius_km_90:.0f} km of {prediction.point.lat:.3f}, {prediction.point.lon:.3f} (90 %)")
for step in prediction.chain:
    print("-", step.statement, step.cites)
