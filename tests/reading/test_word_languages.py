"""The languages of words beside what a detector makes of them."""

import pytest

from geoagent.reading.languages import detect_languages, detected
from geoagent.reading.word_languages import languages_of, with_words


def test_words_are_of_the_languages_that_write_them() -> None:
    assert {"es", "it", "pt"} <= languages_of("piscina")
    assert languages_of("freitag") == {"de"}
    assert languages_of("novine") == {"bs", "hr", "sr"}


def test_names_of_cities_short_and_unknown_words_tell_nothing() -> None:
    assert languages_of("uppsala") == languages_of("vej") == languages_of("xqzt") == frozenset()
    assert with_words("Xqzt Uppsala", {"sv": 0.3}) == {"sv": 0.3}


@pytest.mark.parametrize(
    ("text", "language"), [("SALIDA", "es"), ("WYJŚCIE", "pl"), ("Freitag geschlossen", "de"), ("SORTIE", "fr")]
)
def test_a_word_makes_its_language_surer_than_a_detector_does(text: str, language: str) -> None:
    assert detect_languages(text)[language] > detected(text).get(language, 0.0) + 0.1
    assert sum(detect_languages(text).values()) <= 1
