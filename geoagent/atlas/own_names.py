"""What countries are called in their own languages, by CLDR."""

from functools import lru_cache


@lru_cache(maxsize=512)
def own_names(code: str) -> frozenset[str]:
    """The names of a country (ISO code) in English and in its own languages, by CLDR; empty for an unknown code."""
    from babel import Locale, UnknownLocaleError
    from babel.languages import get_official_languages

    names = set[str]()
    for language in ("en", *get_official_languages(code, regional=True, de_facto=True)):
        try:
            names.add(Locale.parse(language).territories.get(code, ""))
        except UnknownLocaleError:  # CLDR counts its speakers and has no words of it
            continue
    return frozenset(names - {""})
