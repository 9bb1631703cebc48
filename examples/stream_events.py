"""Follow a case while it is solved: what each node adds, as it comes."""

from pathlib import Path

from geoagent import GeoAgent
from geoagent.settings import read_settings

photo = Path(__file__).parent / "photos" / "sweden_uppsala.jpg"

for event in GeoAgent(read_settings({})).stream(photo):
    print(f"{event.node}: {len(event.added.clues)} clues, {len(event.added.evidence)} pieces of evidence")
    if event.prediction:
        print("most probable:", event.prediction.levels[0].name)
