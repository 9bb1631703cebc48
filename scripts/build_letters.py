"""Regenerate reading/names/letters.json: how often one letter follows another in each script. Run by maintainers.

Source: Babel (Unicode CLDR): the names of countries, languages, months, days and cities in all languages that it has.
Letters are folded as `geoagent.reading.names.letters` folds them; a space stands for the edge of a word. Of each script
the pairs that were seen at least twice are kept, at most MOST of them. Korean is left out: what CLDR has are mostly
foreign names, whose syllables are not those of its own.

Usage: build_letters.py
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

from babel import Locale
from babel.localedata import locale_identifiers

from geoagent.reading.languages import script_of
from geoagent.reading.names.letters import pairs_of
from geoagent.reading.ocr.tesseract import MODELS

MOST = 1500
FILE = Path(__file__).parent.parent / "geoagent" / "reading" / "names" / "letters.json"


def names(locale: Locale) -> set[str]:
    """The names that CLDR has in one language."""
    found = {*locale.territories.values(), *locale.languages.values(), *locale.months["stand-alone"]["wide"].values()}
    found |= {*locale.days["stand-alone"]["wide"].values()}
    found |= {str(zone["city"]) for zone in locale.time_zones.values() if "city" in zone}
    return {name for name in found if name}


def main() -> None:
    """Count and write."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for identifier in sorted(locale_identifiers()):
        if "_" in identifier.replace("_Latn", "").replace("_Cyrl", ""):
            continue
        for name in sorted(names(Locale.parse(identifier))):
            script = script_of(name)
            if script:
                seen[script].update(pairs_of(name, script))
    kept = {
        script: {pair: n for pair, n in counts.most_common(MOST) if n > 1}
        for script, counts in sorted(seen.items())
        if script in {"LATIN", *MODELS} - {"HANGUL"}
    }
    FILE.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
