"""Signs from 74 countries, made from other sources than the tables: `python benchmarks/signs.py [--render FONTS]`.

Each sign has three lines, drawn by a seed: the word for a bakery in the country's language, and two of: a town of the
gazetteer, drawn by the root of its people; that town behind a street, or before the country's name in the language
(CLDR); the example of the country's numbering plan; a web address; opening hours with the days of the language (CLDR);
a country's usual example of a postal code. Text is given to the readers as it is; with --render it is drawn in the
fonts of a folder and read by text recognition first.

Printed are the shares whose country, division and town are right, how many are wrong above .8, and the same by what
stands on the sign.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import phonenumbers
from babel import Locale
from babel.languages import get_official_languages
from PIL import Image, ImageDraw, ImageFont

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import levels, rank_countries
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Clue
from geoagent.eval.metrics.intervals import proportion_interval
from geoagent.geo import Area
from geoagent.reading.texts import read_clues
from geoagent.settings import read_settings

COUNTRIES = (
    "ES FR DE IT PT NL BE AT CH PL CZ SK HU RO BG GR RS HR SI UA RU BY LT LV EE FI SE NO DK IS IE GB TR GE AM IL SA AE "
    "EG MA IR PK IN BD LK NP TH LA KH MM VN MY ID PH CN TW JP KR MN KZ US CA MX BR AR CL PE CO ZA KE NG ET AU NZ"
).split()
STREETS = {
    "es": "Calle {n} {h}", "fr": "{h} rue {n}", "de": "{n}straße {h}", "it": "Via {n} {h}", "pt": "Rua {n} {h}",
    "nl": "{n}straat {h}", "pl": "ul. {n} {h}", "cs": "{n} {h}", "sk": "{n} {h}", "hu": "{n} utca {h}",
    "ro": "Strada {n} {h}", "bg": "ул. {n} {h}", "el": "Οδός {n} {h}", "sr": "Ulica {n} {h}", "hr": "Ulica {n} {h}",
    "uk": "вул. {n} {h}", "ru": "ул. {n} {h}", "be": "вул. {n} {h}", "lt": "{n} g. {h}", "lv": "{n} iela {h}",
    "et": "{n} tänav {h}", "fi": "{n}katu {h}", "sv": "{n}gatan {h}", "no": "{n} gate {h}", "nb": "{n} gate {h}",
    "da": "{n}vej {h}", "tr": "{n} Sokak No: {h}", "id": "Jl. {n} No. {h}", "ms": "Jalan {n} {h}",
    "vi": "Đường {n} {h}", "en": "{h} {n} Street",
}  # fmt: skip
NAMES = "Garden Central Mill Church Park Station Linden Rose Olive Market King New School Castle Bridge Forest".split()
SHOPS = {
    "es": "Panadería", "fr": "Boulangerie", "de": "Bäckerei", "it": "Panificio", "pt": "Padaria", "nl": "Bakkerij",
    "pl": "Piekarnia", "cs": "Pekárna", "sk": "Pekáreň", "hu": "Pékség", "ro": "Brutărie", "bg": "Хлебарница",
    "el": "Αρτοποιείο", "sr": "Пекара", "hr": "Pekara", "sl": "Pekarna", "uk": "Хлібний магазин",
    "ru": "Хлеб и выпечка", "be": "Хлебны магазін", "lt": "Kepykla", "lv": "Maiznīca", "et": "Pagariäri",
    "fi": "Leipomo", "sv": "Bageri och konditori", "nb": "Bakeri og konditori",
    "no": "Bakeri og konditori", "da": "Bageri og konditori",
    "is": "Bakaríið okkar",
    "tr": "Ekmek fırını", "ka": "პურის მაღაზია", "hy": "Հացի խանութ", "he": "מאפייה ולחם טרי", "ar": "مخبز ومعجنات",
    "fa": "نانوایی سنتی", "ur": "تازہ روٹی کی دکان", "hi": "ताज़ी रोटी की दुकान", "bn": "তাজা রুটির দোকান",
    "si": "නැවුම් පාන් කඩය", "ta": "புதிய ரொட்டி கடை", "ne": "ताजा पाउरोटी पसल", "th": "ร้านขนมปังสด", "lo": "ຮ້ານຂາຍເຂົ້າຈີ່",
    "km": "ហាងនំប៉័ង", "my": "ပေါင်မုန့်ဆိုင်", "vi": "Tiệm bánh mì", "ms": "Kedai roti segar", "id": "Toko roti segar",
    "zh": "面包房", "ja": "焼きたてパンの店", "ko": "갓 구운 빵집", "mn": "Талхны дэлгүүр", "kk": "Нан дүкені",
    "am": "ትኩስ ዳቦ ቤት", "en": "Fresh bread and cakes", "fil": "Sariwang tinapay", "sw": "Duka la mkate",
}  # fmt: skip
POSTAL = {
    "PT": "1000-205", "NL": "1012 AB", "PL": "00-950", "SE": "114 55", "CZ": "110 00", "SK": "811 01", "GR": "105 57",
    "GB": "SW1A 1AA", "CA": "K1A 0B1", "BR": "01310-100", "JP": "100-0001",
}  # fmt: skip


class Sign(NamedTuple):
    """The lines of a sign, the town where it stands, and what its lines are."""

    lines: tuple[str, ...]
    row: int
    parts: tuple[str, ...]


def signs(count: int, seed: int, atlas: Atlas) -> Iterator[Sign]:
    """So many signs, the countries in turn."""
    rng = random.Random(seed)
    for number in range(count):
        yield sign(COUNTRIES[number % len(COUNTRIES)], rng, atlas)


def sign(code: str, rng: random.Random, atlas: Atlas) -> Sign:
    """A sign in a town of the country, with a shop in its language and two more things."""
    rows = np.flatnonzero(atlas.rows(Area(code)) & (atlas.population >= 5_000))
    row = int(rng.choices(rows.tolist(), np.sqrt(atlas.population[rows]).tolist())[0])
    languages = [tag for tag in get_official_languages(code, de_facto=True) if tag in SHOPS] or ["en"]
    language, town = languages[0], atlas.name(row)
    street = STREETS.get(language, "{n} {h}").format(n=rng.choice(NAMES), h=rng.randint(2, 90))
    number = phonenumbers.example_number(code)
    form = rng.choice((phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    days = Locale(language).days["format"]["abbreviated"]
    made = {
        "address": f"{street}, {town}",
        "town and country": f"{town}, {Locale(language).territories.get(code, code)}",
        "phone": f"Tel. {phonenumbers.format_number(number, form)}",
        "web": f"www.{rng.choice(NAMES).lower()}{rng.randint(2, 99)}.{'co.uk' if code == 'GB' else code.lower()}",
        "hours": f"{days[0]}-{days[4]} {rng.randint(7, 10)}:00-{rng.randint(17, 21)}:00",
        "town": town,
    }
    if code in POSTAL:
        made["code"] = f"{POSTAL[code]}"
    parts = tuple(rng.sample(sorted(made), 2))
    return Sign((SHOPS[language], *(made[part] for part in parts)), row, parts)


def drawn(lines: tuple[str, ...], fonts: list[Path]) -> Image.Image:
    """The lines on a board, each in the first font that has its letters."""
    board = Image.new("RGB", (1200, 140 * len(lines) + 60), "#f4f1e6")
    for number, line in enumerate(lines):
        font = next((ImageFont.truetype(str(f), 56) for f in fonts if has_letters(f, line)), None)
        if font:
            ImageDraw.Draw(board).text((50, 40 + 140 * number), line, fill="#202020", font=font)
    return board


def has_letters(font: Path, line: str) -> bool:
    """Whether a font draws each letter of a line otherwise than a missing one."""
    face = ImageFont.truetype(str(font), 40)
    missing = face.getmask("\U0010ffff").getbbox()
    return all(face.getmask(ch).getbbox() != missing for ch in line if not ch.isspace())


def clues_of(one: Sign, fonts: list[Path]) -> list[Clue]:
    """The texts of a sign: as it is, or as text recognition reads it."""
    if not fonts:
        return [Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.95) for line in one.lines]
    from geoagent.reading.ocr.recognition import recognise
    from geoagent.tools.read_text import text_clue

    return [text_clue(line, 1, line.box) for line in recognise(drawn(one.lines, fonts))]


def main(count: int, seed: int, fonts: list[Path]) -> None:
    """Prints a line for all signs, and one for each thing that stands on them."""
    atlas = open_atlas(read_settings({}).cache)
    beliefs = Beliefs(atlas, load_reliabilities())
    rows: dict[str, list[tuple[bool, bool, bool, bool, bool]]] = defaultdict(list)
    wrong = list[tuple[float, str, Sign]]()
    for one in signs(count, seed, atlas):
        belief = beliefs.of(read_clues(clues_of(one, fonts), atlas))
        best, country = rank_countries(belief, 1)[0], atlas.country_of(one.row)
        found = {level.level: level.code for level in levels(belief)}
        sure = best.probability >= 0.8
        right = best.key == country
        if sure and not right:
            wrong.append((best.probability, best.key.country, one))
        row = (
            right, found.get("region") == atlas.division_of(one.row), found.get("city") == atlas.city_of(one.row), sure,
            sure and not right,
        )  # fmt: skip
        for part in ("all", *one.parts):
            rows[part].append(row)
    print("| signs with | n | country | division | town | sure of the country at .8 | of these wrong |")
    print("|---|---|---|---|---|---|---|")
    for name, judged in rows.items():
        shares = [share(sum(column), len(judged)) for column in list(zip(*judged, strict=True))[:3]]
        sure, false = sum(row[3] for row in judged), sum(row[4] for row in judged)
        print(f"| {name} | {len(judged)} | {' | '.join(shares)} | {sure} | {false} |")
    for p, code, one in sorted(wrong, key=lambda row: -row[0])[:20]:
        print(f"wrong: {code} {p:.2f} for {atlas.at_row(one.row)}: {one.lines}")


def share(count: int, of: int) -> str:
    """A share with its interval."""
    interval = proportion_interval(count, of)
    return f"{count / of:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--render", type=Path, metavar="FONTS", help="draw the signs in these fonts and read them")
    options = parser.parse_args()
    faces = sorted(options.render.rglob("*.ttf")) if options.render else []
    main(options.count, options.seed, faces)
