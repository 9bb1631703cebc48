"""A folder of GeoRC's form, drawn and written for our tests."""

import json
from pathlib import Path

from PIL import Image

ROUNDS = (
    ("Yellow plates at the back of the cars", "Red soil beside the road", "The car has a snorkel"),
    ("Traffic keeps left", "Acacia trees in the plain", "Swahili words on the shop"),
    ("Blue street signs", "Palm trees at the kerb"),
    ("White edge lines", "Houses of yellow brick"),
    ("Wires of a tram", "Cobbled pavement"),
)
COUNTRIES = (("ke", "Kenya"), ("tz", "Tanzania"), ("th", "Thailand"), ("gb", "United Kingdom"), ("pt", "Portugal"))


def expert_text(rounds: tuple[tuple[str, ...], ...] = ROUNDS) -> str:
    """An expert's file: five rounds, each with a heading, points and a conclusion."""
    parts = []
    for number, points in enumerate(rounds, 1):
        told = "\n".join(f"- {point}" for point in points)
        parts.append(f"Round {number}\nReasoning:\n{told}\nConclusion:\n{COUNTRIES[number - 1][1]}\n")
    return "\n".join(parts)


def write_challenge(folder: Path, system: str = "gpt4", photos: bool = False) -> Path:
    """A challenge whose candidates say what its experts say, and the right country."""
    folder.mkdir(parents=True)
    for expert in (1, 2, 3):
        (folder / f"Human_Expert_{expert}.txt").write_text(expert_text())
    places = [{"lat": 1.5, "lng": 36.0 + n, "streakLocationCode": code} for n, (code, _) in enumerate(COUNTRIES)]
    (folder / f"{folder.name}_rounds_metadata.json").write_text(json.dumps(places))
    for number, points in enumerate(ROUNDS, 1):
        candidate = folder / f"candidate_reasoning_chain_{system}_{number}.txt"
        told = "\n".join(f"{at}. {point}" for at, point in enumerate(points, 1))
        candidate.write_text(f"{told}\nConclusion: this is {COUNTRIES[number - 1][1]}.\n")
        if photos:
            Image.new("RGB", (64, 48), (40 * number, 90, 120)).save(folder / f"{folder.name}_{number}.png")
    return folder
