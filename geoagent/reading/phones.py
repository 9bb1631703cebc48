"""Finds phone numbers in texts: the countries in whose numbering plan they are, and the town that their area code
names.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import Area
from geoagent.reading.coordinates import Span, find_positions
from geoagent.reading.countries import country_codes
from geoagent.reading.digits import hide, is_amount, no_phone_number

if TYPE_CHECKING:
    import phonenumbers

_NUMBER = re.compile(r"(?<![\d+.,])\(?\d{1,5}\)?(?:[\s./-]{0,2}\d{1,5}){1,5}(?![\d,]|[.:]\d)")
_CALL = re.compile(
    r"\b(?:tele?|tel[eé]fonos?|telefone?|t[eé]l|telp|tlf|fono|phone|call|fax|mob(?:ile)?|cel|cell|gsm|hotline|whatsapp|puh|"
    r"тел|τηλ|тэл)\b|[☎☏📞📱✆]|电话|電話|電話|โทร|전화|هاتف|תל|फोन",
    re.IGNORECASE,
)
_ABROAD = re.compile(r"(?<![\d+.,/-])(?P<prefix>00|011)[\s.-]?(?=[1-9]\d)")
"""How a number for callers from abroad begins where no + stands: by the ITU's advice, and in North America."""
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
"""The digits of a Chinese mobile number; the first seven tell where it was issued."""
CHINESE_GROUPS = {(11,), (3, 4, 4), (3, 8), (7, 4)}
"""How many digits stand together in such a number."""
TOLL_FREE = re.compile(r"1(?:800|833|844|855|866|877|888)")
"""How numbers begin that cost nothing in North America, in the eleven digits that a Chinese mobile number has too."""
CHINA = 86
LEAST_DIGITS, MOST_DIGITS = 6, 12


class Phone(NamedTuple):
    """A phone number in a text, and the ISO codes of the countries that it may belong to.

    - `span` is its first character and the one behind its last.
    - `certain` says that it names its countries by a calling code; else `countries` are those whose numbering plan it
      fits, and `written` those of them that group the digits so.
    - `places` are pairs of a country code and the area that the number's area code names there.
    - `mobile` says that the number is a mobile phone's.
    """

    text: str
    span: Span
    countries: tuple[str, ...]
    certain: bool
    written: tuple[str, ...]
    places: tuple[tuple[str, Area], ...]
    mobile: bool


@lru_cache(maxsize=512)
def find_phones(text: str) -> tuple[Phone, ...]:
    """The phone numbers of a text, with the countries that each may belong to; hours, dates and prices are none.

    A number with a calling code has the country in whose plan it is; 00 or 011 before a calling code is read as +. If
    the text has such a number, no others are sought. A number without one counts where the text calls it a phone
    number, where it begins with 0, or where some country groups the digits so; it has each country whose numbering plan
    it fits.
    """
    return tuple(_international(text)) or tuple(_nationals(text))


def _international(text: str) -> Iterator[Phone]:
    import phonenumbers

    text = hide(text, (position.span for position in find_positions(text)))
    for found in phonenumbers.PhoneNumberMatcher(text, None):
        if phone := _with_calling_code(found.number, found.raw_string, (found.start, found.end)):
            yield phone
    for prefix in _ABROAD.finditer(text):
        for found in phonenumbers.PhoneNumberMatcher("+" + text[prefix.end() :], None):
            whole = (prefix.start(), prefix.end() + found.end - 1)
            number = text[slice(*whole)]
            if found.start == 0 and (prefix["prefix"] == "00" or not _forms(number)):
                phone = _with_calling_code(found.number, number, whole)
                yield from (phone,) if phone else ()


def _with_calling_code(number: "phonenumbers.PhoneNumber", text: str, span: Span) -> Phone | None:
    import phonenumbers

    sharing = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    codes = [code for code in sharing if phonenumbers.is_valid_number_for_region(number, code)]
    codes = [code for code in codes if len(code) == 2 and code.isalpha()]
    area = _area_of(number)
    places = ((area.country, area),) if area and area.country in codes else ()
    return Phone(text, span, tuple(codes), True, (), places, _is_mobile(number)) if codes else None


def _nationals(text: str) -> Iterator[Phone]:
    for found in _NUMBER.finditer(text):
        called = _CALL.search(text[: found.start()]) is not None
        hidden = hide(text, no_phone_number(text, called=called))
        phone = _national(found[0].strip(), found.span(), called) if hidden[slice(*found.span())] == found[0] else None
        if phone:
            yield phone


def _national(number: str, span: Span, called: bool) -> Phone | None:
    """A number without a calling code, where the text calls it a phone number or it is written as one."""
    if not LEAST_DIGITS <= sum(ch.isdigit() for ch in number) <= MOST_DIGITS or (is_amount(number) and not called):
        return None
    groups = _groups(number)
    trunk = groups[0].startswith("0") and len(groups) > 1
    may_be_chinese = _is_written_as_chinese_mobile(number, groups)
    if not (called or trunk or may_be_chinese or len(groups) > 2 or number.startswith("(")):
        return None
    forms = _forms(number)
    chinese = may_be_chinese and "CN" in forms
    written = tuple(code for code, form in forms.items() if form == groups or (chinese and code == "CN"))
    if not forms or not (called or trunk or written):
        return None
    places = tuple((code, area) for code in forms if (area := _area_in(number, code)))
    return Phone(number, span, tuple(forms), False, written, places, mobile=chinese)


def _is_written_as_chinese_mobile(number: str, groups: tuple[str, ...]) -> bool:
    digits = "".join(groups)
    fits = CHINESE_MOBILE.fullmatch(digits) is not None and not TOLL_FREE.match(digits)
    return fits and "(" not in number and tuple(map(len, groups)) in CHINESE_GROUPS


def _groups(number: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", number))


def _forms(number: str) -> dict[str, tuple[str, ...]]:
    """The countries in whose numbering plan a number is, each with the groups in which it writes the digits."""
    return {code: form for code in country_codes() if (form := _form(number, code))}


def _form(number: str, code: str) -> tuple[str, ...] | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, code)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(parsed, code):
        return None
    return _groups(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def _area_in(number: str, code: str) -> Area | None:
    import phonenumbers

    area = _area_of(phonenumbers.parse(number, code))
    return area if area and area.country == code else None


def _area_of(number: "phonenumbers.PhoneNumber") -> Area | None:
    """The area that the longest known beginning of a number names."""
    import phonenumbers

    national = phonenumbers.national_significant_number(number)
    if number.country_code == CHINA and CHINESE_MOBILE.fullmatch(national):
        return chinese_mobile_area(int(national[:7]))
    digits = f"{number.country_code}{national}"
    known = area_codes()
    text = next((known[digits[:n]] for n in range(len(digits), 1, -1) if digits[:n] in known), None)
    return Area.parse(text) if text else None


def _is_mobile(number: "phonenumbers.PhoneNumber") -> bool:
    import phonenumbers

    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


@lru_cache(maxsize=1)
def area_codes() -> dict[str, str]:
    """The areas, as text, by the leading digits of their phone numbers, the calling code first: "97142" gives
    "AE.03#292223", Dubai.

    `scripts/build_area_codes.py` makes the table.
    """
    lines = (files("geoagent.reading") / "area_codes.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split(":") for line in lines if not line.startswith("#"))
    return {prefix: area for area, prefixes in rows for prefix in prefixes.split(",")}


def chinese_mobile_area(beginning: int) -> Area | None:
    """Where the Chinese mobile numbers that begin with these seven digits were issued, such as 1582322 in Chongqing."""
    runs = _chinese_mobiles()
    run = int(np.searchsorted(runs["first"], beginning, side="right")) - 1
    text = str(runs["areas"][runs["area"][run]]) if run >= 0 else ""
    return Area.parse(text) if text else None


@lru_cache(maxsize=1)
def _chinese_mobiles() -> dict[str, NDArray[Any]]:
    """The runs of beginnings (`first`), and the number of each one's area among `areas`."""
    with (files("geoagent.reading") / "chinese_mobiles.npz").open("rb") as file, np.load(file) as kept:
        return {name: kept[name] for name in kept.files}
