import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass, rank_countries
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Ring
from geoagent.case.views import Box
from geoagent.geo import Area, Point
from geoagent.reading.contacts import find_domains
from geoagent.reading.languages import detect_languages, script_of, signage_shares
from geoagent.reading.phones import find_phones
from geoagent.reading.texts import read_clues


def texts(*values: str, confidence: float = 0.98) -> list[Clue]:
    return [Clue(kind="text", value=value, witness="ocr", confidence=confidence) for value in values]


def leader(beliefs: Beliefs, evidence: list[Evidence]) -> str:
    return rank_countries(beliefs.of(evidence), 1)[0].key.country


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


def test_doubtful_text_is_not_read(atlas: Atlas) -> None:
    assert read_clues(texts("Uppsala", confidence=0.4), atlas) == []


def test_many_readings_stay_one_piece_of_evidence(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence = [item for item in read_clues(texts("Springfield"), atlas) if item.kind == "toponym"]
    assert len(evidence) == 1
    belief = beliefs.of(evidence)
    assert mass(belief, Area("US")) > 0.35  # from a prior of 0.1
    assert mass(belief, Area.parse("US.MO")) < 0.2


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
        rows = [atlas.rows(Area(code)).argmax() for code in ("ES", "SE")]
        ratio = [belief.probability[row] / atlas.prior[row] for row in rows]
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
    assert shares[Area("SE")]["sv"] > 0.6
    assert shares[Area("BE")]["nl"] > 0.2 < shares[Area("BE")]["fr"]
    assert all(sum(row.values()) == pytest.approx(1) for row in shares.values())


def test_domains_and_phones() -> None:
    assert [c.country for c in find_domains("www.cafe-exemplo.fr und info@firma.de")] == ["FR", "DE"]
    assert [c.country for c in find_domains("shop.co.uk")] == ["GB"]
    assert list(find_domains("twitch.tv youtu.be.com geo.io 3.5km a.b")) == []
    assert [c.countries for c in find_phones("+33 4 72 00 00 12")] == [("FR",)]
    national = list(find_phones("Tel. 018-00 00 12"))
    assert not national[0].certain
    assert "SE" in national[0].countries
    assert list(find_phones("Open 09-17")) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(212) 555-0123", "US"), ("Tel 06-54794683", "NL"), ("33 12 34 56", "DK"), ("(11) 3333-4444", "BR"),
        ("400-820-8820", "CN"), ("tel: 030 123456", "DE"), ("电话 021 6279 8886", "CN"), ("03-1234-5678", "JP"),
    ],
)  # fmt: skip
def test_a_phone_number_without_a_calling_code_is_known_by_how_it_is_written(text: str, code: str) -> None:
    (found,) = find_phones(text)
    assert code in found.written
    assert set(found.written) <= set(found.countries)
    assert len(found.written) <= 6


@pytest.mark.parametrize(
    "text",
    [
        "1998-2004",
        "12-11-2024",
        "10.000.000",
        "0800-1700",
        "7:30-18:00",
        "48.8566, 2.3522",
        "088331",
        "9 99",
        "1,250,000",
    ],
)
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    assert list(find_phones(text)) == []


def test_the_countries_that_write_a_number_so_weigh_more(atlas: Atlas) -> None:
    (item,) = [e for e in read_clues(texts("(212) 555-0123"), atlas) if e.kind == "phone"]
    countries = item.likelihood.model_dump()["parts"][0][1]
    assert countries["weights"]["US"] == 1.0 > countries["weights"]["DE"] > countries["elsewhere"]
    assert "is written as in United States" in item.statement


def placed(*lines: tuple[str, float, float], height: float = 0.04) -> list[Clue]:
    """Texts of one photo at the left top corners (x, y) of their boxes, as wide as their letters need."""
    return [
        Clue(
            kind="text", value=text, view=1, witness="ocr", confidence=0.98,
            box=Box(x0=x, y0=y, x1=min(1.0, x + 0.6 * height * len(text)), y1=y + height),
        )
        for text, x, y in lines
    ]  # fmt: skip


def toponyms(clues: list[Clue], atlas: Atlas) -> list[Evidence]:
    return [item for item in read_clues(clues, atlas) if item.kind in ("toponym", "town_address")]


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("Los", "Angeles", "Los Angeles"),
        ("Villeneuve-", "sur-Lot", "Villeneuve"),
        ("SAN", "SEBASTIAN", "San Sebastian"),
    ],
)
def test_a_name_may_run_over_two_boxes(first: str, second: str, name: str, atlas: Atlas) -> None:
    below = toponyms(placed((first, 0.2, 0.2), (second, 0.2, 0.25)), atlas)
    assert len(below) == 1
    assert below[0].statement.casefold().startswith(f'"{name}'.casefold())
    assert len(below[0].clues) == 2
    apart = toponyms(placed((first, 0.2, 0.2), (second, 0.2, 0.6)), atlas)
    assert all(len(item.clues) == 1 for item in apart)


def test_a_distance_in_a_column_of_its_own_belongs_to_its_name(atlas: Atlas) -> None:
    sign = placed(("Lyon", 0.1, 0.2), ("110", 0.4, 0.2), ("Marseille", 0.1, 0.26), ("200", 0.4, 0.26))
    statements = [item.statement for item in toponyms(sign, atlas)]
    assert sorted(statement.rsplit(",", 1)[1] for statement in statements) == [
        " 110 km or miles away by road",
        " 200 km or miles away by road",
    ]


def test_signs_with_distances_meet_where_they_stand(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence = toponyms(texts("Lyon 100 km", "Marseille 215 km", "Grenoble 95 km"), atlas)
    belief = beliefs.of(evidence)

    def within_60_km(lat: float, lon: float) -> float:
        return float(belief.probability[atlas.rows_within(Point(lat=lat, lon=lon), 60)].sum())

    assert within_60_km(44.93, 4.89) > 0.5  # Valence, from which they are 100, 215 and 95 km
    assert within_60_km(45.75, 4.85) < 0.2  # Lyon


def test_a_distance_in_miles_is_longer(atlas: Atlas) -> None:
    def radius(text: str) -> float:
        (item,) = toponyms(texts(text), atlas)
        rings = [part for _, part in item.likelihood.parts if isinstance(part, Ring)]  # type: ignore[union-attr]
        return rings[0].radius_km

    assert radius("Lyon 100 km") == pytest.approx(80)
    assert radius("London 100 miles") == pytest.approx(80 * 1.609, rel=1e-3)
    assert radius("London 100") == radius("London 100 miles")
    assert radius("Lyon 100") == radius("Lyon 100 km")


def test_several_names_on_one_sign_are_directions(atlas: Atlas) -> None:
    (alone,) = toponyms(shown(["Leipzig"]), atlas)
    listed = toponyms(shown(["Leipzig", "Dresden", "Halle (Saale)", "Chemnitz"]), atlas)
    assert "direction" not in alone.statement
    assert sum("direction" in item.statement for item in listed) >= 3


def test_names_that_scatter_over_the_world_are_no_sign_and_count_less(atlas: Atlas, beliefs: Beliefs) -> None:
    alone = toponyms(shown(["Leipzig"]), atlas)
    listed = toponyms(shown(["Leipzig", "Curitiba", "Uppsala", "Nagoya", "Tucson"]), atlas)
    assert not any("direction" in item.statement for item in listed)
    assert mass(beliefs.of(listed), Area("DE")) < 0.5 * mass(beliefs.of(alone), Area("DE"))


@pytest.mark.parametrize(("trade", "name"), [("HOTEL", "UPPSALA"), ("PIZZERIA", "CURITIBA"), ("BAR", "LEIPZIG")])
@pytest.mark.parametrize(("x", "y"), [(0.2, 0.14), (0.2, 0.26), (0.41, 0.2)])
def test_a_name_beside_a_trade_is_a_business(trade: str, name: str, x: float, y: float, atlas: Atlas) -> None:
    (beside,) = toponyms(placed((name, 0.2, 0.2), (trade, x, y)), atlas)
    (apart,) = toponyms(placed((name, 0.2, 0.2), (trade, 0.6, 0.8)), atlas)
    assert "business" in beside.statement
    assert "business" not in apart.statement


@pytest.mark.parametrize("rest", ["www.trattoriaesempio.it", "Tel. +39 055 123456", "Aperto tutti i giorni, chiuso"])
def test_a_world_famous_name_loses_against_all_else(rest: str, atlas: Atlas, beliefs: Beliefs) -> None:
    clues = placed(("HOTEL", 0.2, 0.2), ("NEW YORK", 0.2, 0.25)) + placed((rest, 0.2, 0.8), height=0.02)
    assert leader(beliefs, read_clues(clues, atlas)) == "IT"


@pytest.mark.parametrize(("name", "kinds"), [("NEW YORK", ["toponym"]), ("PANAMÁ", ["toponym", "country_name"])])
def test_a_town_and_an_area_of_one_name_are_one_observation(name: str, kinds: list[str], atlas: Atlas) -> None:
    found = [item for item in read_clues(texts(name), atlas) if item.kind in ("toponym", "country_name")]
    assert [item.kind for item in found] == kinds
    assert len({item.group for item in found}) == 1


def test_a_lone_bare_name_is_not_sure(atlas: Atlas, beliefs: Beliefs) -> None:
    for name, country in (("NEW YORK", "US"), ("AUCKLAND", "NZ"), ("UPPSALA", "SE")):
        assert mass(beliefs.of(read_clues(texts(name), atlas)), Area(country)) < 0.7


def test_names_that_lie_close_together_support_each_other(atlas: Atlas, beliefs: Beliefs) -> None:
    one, two = (
        mass(beliefs.of(toponyms(texts(*names), atlas)), Area.parse("DE.13"))
        for names in (["Leipzig"], ["Leipzig", "Markkleeberg"])
    )
    assert 1 - two < 0.5 * (1 - one)


def test_a_lone_obscure_name_far_from_the_rest_does_not_win(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence = toponyms(texts("Stadt Leipzig", "Markkleeberg", "Molino"), atlas)
    belief = beliefs.of(evidence)
    assert {"Leipzig", "Markkleeberg", "Molino"} == {item.statement.split('"')[1] for item in evidence}
    assert mass(belief, Area.parse("DE.13")) > 0.9


def test_what_the_picture_says_of_itself_is_not_read(atlas: Atlas) -> None:
    lines = [
        "© 2023 Google",
        "百度地图",
        "Image capture: Jul 2019",
        "Photo: Paris Hamilton / Getty Images",
        "Shot on X20",
    ]
    assert read_clues(texts(*lines), atlas) == []


def test_a_caption_is_read_without_its_credit(atlas: Atlas) -> None:
    (item,) = toponyms(texts("Zaragoza, Spain. Photo: Anna Hamilton"), atlas)
    assert item.statement.startswith('"Zaragoza"')


def test_two_names_of_one_city_are_one_observation(atlas: Atlas) -> None:
    both = toponyms(texts("Bruxelles", "Brussel"), atlas)
    assert len(both) == 1
    assert len(both[0].clues) == 2


@pytest.mark.parametrize(
    ("line", "country"),
    [("Mairie d'Avignon", "FR"), ("Stadt Leipzig", "DE"), ("Prefeitura de Curitiba", "BR"), ("长沙市", "CN")],
)
def test_an_administration_says_that_we_are_there(line: str, country: str, atlas: Atlas, beliefs: Beliefs) -> None:
    assert toponyms(texts(line), atlas)
    assert mass(beliefs.of(read_clues(texts(line), atlas)), Area(country)) > 0.5


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Stadt Nürnberg", "Bavaria, Germany"), ("Stadt München", "Bavaria, Germany"), ("Malmö stad", "Skåne, Sweden"),
        ("Jönköping", "Sweden"), ("Ayuntamiento de Málaga", "Andalusia, Spain"), ("A Coruña", "Galicia, Spain"),
        ("Câmara Municipal de São Paulo", "São Paul"), ("Gdańsk", "Pomerania, Poland"), ("Plzeň", "Czechia"),
        ("Győr", "Hungary"), ("Eskişehir", "Turkey"), ("Reykjavík", "Iceland"), ("Tromsø", "Norway"),
        ("Besançon", "France"), ("Київ", "Ukraine"), ("Đà Nẵng", "Vietnam"),
    ],
)  # fmt: skip
def test_a_letter_of_some_languages_makes_a_town_no_word(atlas: Atlas, text: str, town: str) -> None:
    found = [
        item for item in read_clues([Clue(kind="text", value=text, witness="ocr")], atlas) if item.kind == "toponym"
    ]
    assert len(found) == 1
    assert town in found[0].statement
