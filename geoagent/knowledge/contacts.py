"""Phone numbers and web addresses in texts, and the countries that they belong to."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from geoagent.knowledge.countries import country_codes

GLOBAL_USE = frozenset(
    "ac ad ag ai am as bz cc cd cx dj fm gg gl io is la ly me ms mu nu pw sc sh sr st tk to tv vc vg ws".split()
)
"""Country endings that are registered all over the world for how they read."""
_HOST = re.compile(r"(?<![\w.-])((?:[a-z0-9][a-z0-9-]{1,62}\.){1,3}([a-z]{2,4}))(?![\w-])", re.IGNORECASE)
_NATIONAL = re.compile(r"(?<![\d+])\(?0\d{1,4}\)?[\s./-]\d[\d\s./-]{4,11}\d(?!\d)")


class Contact(NamedTuple):
    """What was found, and the countries (ISO codes) where it may belong, equally likely."""

    text: str
    countries: tuple[str, ...]
    certain: bool


def find_domains(text: str) -> Iterator[Contact]:
    """Host names under a country's own ending."""
    for match in _HOST.finditer(text):
        ending = match[2].lower()
        code = "GB" if ending == "uk" else ending.upper()
        if len(ending) == 2 and ending not in GLOBAL_USE and code in country_codes():
            yield Contact(match[1].lower(), (code,), True)


def find_phones(text: str) -> Iterator[Contact]:
    """Phone numbers: with a calling code its country, else every country whose numbering plan the number fits."""
    import phonenumbers

    international = False
    for match in phonenumbers.PhoneNumberMatcher(text, None):
        international = True
        code = phonenumbers.region_code_for_number(match.number)
        if code and len(code) == 2 and code.isalpha():
            yield Contact(match.raw_string, (code,), True)
    if not international:
        for found in _NATIONAL.finditer(text):
            fitting = tuple(code for code in country_codes() if _fits(found[0], code))
            if fitting:
                yield Contact(found[0], fitting, False)


def _fits(number: str, code: str) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, code)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number_for_region(parsed, code))
