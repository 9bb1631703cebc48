"""Names and other text from outside, folded for look-up and made safe for display, and how a probability is told."""

import re
import unicodedata
from collections.abc import Iterable, Sequence


def fold(name: str) -> str:
    """The form in which names are compared: lower case, no accents or apostrophes, words joined by one space.

    Other punctuation counts as a space: "Saint-Étienne" and "saint etienne" are one name.
    """
    bare = name.casefold()
    if not name.isascii():
        bare = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch)).casefold()
    if bare.isalnum():
        return bare
    return " ".join("".join(ch if ch.isalnum() else " " for ch in bare.translate(_APOSTROPHES)).split())


_APOSTROPHES = {ord(mark): None for mark in "'’‘ʼʻʾʿ`´"}


def without_kind(name: str) -> str:
    """A place's name, folded, without the word for what the place is: "Shaanxi Province" gives "shaanxi", "Landkreis
    Celle" gives "celle".
    """
    folded = fold(name)
    words = folded.split()
    if len(words) > 1 and words[-1] in _LAST_KINDS:
        return " ".join(words[:-1])
    kept = [word for word in words if word not in _KINDS]
    ending = next((ending for ending in _KIND_ENDINGS if folded.endswith(ending)), "")
    if len(words) == 1 and len(folded) > len(ending) + 1:
        return folded.removesuffix(ending)
    return " ".join(kept or words)


def romanise(folded: str) -> str:
    """A folded name in Latin letters, if it is in Latin, Cyrillic or Greek script; letters of other scripts stay."""
    return folded.translate(_ROMAN)


def sound(folded: str) -> str:
    """What a folded name keeps under most spellings and transliterations: its consonants, alike ones as one.

    A vowel at the beginning counts as "a"; other vowels and h, j, y do not count: "tschaikowski" and "чаиковскии" give
    "xkvsk".
    """
    bare = romanise(folded).replace(" ", "")
    bare = _SPELT.sub(lambda found: _ALIKE[found[0]], bare)
    bare = bare[:1].translate(_FIRST) + bare[1:].translate(_LATER)
    return "".join(ch for ch, before in zip(bare, " " + bare, strict=False) if ch != before)


_KINDS = frozenset(
    "of county prefecture province oblast district state region governorate department municipality city raion "
    "rayon krai okrug canton parish commune township town village emirate division subdistrict borough kreis landkreis "
    "metropolitan bezirk departement departamento provincia provincie municipio distrito comune gemeinde kommune lan "
    "fylke wojewodztwo powiat gmina okres kraj zupanija megye judet область район город".split()
)
_LAST_KINDS = frozenset(
    "ku shi gun cho machi mura ken fu to gu si dong eup myeon qu xian sheng zhen xiang kabupaten kota provinsi "
    "changwat amphoe tinh huyen judetul wilaya muhafazah ostan taluk tehsil opcina opstina vilayeti".split()
)
"""Words for what a place is that stand after its name and are other words elsewhere: "Shibuya-ku", "Si Racha"."""
_KIND_ENDINGS = tuple(fold(ending) for ending in "省 市 县 縣 区 區 郡 府 都 県 州 町 村 镇 鎮 시 군 구 도".split())

_CYRILLIC = (
    "а a б b в v г g д d е e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ы "
    "y э e ю yu я ya і i є e ґ g ј j љ l њ n ћ c ђ d џ dzh қ k ғ g ң n ө o ү u ұ u һ h ә a ҳ h ҷ j ў u ї i ё e"
).split()
_GREEK = (
    "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o".split()
)
_LATIN = "ø o æ ae œ oe ł l đ d ð d þ th ı i ħ h ə a".split()
_PAIRS = _CYRILLIC + _GREEK + _LATIN
_ROMAN = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)) | {"ъ": "", "ь": ""})
_ALIKE = {
    "tsch": "x", "dsch": "x", "shch": "x", "sch": "x", "tch": "x", "dzh": "x", "dj": "x", "sh": "x", "ch": "x",
    "zh": "x", "cz": "x", "sz": "x", "ph": "f", "kh": "h", "qu": "k", "ts": "z", "tz": "z", "ck": "k",
}  # fmt: skip
_SPELT = re.compile("|".join(_ALIKE))
_SAME = {"c": "k", "q": "k", "w": "v", "z": "s"}
_FIRST = str.maketrans(_SAME | dict.fromkeys("aeiouyj", "a") | {"h": ""})
_LATER = str.maketrans(_SAME | dict.fromkeys("aeiouyjh", ""))


def printable(text: object) -> str:
    """Any value as a text of one line, without control, bidirectional or unpaired surrogate characters."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in str(text)).split())


def listed(names: Iterable[str], most: int = 10) -> str:
    """The first `most` of some names, printable and joined by commas, and how many more there are: "a, b and 12
    more".
    """
    given = list(names)
    more = f" and {len(given) - most:,} more" if len(given) > most else ""
    return printable(", ".join(name[:100] for name in given[:most])) + more


def joined(parts: Sequence[str]) -> str:
    """All of some phrases as a sentence lists them: "a, b and c"; empty where there is none."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


LONGEST_FILE_NAME = 100
LONGEST_SHORT_NAME = 60
MOST_NAME_BYTES = 180
"""File systems take names of 255 bytes; the rest is for numbers and endings."""
FILM_SUFFIXES = frozenset(".mp4 .m4v .mov .webm .mkv .avi".split())
PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .apng .webp .avif .heic .heif .hif .tif .tiff .gif .bmp".split()
)
"""The ends of the names of photos, in lower case, by which they are known in a folder."""


def file_name(text: str) -> str:
    """A text from outside as a file name that any system takes, without a folder; "photo" where nothing is left."""
    kept = "".join(ch for ch in printable(text) if ch not in '/\\:*?"<>|').strip(". ")
    end = kept[-LONGEST_FILE_NAME:].encode()[-MOST_NAME_BYTES:].decode(errors="ignore")
    return end.strip(". ") or "photo"


def short_name(name: str) -> str:
    """The beginning of a file's name that fits into the name of another: 60 characters at most, and 180 bytes."""
    begin = name[:LONGEST_SHORT_NAME]
    octets = begin.encode("utf-8", "surrogateescape")
    return begin if len(octets) <= MOST_NAME_BYTES else octets[:MOST_NAME_BYTES].decode(errors="ignore")


def percent(probability: float) -> str:
    """A probability from 0 to 1 as text that does not round to certainty: "20 %", "<1 %", ">99 %"."""
    if 0 < probability < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < probability < 1 else f"{100 * probability:.0f} %"


def distance(km: float) -> str:
    """A distance in km as text, as finely as it deserves: "850 m", "8.5 km", "1,200 km"."""
    if km < 1:
        return f"{1000 * km:.0f} m"
    return f"{km:.1f} km" if km < 100 else f"{km:,.0f} km"


ARTICLE = re.compile(r"United |Netherlands|Philippines|Bahamas|Gambia|Maldives|.* (Islands|Republic|Territories)$")


def with_article(country: str) -> str:
    """The name of a country as it stands in a sentence: "the United States"."""
    return f"the {country}" if ARTICLE.match(country) else country
