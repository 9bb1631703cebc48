"""Phone numbers and web addresses in texts, and the countries that they belong to; `texts` makes evidence of them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from geoagent.reading.countries import country_codes

GLOBAL_USE = frozenset(
    "ac ad ag ai am as bz cc cd cx dj fm gg gl io la ly me ms mu nu pw sc sh sr st tk to tv vc vg ws".split()
)
"""Country endings that are registered all over the world for how they read: they count below an official name only."""
DOUBTFUL = frozenset("cf cm co et ga gq im ml ne om".split())
"""Endings that are sold all over the world as well, or that are left of .com and .net when a letter is misread."""
WORDS = frozenset({"is"})
"""Endings that two sentences make where a full stop runs into the next word: doubtful but in an address written out."""
OFFICIAL = frozenset({"gov", "gob", "gouv", "govt", "edu", "ac", "mil"})
NATIONAL = OFFICIAL | {"co", "com", "net", "org"}
_HOST = re.compile(r"(?<![\w.-])((?:[a-z0-9][a-z0-9-]{1,62}\.){1,3}([a-z]{2,4}))(?![\w-])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d+.,])\(?\d{1,5}\)?(?:[\s./-]{0,2}\d{1,5}){1,5}(?![\d,]|[.:]\d)")
_CALL = re.compile(
    r"\b(?:tele?|tel[eé]fonos?|telefone?|t[eé]l|telp|tlf|fono|phone|call|fax|mob(?:ile)?|cel|cell|gsm|hotline|whatsapp|puh|"
    r"тел|τηλ|тэл)\b|[☎☏📞📱✆]|电话|電話|電話|โทร|전화|هاتف|תל|फोन",
    re.IGNORECASE,
)
_TIMES = re.compile(r"([01]\d|2[0-4])[0-5]\d\D+([01]\d|2[0-4])[0-5]\d")
LEAST_DIGITS, MOST_DIGITS = 6, 12


class Contact(NamedTuple):
    """What was found, the countries (ISO codes) where it may belong, and those of them where it is written so.

    It is certain where it names its countries; doubtful where chance or the whole world makes such texts as well.
    """

    text: str
    countries: tuple[str, ...]
    certain: bool
    written: tuple[str, ...] = ()
    doubtful: bool = False


def find_domains(text: str) -> Iterator[Contact]:
    """Host names under a country's own ending."""
    for match in _HOST.finditer(text):
        ending = match[2].lower()
        code = "GB" if ending == "uk" else ending.upper()
        above = match[1].lower().split(".")[-2]
        known = len(ending) == 2 and code in country_codes()
        if known and (ending not in GLOBAL_USE or above in OFFICIAL):
            doubtful = (ending in DOUBTFUL and above not in NATIONAL) or (
                ending in WORDS and above not in NATIONAL and not _is_written_out(text, match)
            )
            yield Contact(match[1].lower(), (code,), True, doubtful=doubtful)


def _is_written_out(text: str, host: re.Match[str]) -> bool:
    """Whether a host name stands in an address: after www., @ or //."""
    return host[1].lower().startswith("www.") or text[: host.start()].endswith(("@", "//"))


def find_phones(text: str) -> Iterator[Contact]:
    """Phone numbers: with a calling code its country, else every country whose numbering plan the number fits.

    Of the countries that share a calling code, those count in whose plan the number is.

    A number without a calling code counts where the text calls it a phone number, where it begins with 0, or where some
    country writes it in just those groups of digits.
    """
    import phonenumbers

    international = False
    for match in phonenumbers.PhoneNumberMatcher(text, None):
        international = True
        sharing = phonenumbers.region_codes_for_country_code(match.number.country_code or 0)
        codes = [code for code in sharing if phonenumbers.is_valid_number_for_region(match.number, code)]
        codes = [code for code in codes if len(code) == 2 and code.isalpha()]
        if codes:
            yield Contact(match.raw_string, tuple(codes), True)
    if not international:
        for found in _NUMBER.finditer(text):
            called = _CALL.search(text[: found.start()]) is not None
            contact = _national(found[0].strip(), called)
            if contact:
                yield contact


def _national(number: str, called: bool) -> Contact | None:
    """A number without a calling code, where the text calls it a phone number or it is written as one."""
    digits = sum(ch.isdigit() for ch in number)
    if not LEAST_DIGITS <= digits <= MOST_DIGITS or _TIMES.fullmatch(number):
        return None
    groups = _groups(number)
    trunk = groups[0].startswith("0") and len(groups) > 1
    if not (called or trunk or len(groups) > 2 or number.startswith("(")):
        return None
    forms = {code: form for code in country_codes() if (form := _form(number, code))}
    written = tuple(code for code, form in forms.items() if form == groups)
    if not forms or not (called or trunk or written):
        return None
    return Contact(number, tuple(forms), False, written)


def _groups(number: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", number))


def _form(number: str, code: str) -> tuple[str, ...] | None:
    """The groups of digits in which a country writes a number, None where its numbering plan has no such number."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, code)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(parsed, code):
        return None
    return _groups(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
