"""Draw the signs that the tests of text recognition read: one line of text each, in many scripts. Run by maintainers.

Fonts: Noto (Debian fonts-noto-core, OFL-1.1), Nanum (fonts-nanum, OFL-1.1), Droid Sans Fallback (fonts-droid-fallback,
Apache-2.0).

Usage: render_signs.py FONTS    (the folder that holds them, such as /usr/share/fonts/truetype)
"""

import csv
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "signs"
FALLBACK = "DroidSansFallbackFull"
SIGNS = [
    ("cyrillic", "ПРОДУКТЫ", "NotoSans-Bold"), ("cyrillic_lower", "вулиця Садова", "NotoSans-Regular"),
    ("greek", "Φαρμακείο", "NotoSans-Regular"), ("greek_capitals", "ΞΕΝΟΔΟΧΕΙΟ", "NotoSans-Bold"),
    ("hangul", "서울특별시청", "NanumGothic"), ("thai", "โรงเรียนบ้าน", "NotoSansThai-Regular"),
    ("arabic", "شارع الملك", "NotoSansArabic-Bold"), ("hebrew", "תחנה מרכזית", "NotoSansHebrew-Bold"),
    ("devanagari", "रेलवे स्टेशन", "NotoSansDevanagari-Bold"), ("bengali", "ঢাকা বাংলাদেশ", "NotoSansBengali-Bold"),
    ("tamil", "பேருந்து நிலையம்", "NotoSansTamil-Bold"), ("georgian", "აფთიაქი", "NotoSansGeorgian-Bold"),
    ("armenian", "Դեղատուն", "NotoSansArmenian-Bold"), ("latin", "Gasthaus Krone", "NotoSans-Bold"),
    ("japanese", "山田電気店", FALLBACK), ("chinese_vertical", "北京大饭店", FALLBACK),
]  # fmt: skip
COLOURS = [("#1d4f91", "white"), ("#f4f1e6", "#202020"), ("#1b6b3a", "#f5f5dc"), ("#f2c230", "black")]
PADDING = 14
TILT_DEG = 2.0
SIZE = 44


def draw(text: str, font_file: Path, ground: str, ink: str, upright: bool) -> Image.Image:
    """A sign on a grey wall, tilted and slightly blurred; characters below each other if it is upright."""
    font = ImageFont.truetype(str(font_file), SIZE)
    lines = list(text) if upright else [text]
    boxes = [font.getbbox(line) for line in lines]
    step = round(SIZE * 1.15)
    size = (round(max(box[2] for box in boxes)) + 2 * PADDING, step * len(lines) + 2 * PADDING)
    sign = Image.new("RGB", size, ground)
    for row, line in enumerate(lines):
        ImageDraw.Draw(sign).text((PADDING, PADDING + row * step - 4), line, fill=ink, font=font)
    wall = Image.new("RGB", (size[0] + 80, size[1] + 80), "#8f8c86")
    wall.paste(sign, (40, 40))
    tilted = wall.rotate(TILT_DEG, Image.Resampling.BICUBIC, fillcolor="#8f8c86")
    return tilted.filter(ImageFilter.GaussianBlur(0.6)).quantize(32)


def main(fonts: Path) -> None:
    """Draw all signs, and write what stands on them."""
    files = {file.stem: file for file in fonts.rglob("*.ttf")}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "texts.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("name", "text"))
        for number, (name, text, font) in enumerate(SIGNS):
            ground, ink = COLOURS[number % len(COLOURS)]
            draw(text, files[font], ground, ink, "vertical" in name).save(FOLDER / f"{name}.png", optimize=True)
            table.writerow((name, text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
