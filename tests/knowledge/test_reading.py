import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.evidence import Clue, Evidence
from geoagent.knowledge.contacts import find_domains, find_phones
from geoagent.knowledge.languages import detect_languages, script_of, signage_shares
from geoagent.knowledge.reading import read_clues
from geoagent.knowledge.toponyms import find_toponyms
from geoagent.readout import mass, rank_countries


def texts(*values: str, confidence: float = 0.98) -> list[Clue]:
    return [Clue(kind="text", value=value, witness="ocr", confidence=confidence) for value in values]


def leader(beliefs: Beliefs, evidence: list[Evidence]) -> str:
    return rank_countries(beliefs.of(evidence), 1)[0].key


@pytest.mark.parametrize(
    ("lines", "country"),
    [
        (["Apotek", "Systembolaget", "Uppsala 12"], "SE"),
        (["Boulangerie", "69003 LYON"], "FR"),
        (["ラーメン", "営業中"], "JP"),
        (["안녕하세요", "서울"], "KR"),
        (["www.livrariaexemplo.com.br"], "BR"),
        (["+49 30 123456"], "DE"),
        (["Ελληνικά εστιατόριο"], "GR"),
        (["Κύπρος"], "CY"),
    ],
)
def test_texts_point_to_their_country(atlas: Atlas, beliefs: Beliefs, lines: list[str], country: str) -> None:
    assert leader(beliefs, read_clues(texts(*lines), atlas)) == country


@pytest.mark.parametrize(
    "line", ["HOTEL", "Pizza", "SHELL", "Police", "Taxi", "The Most", "OPEN", "a", "123", "Toyota"]
)
def test_common_words_are_no_place_names(atlas: Atlas, line: str) -> None:
    assert find_toponyms(line, atlas) == []


def test_doubtful_text_is_not_read(atlas: Atlas) -> None:
    assert read_clues(texts("Uppsala", confidence=0.4), atlas) == []


def test_the_longest_name_wins(atlas: Atlas) -> None:
    assert [found.text for found in find_toponyms("Welcome to Los Angeles", atlas)] == ["Los Angeles"]
    assert [found.text for found in find_toponyms("Curitiba-PR", atlas)] == ["Curitiba"]
    assert find_toponyms("北京市朝阳区", atlas)[0].text == "北京市"


def test_many_readings_stay_one_piece_of_evidence(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence = [item for item in read_clues(texts("Springfield"), atlas) if item.kind == "toponym"]
    assert len(evidence) == 1
    belief = beliefs.of(evidence)
    assert mass(belief, "US") > 0.35  # from a prior of 0.1
    assert mass(belief, "US.MO") < 0.2


SIGNS = ["Zapatería Aragón", "www.mueblesebrolino.es", "Tel. +34 976 22 00 00", "50003 Zaragoza", "España"]


def shown(*photos: list[str]) -> list[Clue]:
    """The texts of several photos."""
    return [
        Clue(kind="text", value=text, view=view, witness="ocr", confidence=0.98)
        for view, texts in enumerate(photos, 1)
        for text in texts
    ]


def test_the_same_texts_in_two_photos_are_one_observation(atlas: Atlas, beliefs: Beliefs) -> None:
    one = read_clues(shown(SIGNS), atlas)
    two = read_clues(shown(SIGNS, SIGNS[::-1]), atlas)
    assert {item.kind for item in one} >= {"language", "toponym", "domain", "phone", "country_name", "lexicon"}
    assert [(item.kind, item.statement, item.likelihood) for item in two] == [
        (item.kind, item.statement, item.likelihood) for item in one
    ]
    assert all(len(b.clues) == 2 * len(a.clues) for a, b in zip(one, two, strict=True))
    assert np.array_equal(beliefs.of(two).probability, beliefs.of(one).probability)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("www.mueblesebrolino.es", "www.muebiesebrolino.es"),
        ("Tel. +34 976 22 00 00", "Tel. +34 976 22 00 08"),
        ("Zapatería y bolsos de piel", "Zapateria v bolsos de pie"),
        ("50003 Zaragoza", "S0003 Zaragoza"),
    ],
)
def test_a_text_misread_in_a_second_photo_adds_at_most_gamma(
    atlas: Atlas, beliefs: Beliefs, first: str, second: str
) -> None:
    def log_odds(*photos: list[str]) -> float:
        """Of Spain against Sweden over the prior: what the photos say, free of any normalisation."""
        belief = beliefs.of(read_clues(shown(*photos), atlas))
        ratio = [belief.probability[row] / atlas.prior[row] for row in (atlas.rows(c).argmax() for c in ("ES", "SE"))]
        return float(np.log(ratio[0] / ratio[1]))

    one, again, both = log_odds([first]), log_odds([second]), log_odds([first], [second])
    assert max(one, again) - 1e-9 <= both <= (1 + beliefs.reliabilities.gamma) * max(one, again) + 1e-9


def test_photos_with_other_texts_share_one_group_of_languages(atlas: Atlas) -> None:
    evidence = [i for i in read_clues(shown(SIGNS[:1], ["Öppet alla dagar i veckan"]), atlas) if i.kind == "language"]
    assert [len(item.clues) for item in evidence] == [1, 1]
    assert {item.group for item in evidence} == {"language"}


def test_languages() -> None:
    assert max(detect_languages("Rue de la République, ouvert le dimanche").items(), key=lambda x: x[1])[0] == "fr"
    assert detect_languages("ラーメン営業中")["ja"] > 0.8
    assert detect_languages("王") == {}
    assert detect_languages("桥下")["zh"] < 0.5
    assert detect_languages("AB") == {}
    assert detect_languages("12345") == {}
    assert script_of("東京タワー") == "HIRAGANA"
    shares = signage_shares()
    assert shares["SE"]["sv"] > 0.6
    assert shares["BE"]["nl"] > 0.2 < shares["BE"]["fr"]
    assert all(sum(row.values()) == pytest.approx(1) for row in shares.values())


def test_domains_and_phones() -> None:
    assert [c.countries for c in find_domains("www.cafe-exemplo.fr und info@firma.de")] == [("FR",), ("DE",)]
    assert [c.countries for c in find_domains("shop.co.uk")] == [("GB",)]
    assert list(find_domains("twitch.tv youtu.be.com geo.io 3.5km a.b")) == []
    assert [c.countries for c in find_phones("+33 4 72 00 00 12")] == [("FR",)]
    national = list(find_phones("Tel. 018-00 00 12"))
    assert not national[0].certain
    assert "SE" in national[0].countries
    assert list(find_phones("Open 09-17")) == []
