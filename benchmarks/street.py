"""Forty rendered scenes on a small map: is the street found, and is it left open where it is ambiguous?

Usage: street.py [FOLDER] [--reasoner rules|scripted]    (scenes are rendered into FOLDER, a temporary one if none)
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from render_scenes import write_scenes
from street_scenes import Truth, ambiguous_scenes, found_scenes, the_map

from geoagent import GeoAgent, Prediction
from geoagent.geo import distance_km
from geoagent.settings import read_settings
from geoagent.testing.map_server import MapServer
from geoagent.testing.scripted_model import ScriptedModel, action, look, said

NEAR_KM = 0.2
_CLUE = re.compile(r"- (c[0-9a-f]{12}) text, seen by ocr[^:]*: \"(.*)\"")


def script(truth: Truth) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A model that knows the town of a scene and asks the map for each sign that it was shown, once."""
    town = truth.town

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        text = said(request)
        if "What it adds up to" not in text:
            place = {"country": town.country, "city": town.name, "probability": 0.9}
            return look(place, elsewhere=0.1)
        clues = {read: clue for clue, read in _CLUE.findall(text)}
        for sign in truth.scene.signs:
            clue = clues.get(sign.text)
            if clue is None or any(
                clue in line for line in text.splitlines() if "[call " in line or '"action"' in line
            ):
                continue
            street = sign.text.partition(",")[0].removesuffix(" 8")
            if street in (town.street, town.common):
                where = f"{town.name}, {town.country}"
                return action("find_address", street=street, number="8", within=where, clue=clue)
            if sign.text in (town.shop, town.chain):
                return action("map_features", area=f"{town.name}, {town.country}", names=[sign.text], clues=[clue])
        return action("conclude", claims=[])

    return answer


def is_right(truth: Truth, prediction: Prediction) -> bool:
    """Whether the street is stated and within 0.2 km where there is one to be found, else whether none is stated."""
    stated = any(level.level in ("street", "point") and level.stated for level in prediction.levels)
    if truth.place is None:
        return not stated
    lat, lon = truth.place.lat, truth.place.lon
    return stated and distance_km(prediction.point, type(prediction.point)(lat=lat, lon=lon)) <= NEAR_KM


def solve(truth: Truth, photo: Path, reasoner: str, maps: MapServer, rules: GeoAgent) -> Prediction:
    """The answer of one reasoner to one scene."""
    if reasoner == "rules":
        return rules.solve(photo)
    with ScriptedModel([script(truth)]) as model:
        settings = read_settings({"vlm": model.url, "model": "scripted", "services": maps.services})
        return GeoAgent(settings).solve(photo)


def measure(truths: Sequence[Truth], folder: Path, reasoner: str) -> list[bool]:
    """Solve each scene and print what came of it."""
    right = []
    with MapServer(the_map()) as maps:
        rules = GeoAgent(read_settings({"services": maps.services}))
        for truth in truths:
            prediction = solve(truth, folder / f"{truth.scene.name}.jpg", reasoner, maps, rules)
            right.append(is_right(truth, prediction))
            finest = prediction.stated
            told = f"{finest.level} {finest.name} {finest.probability:.0%}" if finest else "nothing"
            print(f"{reasoner} {truth.scene.name}: {'right' if right[-1] else 'WRONG'}: {told}", flush=True)
    return right


def main() -> None:
    """Render, solve, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--reasoner", choices=("rules", "scripted"), action="append")
    given = parser.parse_args()
    found, ambiguous = found_scenes(), ambiguous_scenes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "scenes.csv").exists():
            write_scenes(folder, [truth.scene for truth in found + ambiguous])
        for reasoner in given.reasoner or ("rules", "scripted"):
            right = sum(measure(found, folder, reasoner))
            left_open = sum(measure(ambiguous, folder, reasoner))
            print(f"{reasoner}: street right within {NEAR_KM} km {right} of 20; left open {left_open} of 20")


if __name__ == "__main__":
    main()
