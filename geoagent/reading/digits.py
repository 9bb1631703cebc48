"""Tells numbers apart, so that digits are used once: those of hours, dates, prices and measures are no phone number,
and those of a phone number no postal code.
"""

import re
from collections.abc import Iterable

from geoagent.reading.coordinates import Span, find_positions

_ALONE = r"(?<!\d)(?<!\d[\s./-])(?:{})(?![\s./-]?\d)"
"""A number that is not a part of a longer row of digits."""
_HOUR = r"(?:[01]?\d|2[0-4])"
_OCLOCK = r"(?:\s?(?:h|Uhr|[ap]\.?m\.?|ч|год|시|時|时|点)(?!\w))?"
_TIME = rf"(?:{_HOUR}(?:\s?[.:hH]\s?[0-5]\d|\s[0-5]\d)?|(?:[01]\d|2[0-4])(?:00|15|30|45)){_OCLOCK}"
_RANGE = rf"{_TIME}\s*(?:[-–—~/]|to|bis|до|to|till|às|à|a|al|do|tot|til|から)\s*{_TIME}"
_YEAR = r"(?:1[5-9]|20)\d\d"
_HOURS = re.compile(_ALONE.format(rf"{_RANGE}(?:[\s,;/&+|]*{_RANGE})*"), re.IGNORECASE)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:[0-5]\d(?::[0-5]\d)?(?!\d)")
_DATE = re.compile(
    _ALONE.format(
        rf"\d{{1,2}}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d\d)|{_YEAR}[./-]\d{{1,2}}[./-]\d{{1,2}}|{_YEAR}\s*[-–/]\s*{_YEAR}"
    )
)
_NUMBER = r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+|\d+)(?:[.,]\d{1,2})?"
_CURRENCY = (
    r"(?:R\$|[$€£¥₹₽₺₩₫₴฿₦₪₸₱₾]|zł|ZŁ|[kK][rR]|[kK][čČ]|[fF]t|FT|[lL]ei|LEI|лв|ЛВ|руб|РУБ|грн|ГРН|тг|сум|ден|дин|R[sS]|Rp|RM|TL|SEK|NOK|DKK|EUR|USD|GBP|CHF|PLN|CZK|HUF|"
    r"RON|INR|F?CFA|KSh|TSh|円|元|원|บาท|din|Fr)"
)
_PRICE = re.compile(
    rf"{_CURRENCY}\.?\s?(?<!\d){_NUMBER}(?![\dA-Z]| [A-Z]{{3}}$)"
    rf"|(?<![\d+]){_NUMBER}\s?(?:{_CURRENCY}(?!\w)|[,.][-–—])"
)
_MEASURE = re.compile(
    rf"(?<![\d+]){_NUMBER}\s?(?:[x×]\s?{_NUMBER}\s?)*(?:(?i:[km]m|cm|kg|ml|cl)|m[²2³3]?|km[²2]|g|l|k?[Ww]h?|[kK]?V|[kMG]?Hz|px|p|fps|[MG]B|%|°\s?[CF]?|"
    r"kcal|views?|likes?|followers?|ha|t|kB|ppm|dpi|mAh)(?!\w)"
    rf"|(?<![\d+]){_NUMBER}\s?[x×]\s?{_NUMBER}"
)
_CODE = re.compile(
    r"(?:\b(?:ISBN|EAN|IBAN|VAT|BTW|NIP|REGON|KRS|CNPJ|CPF|RUC|RUT|NIT|RFC|CIF|NIF|NIE|GSTIN|FSSAI|HRB|USt|SIRET|SIREN|"
    r"RCS|P\.? ?IVA|C\.?F|IČO?|IČ|DIČ|ICO|OIB|PIB|KVK|"
    r"CVR|ABN|ACN|UEN|SKU|Art|Ref|Lic|Licen[cs]e|No|Nr|N[º°]|ИНН|ОГРН|КПП|"
    r"ЄДРПОУ|serial|model|batch|lot|ID)\b|№|#)[\s.:#-]{0,3}\d[\d\s./-]*",
    re.IGNORECASE,
)
_POSTAL = re.compile(
    r"〒\s?\d{3}-?\d{4}|\b(?:CEP|ZIP|PIN|PLZ|CAP|C\.?P\.?)\W{0,3}\d[\d -]{3,9}|(?<![\d-])\d{5}-\d{3,4}(?![\d-])"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[ .,'’\u00a0\u202f]\d{3}){2,}")


def no_phone_number(text: str, *, called: bool) -> list[Span]:
    """The stretches of a text (first character, end) that are hours, dates, prices, measures, codes or coordinates, and
    so no phone numbers.

    Where the number is `called` a phone number in the text, codes and postal codes are not among them.
    """
    patterns = [_HOURS, _CLOCK, _DATE, _PRICE, _MEASURE, *(() if called else (_CODE, _POSTAL))]
    spans = [found.span() for pattern in patterns for found in pattern.finditer(text)]
    return spans + [position.span for position in find_positions(text)]


def is_amount(number: str) -> bool:
    """Whether a number is grouped by thousands as amounts of money are: "12 500 000" is."""
    found = _GROUPED.fullmatch(number)
    return found is not None and (number.endswith("000") or len(re.split(r"\D", number)[0]) < 3)


def hide(text: str, spans: Iterable[Span]) -> str:
    """A text with each digit in some spans replaced by "·", at the same length, so that nothing else takes them for a
    number.
    """
    letters = list(text)
    for first, last in spans:
        letters[first:last] = ["·" if ch.isdigit() else ch for ch in letters[first:last]]
    return "".join(letters)
