"""Hints as people write them, in five languages, each with what a person understands."""

from typing import NamedTuple

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import best_point, mass
from geoagent.case.evidence import Clue
from geoagent.geo import Area, Point, distance_km
from geoagent.reading.hints.hint import HintReading, understand

OPTION = 0.95
"""What a hint is worth; its options share it."""


class Part(NamedTuple):
    """A part of a country: which division lies in it, and which does not."""

    country: str
    inside: str
    outside: str


def understood(hint: str, atlas: Atlas) -> HintReading:
    return understand(Clue(kind="hint", value=hint, witness="user"), atlas)


def prior(area: Area, atlas: Atlas) -> float:
    return float(atlas.prior[atlas.rows(area)].sum())


@pytest.mark.parametrize(
    ("hint", "options"),
    [
        ("Is this the US, North Korea, Greece or Portugal?", "US KP GR PT"),
        ("Lyon or Nantes", "FR.84#2996944 FR.52#2990969"),
        ("in Jetisu or Karaganda", "KZ.12510144 KZ.12"),
        ("A. Mexico B. Spain C. Colombia", "MX ES CO"),
        ("Choose one: (1) Texas (2) New Mexico (3) Arizona", "US.TX US.NM US.AZ"),
        ("Which country is it: Philippines/Cambodia/Vietnam/Thailand", "PH KH VN TH"),
        ("New York, London or Paris?", "US.NY GB.ENG#2643743 FR.11#2988507"),
        ("usa or canada", "US CA"),
        ("Is this Hong Kong, Macau or Shenzhen?", "HK MO CN.30#1795565"),
        ("Which of these islands: Crete, Cyprus, Malta, Sicily", "GR.ESYE43 CY MT IT.15"),
        ("on the Thai-Lao border", "TH LA"),
        ("Ist das Österreich oder die Schweiz?", "AT CH"),
        ("Welches Land ist das: Polen, Ungarn oder Rumänien?", "PL HU RO"),
        ("in Bayern oder Tirol", "DE.02 AT.07"),
        ("C'est en Espagne ou au Portugal ?", "ES PT"),
        ("Lyon ou Nantes", "FR.84#2996944 FR.52#2990969"),
        ("¿Es esto Perú, Bolivia o Ecuador?", "PE BO EC"),
        ("Sevilla o Córdoba", "ES.51#2510911 ES.51#2519240"),
        ("是老挝、柬埔寨还是越南？", "LA KH VN"),
        ("上海或者北京", "CN.23 CN.22"),
        ("里昂还是南特", "FR.84#2996944 FR.52#2990969"),
    ],
)
def test_options_have_equal_shares(hint: str, options: str, atlas: Atlas, beliefs: Beliefs) -> None:
    areas = [Area.parse(text) for text in options.split()]
    belief = beliefs.of(understood(hint, atlas).evidence)
    for area in areas:
        assert mass(belief, area) == pytest.approx(OPTION / len(areas), abs=0.015), str(area)


@pytest.mark.parametrize(
    ("hint", "area"),
    [
        ("I think it's Chile", "CL"),
        ("Perhaps Vietnam", "VN"),
        ("looks like Norway", "NO"),
        ("Street view from Botswana", "BW"),
        ("the Japanese embassy in Brazil", "BR"),
        ("a Sichuan restaurant in London", "GB.ENG#2643743"),
        ("Paris, Texas", "US.TX#4717560"),
        ("St. Petersburg, Florida", "US.FL#4171563"),
        ("the state of Georgia", "US.GA"),
        ("Tbilisi, Georgia", "GE.51#611717"),
        ("my trip to Kenya", "KE"),
        ("South Korea, not North Korea", "KR"),
        ("not in China but in Taiwan", "TW"),
        ("Vermutlich Norwegen", "NO"),
        ("Foto aus Kenia", "KE"),
        ("in einem italienischen Dorf", "IT"),
        ("Peut-être la Norvège", "NO"),
        ("l'ambassade de France au Sénégal", "SN"),
        ("une photo d'Espagne", "ES"),
        ("creo que es Chile", "CL"),
        ("la embajada de España en Marruecos", "MA"),
        ("可能是越南", "VN"),
        ("照片来自日本", "JP"),
        ("在四川", "CN.32"),
    ],
)
def test_a_claim_is_taken_at_its_level(hint: str, area: str, atlas: Atlas, beliefs: Beliefs) -> None:
    named = Area.parse(area)
    reading = understood(hint, atlas)
    assert mass(beliefs.of(reading.evidence), named) > OPTION - 0.01
    assert reading.evidence[0].level == named.level


@pytest.mark.parametrize(
    ("hint", "quoted"),
    [
        ("a flight to Chongqing", "flight to Chongqing"),
        ("taken from a plane on the way to Oslo", "plane on the way to Oslo"),
        ("the road to Mandalay", "road to Mandalay"),
        ("a bus from Kraków", "bus from Kraków"),
        ("a train bound for Osaka", "train bound for Osaka"),
        ("flying from London to New York", "flying from London to New York"),
        ("the embassy of Japan", "embassy of Japan"),
        ("an Istanbul restaurant", "Istanbul restaurant"),
        ("Kentucky Fried Chicken", "Kentucky Fried Chicken"),
        ("a container from China", "from China"),
        ("my grandmother was born in Poland", "born in Poland"),
        ("a country that borders Brazil", "borders Brazil"),
        ("it reminds me of Norway", "reminds me of Norway"),
        ("My name is Jordan", "My name is Jordan"),
        ("shops that sell Swiss watches", "shops that sell Swiss watches"),
        ("bigger than Luxembourg", "bigger than Luxembourg"),
        ("north of Spain", "north of Spain"),
        ("Which country exports the most coffee to Germany?", "to Germany"),
        ("ein Flug nach Chongqing", "Flug nach Chongqing"),
        ("im Zug von Zürich nach Mailand", "Zug von Zürich nach Mailand"),
        ("mein Freund aus Japan", "Freund aus Japan"),
        ("nahe der Grenze zu Italien", "Grenze zu Italien"),
        ("un vol pour Chongqing", "vol pour Chongqing"),
        ("sur la route de Lyon", "route de Lyon"),
        ("un bus venant de Varsovie", "bus venant de Varsovie"),
        ("cela ressemble à l'Islande", "cela ressemble à l'Islande"),
        ("un vuelo a Bogotá", "vuelo a Bogotá"),
        ("de camino a Granada", "camino a Granada"),
        ("vivo en Madrid", "vivo en Madrid"),
        ("飞往重庆的航班", "飞往重庆的航班"),
        ("在去巴黎的路上", "在去巴黎的路上"),
        ("日本大使馆", "日本大使馆"),
        ("四川餐厅", "四川餐厅"),
        ("in Blorpville", "Blorpville"),
        ("the Chinese embassy", "the Chinese embassy"),
        ("qwertz uiop", "qwertz uiop"),
    ],
)
def test_what_is_no_claim_is_quoted_and_not_used(hint: str, quoted: str, atlas: Atlas) -> None:
    reading = understood(hint, atlas)
    assert not reading.evidence
    assert [part.text for part in reading.unused] == [quoted]
    assert quoted in reading.unused[0].told()


@pytest.mark.parametrize(
    "hint",
    [
        "Which country has the most pyramids?",
        "which city hosts the film festival shown here?",
        "Determine which country it is based on the image.",
        "In welcher Stadt ist das?",
        "Quel pays a ce drapeau ?",
        "¿Qué país tiene esta bandera?",
        "这是哪个国家？",
    ],
)
def test_a_question_says_nothing(hint: str, atlas: Atlas) -> None:
    assert understood(hint, atlas) == HintReading([], [], ())


@pytest.mark.parametrize(
    ("hint", "out", "kept"),
    [
        ("not in mainland China", "CN", "HK MO TW"),
        ("neither in Spain nor in Portugal", "ES PT", "FR"),
        ("it can't be Canada", "CA", "US"),
        ("anywhere but Brazil", "BR", "AR"),
        ("nicht in Festlandchina", "CN", "HK MO TW"),
        ("weder in Spanien noch in Portugal", "ES PT", "FR"),
        ("pas en Chine continentale", "CN", "HK MO TW"),
        ("ce n'est pas la France", "FR", "BE"),
        ("no en China continental", "CN", "HK MO TW"),
        ("ni en España ni en Portugal", "ES PT", "FR"),
        ("不在中国大陆", "CN", "HK MO TW"),
        ("既不在西班牙也不在葡萄牙", "ES PT", "FR"),
    ],
)
def test_what_it_is_not(hint: str, out: str, kept: str, atlas: Atlas, beliefs: Beliefs) -> None:
    belief = beliefs.of(understood(hint, atlas).evidence)
    for area in map(Area, out.split()):
        assert mass(belief, area) < 0.1 * prior(area, atlas)
    for area in map(Area, kept.split()):
        assert mass(belief, area) >= prior(area, atlas)


@pytest.mark.parametrize(
    ("hint", "part"),
    [
        ("the northern part of South Africa", Part("ZA", "ZA.09", "ZA.11")),
        ("Northern part of South Africa", Part("ZA", "ZA.09", "ZA.11")),
        ("western China", Part("CN", "CN.13", "CN.25")),
        ("in the southwest of China", Part("CN", "CN.29", "CN.08")),
        ("im Norden von Südafrika", Part("ZA", "ZA.09", "ZA.11")),
        ("in Westchina", Part("CN", "CN.13", "CN.25")),
        ("im Süden Deutschlands", Part("DE", "DE.02", "DE.10")),
        ("l'ouest de la Chine", Part("CN", "CN.13", "CN.25")),
        ("dans le nord de l'Italie", Part("IT", "IT.09", "IT.03")),
        ("en el norte de España", Part("ES", "ES.58", "ES.51")),
        ("南非北部", Part("ZA", "ZA.09", "ZA.11")),
        ("中国西部", Part("CN", "CN.13", "CN.25")),
    ],
)
def test_a_part_of_a_country_is_told_of_the_country(hint: str, part: Part, atlas: Atlas, beliefs: Beliefs) -> None:
    (evidence,) = understood(hint, atlas).evidence
    belief = beliefs.of([evidence])
    assert mass(belief, Area(part.country)) > OPTION - 0.01
    inside, outside = (mass(belief, a) / prior(a, atlas) for a in map(Area.parse, (part.inside, part.outside)))
    assert inside > 3 * outside
    assert evidence.level == "country"


@pytest.mark.parametrize(
    ("hint", "city"),
    [
        ("north of Lyon", "FR.84#2996944"),
        ("nördlich von Lyon", "FR.84#2996944"),
        ("au nord de Lyon", "FR.84#2996944"),
        ("al norte de Lyon", "FR.84#2996944"),
        ("里昂以北", "FR.84#2996944"),
        ("north of Neuquén", "AR.15#3843123"),
    ],
)
def test_north_of_a_city_is_beside_it(hint: str, city: str, atlas: Atlas, beliefs: Beliefs) -> None:
    belief = beliefs.of(understood(hint, atlas).evidence)
    area = Area.parse(city)
    lat = float(atlas.lat[atlas.rows(area)].mean())
    assert mass(belief, area) < 0.3
    assert float(belief.probability[atlas.lat > lat + 0.05].sum()) > 0.7


def test_regions_of_the_world_are_one_option_in_which_the_prior_decides(atlas: Atlas, beliefs: Beliefs) -> None:
    belief = beliefs.of(understood("in Africa or in Portugal", atlas).evidence)
    assert mass(belief, Area("PT")) == pytest.approx(OPTION / 2, abs=0.015)
    assert mass(belief, Area("NG")) / mass(belief, Area("EG")) == pytest.approx(
        prior(Area("NG"), atlas) / prior(Area("EG"), atlas), rel=0.01
    )
    assert mass(belief, Area("FR")) < 0.01


def test_parts_of_countries_are_options(atlas: Atlas, beliefs: Beliefs) -> None:
    hint = "Southern Kenya, Western Kenya, Northern Senegal or Southern Senegal"
    belief = beliefs.of(understood(hint, atlas).evidence)
    assert mass(belief, Area("KE")) == pytest.approx(OPTION / 2, abs=0.015)
    assert mass(belief, Area("SN")) == pytest.approx(OPTION / 2, abs=0.015)


def test_an_option_that_nobody_knows_keeps_its_share(atlas: Atlas, beliefs: Beliefs) -> None:
    reading = understood("Blorpville or Lyon", atlas)
    assert mass(beliefs.of(reading.evidence), Area.parse("FR.84#2996944")) == pytest.approx(OPTION / 2, abs=0.015)
    assert [part.text for part in reading.unused] == ["Blorpville"]


def test_one_name_of_several_places_is_one_option(atlas: Atlas, beliefs: Beliefs) -> None:
    belief = beliefs.of(understood("Georgia or Armenia?", atlas).evidence)
    assert mass(belief, Area("AM")) == pytest.approx(OPTION / 2, abs=0.015)


@pytest.mark.parametrize(
    ("hint", "country", "lat", "lon"),
    [
        ("somewhere in Southern California", "US", 34.0, -117.6),
        ("Where in the Scottish Highlands is this?", "GB", 57.3, -4.7),
        ("an island in Greece: Santorini", "GR", 36.4, 25.4),
        ("Kent, UK", "GB", 51.2, 0.7),
        ("im Schwarzwald", "DE", 48.2, 8.2),
        ("en la Costa del Sol", "ES", 36.6, -4.6),
        ("en Provence", "FR", 43.65, 5.6),
        ("the Mekong Delta, Vietnam", "VN", 10.0, 105.8),
        ("Vancouver Island", "CA", 49.6, -125.4),
    ],
)
def test_islands_coasts_and_valleys_are_places(
    hint: str, country: str, lat: float, lon: float, atlas: Atlas, beliefs: Beliefs
) -> None:
    reading = understood(hint, atlas)
    (evidence,) = reading.evidence
    belief = beliefs.of((evidence,))
    assert mass(belief, Area(country)) > 0.9
    assert distance_km(best_point(belief), Point(lat=lat, lon=lon)) < 200


def test_an_island_that_is_no_answer_is_none(atlas: Atlas) -> None:
    assert not understood("not in Provence", atlas).evidence
    (evidence,) = understood("in Cornwall, Ontario", atlas).evidence
    assert evidence.statement == "the hint names Cornwall, Ontario, Canada"


def test_an_island_is_an_option_beside_a_region(atlas: Atlas, beliefs: Beliefs) -> None:
    (evidence,) = understood("Tuscany or Provence?", atlas).evidence
    belief = beliefs.of((evidence,))
    assert mass(belief, Area.parse("IT.16")) == pytest.approx(OPTION / 2, abs=0.03)
    assert mass(belief, Area("FR")) == pytest.approx(OPTION / 2, abs=0.03)
