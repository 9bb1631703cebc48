"""Evidence in words: sentences that a person understands who does not know the program."""

import pytest

from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.geo import Area
from geoagent.graph.evidence_sentences import EXCLUDES, LONGEST, SENTENCES, Target, excludes, sentence
from geoagent.plain_text import with_article
from geoagent.reading.tables import tables

SPAIN = Target("Spain", "country")


def evidence(kind: str, witness: str = "ocr", **given: str) -> Evidence:
    said = Areas(weights={"ES": 0.6, "PT": 0.6}, elsewhere=0.1)
    return Evidence(kind=kind, witness=witness, statement="×12 [c0123456789ab]", likelihood=said, group="g", **given)


@pytest.mark.parametrize("table", tables().values(), ids=tables())
def test_each_answer_of_a_table_is_a_sentence(table) -> None:  # type: ignore[no-untyped-def]
    for name, answer in table.answers.items():
        quote = "" if table.witness == "sight" else (*answer.words, *answer.examples, "50003")[0]
        said = sentence(evidence(table.name, answer=name, quote=quote), SPAIN, {})
        assert len(said) <= LONGEST
        assert said.endswith((".", "…"))
        assert not any(mark in said for mark in ("  ", "..", "×", "is a sign for", "of the shape"))
        assert said[0] == said[0].upper()


def test_what_can_exclude_a_place_can_speak_for_one() -> None:
    assert EXCLUDES.keys() <= SENTENCES.keys() | tables().keys()


@pytest.mark.parametrize("kind", sorted({*SENTENCES, "made_by_a_tool_of_ones_own"}))
def test_each_kind_of_evidence_names_the_place_and_shows_no_log(kind: str) -> None:
    item = evidence(kind, quote="50003", answer="99999" if kind == "postal_codes" else "es")
    assert "Spain" in sentence(item, SPAIN, {})
    for said in (sentence(item, SPAIN, {}), excludes(item, {})):
        assert "×" not in said
        assert "c0123456789ab" not in said


@pytest.mark.parametrize(
    ("country", "said"),
    [("United States", "the United States"), ("Cook Islands", "the Cook Islands"), ("Spain", "Spain")],
)
def test_the_name_of_a_country_has_its_article(country: str, said: str) -> None:
    assert with_article(country) == said


def test_a_word_of_several_countries_names_them_and_not_its_language() -> None:
    item = evidence("usage", quote="APOTEK", answer="apotek")
    assert sentence(item, SPAIN, {}) == (
        '"APOTEK" is a word used in Indonesia, Sweden, Norway and a few other countries.'
    )


def test_a_postal_code_is_told_by_its_digits() -> None:
    item = evidence("postal_codes", quote="50003", answer="99999")
    assert sentence(item, SPAIN, {}) == (
        '"50003" is written as a postal code: those of Spain have five digits, as in few other countries.'
    )


def test_the_name_of_a_street_is_told_whole() -> None:
    sign = Clue(kind="text", value="Nørregade", witness="ocr")
    item = evidence("street_suffixes", quote="gade", answer="gade").replace(clues=(sign.id,))
    said = sentence(item, Target("Denmark", "country"), {sign.id: sign})
    assert said == '"Nørregade" is a street\'s name in Danish: it ends in -gade.'


def test_a_language_that_few_signs_of_a_country_are_in_is_not_told_as_its_own() -> None:
    item = evidence("language", answer="it", quote="PISCINA")
    assert "which is written in" in sentence(item, Target("Italy", "country", Area("IT")), {})
    assert "some signs" in sentence(item, Target("the United States", "country", Area("US")), {})


def test_an_exclusion_speaks_for_no_place() -> None:
    said = Evidence(
        kind="correction", witness="user", statement="x", likelihood=Areas(weights={"FR": 0.0}, elsewhere=1.0),
        group="g", quote="exclude France",
    )  # fmt: skip
    assert "speaks for" not in sentence(said, SPAIN, {})
    assert "speaks for Spain" in sentence(evidence("correction", quote="in Iberia"), SPAIN, {})
