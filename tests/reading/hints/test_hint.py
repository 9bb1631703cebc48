import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.geo import Area, Point
from geoagent.reading.hints.hint import read_hint


def told(hint: str, atlas: Atlas) -> list[Evidence]:
    return read_hint(Clue(kind="hint", value=hint, witness="user"), atlas)[0]


@pytest.mark.parametrize(
    ("hint", "keys"),
    [
        ("somewhere in Spain", {"ES"}),
        ("Which of these: Spain, Chile, Israel or Australia?", {"ES", "CL", "IL", "AU"}),
        ("Which county of Shaanxi Province, China, is this?", {"CN.26"}),
        ("Which state in the United States is this?", {"US"}),
        ("Is it Georgia, in the United States?", {"US.GA"}),
        ("Chicago or New York?", {"US.IL#4887398", "US.NY"}),
        ("New Mexico", {"US.NM"}),
        ("Is this Northern Ireland?", {"GB.NIR"}),
        ("Paris, Texas", {"US.TX#4717560"}),
        ("Somewhere in the UK", {"GB"}),
        ("Which Chinese city is this?", {"CN"}),
        ("Which U.S. city is it?", {"US"}),
        ("Identify the dam in which Dutch town", {"NL"}),
        ("a French or Italian village", {"FR", "IT"}),
        ("a Scottish island", {"GB.SCT"}),
        ("next to a Chinese restaurant", set()),
        ("on the Indian Ocean", set()),
        ("somewhere in spain", {"ES"}),
        ("not sure, maybe Spain", {"ES"}),
        ("in Scandinavia", {"DK", "NO", "SE"}),
        ("a Baltic country, but not Latvia", {"EE", "LT"}),
        ("这张照片在中国的哪个城市", {"CN"}),
        ("日本还是韩国", {"JP", "KR"}),
        ("¿En qué ciudad española se tomó?", {"ES"}),
        ("Dans quelle ville française est-ce ?", {"FR"}),
        ("In welcher deutschen Stadt ist das?", {"DE"}),
        ("irgendwo in Österreich", {"AT"}),
        ("En algún lugar de México", {"MX"}),
        ("quelque part en Allemagne", {"DE"}),
        ("Which city is it?", set()),
        ("Where is this street view from?", set()),
        ("Menu prices 12.50, 13.99", set()),
        ("Most of the time it can be nice. Where is this?", set()),
    ],
)
def test_hints(atlas: Atlas, hint: str, keys: set[str]) -> None:
    evidence, _ = read_hint(Clue(kind="hint", value=hint, witness="user"), atlas)
    named = set(evidence[0].likelihood.model_dump()["weights"]) if evidence else set()
    assert named == keys


def test_a_region_of_the_world_as_a_hint(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence, _ = read_hint(Clue(kind="hint", value="somewhere in Southern Europe", witness="user"), atlas)
    belief = beliefs.of(evidence)
    assert mass(belief, Area("IT")) > 0.1
    assert mass(belief, Area("SE")) < 0.01


@pytest.mark.parametrize(
    ("hint", "statement"),
    [
        ("not in Europe", "the hint says that it is not Europe"),
        ("not in Southeast Asia or Oceania", "the hint says that it is not Oceania; Southeast Asia"),
        ("not in Asia or Africa", "the hint says that it is not Africa; Asia"),
        ("somewhere in Southern Europe", "the hint names Southern Europe"),
        ("Europe but not Spain", "the hint names Europe, except Spain"),
        ("not in Europe except Spain", "the hint says that it is not Europe, except Spain"),
        ("not Spain, but not Portugal either", "the hint says that it is not Spain; Portugal"),
        ("not in Asia or Africa, but not Egypt", "the hint says that it is not Africa; Asia, except Egypt"),
        ("Europe, but not Catalonia", "the hint names Europe"),
        ("Denmark, Norway or Sweden", "the hint names Denmark; Norway; Sweden"),
    ],
)
def test_a_region_of_the_world_is_told_by_its_name(atlas: Atlas, hint: str, statement: str) -> None:
    assert told(hint, atlas)[0].statement == statement


def test_a_point_as_a_hint(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence, cases = read_hint(Clue(kind="hint", value="near 48.20849, 16.37208", witness="user"), atlas)
    belief = beliefs.of(evidence, cases)
    assert mass(belief, Area.parse("AT.09")) > 0.9
    assert belief.spot_probability[0] > 0.5


@pytest.mark.parametrize(
    ("name", "lat", "lon"),
    [("Midway", 28.2, -177.37), ("Wake", 19.28, 166.65), ("Heard", -53.1, 73.5), ("Bouvet", -54.42, 3.36)],
)
def test_a_point_in_a_country_without_rows_as_a_hint(
    atlas: Atlas, beliefs: Beliefs, name: str, lat: float, lon: float
) -> None:
    assert atlas.at(Point(lat=lat, lon=lon)).row is None
    belief = beliefs.of(*read_hint(Clue(kind="hint", value=f"{name}: {lat:.4f}, {lon:.4f}", witness="user"), atlas))
    assert belief.spot_probability[0] > 0.5


@pytest.mark.parametrize(
    ("hint", "names"),
    [
        ("north of Neuquén, or south of Roca, in Argentina", ["AR"]),
        ("between Spain and Portugal", ["ES", "PT"]),
        ("on the Dacheng Railway in China", ["CN"]),
        ("where the Oslo Road meets the sea, in Norway", ["NO"]),
    ],
)
def test_places_that_a_hint_names_in_passing(hint: str, names: list[str], atlas: Atlas) -> None:
    (evidence,) = told(hint, atlas)
    assert isinstance(evidence.likelihood, Areas)
    assert sorted(map(str, evidence.likelihood.weights)) == names


@pytest.mark.parametrize(
    "hint",
    [
        "definitely not in Spain",
        "nicht in Spanien",
        "pas en Espagne",
        "no está en España",
        "不在西班牙",
        "outside Spain",
    ],
)
def test_a_hint_of_where_it_is_not(hint: str, atlas: Atlas, beliefs: Beliefs) -> None:
    (evidence,) = told(hint, atlas)
    assert evidence.likelihood == Areas(weights={"ES": 0.0}, elsewhere=1.0)
    assert mass(beliefs.of([evidence]), Area("ES")) < 0.2 * float(atlas.prior[atlas.rows(Area("ES"))].sum())


@pytest.mark.parametrize(
    ("hint", "more", "less"),
    [
        ("in the south of France", "FR.93", "FR.32"),
        ("southern France", "FR.93", "FR.32"),
        ("dans le sud de la France", "FR.93", "FR.32"),
        ("im Süden von Frankreich", "FR.93", "FR.32"),
        ("en el sur de Francia", "FR.93", "FR.32"),
        ("法国南部", "FR.93", "FR.32"),
        ("eastern Germany", "DE.13", "DE.07"),
        ("northeastern Spain", "ES.56", "ES.51"),
        ("near Lyon", "FR.84", "FR.11"),
        ("cerca de Lyon", "FR.84", "FR.11"),
        ("in der Nähe von Lyon", "FR.84", "FR.11"),
        ("outside Lyon in France", "FR.84", "FR.11"),
        ("between Lyon and Dijon in France", "FR.27", "FR.11"),
        ("entre Lyon et Dijon", "FR.27", "FR.11"),
        ("30 km south of Lyon", "FR.84", "FR.27"),
        ("a French-speaking country in Africa", "SN", "KE"),
        ("where Spanish is spoken, in South America", "PE", "BR"),
        ("in the southern hemisphere", "AU", "JP"),
        ("48°51'24\"N 2°21'08\"E", "FR.11", "FR.84"),
        ("48.8566° N, 2.3522° E", "FR.11", "FR.84"),
    ],
)
def test_a_hint_favours(hint: str, more: str, less: str, atlas: Atlas, beliefs: Beliefs) -> None:
    belief = beliefs.of(*read_hint(Clue(kind="hint", value=hint, witness="user"), atlas))
    areas = [Area.parse(more), Area.parse(less)]
    gain = [mass(belief, area) / float(atlas.prior[atlas.rows(area)].sum()) for area in areas]
    assert gain[0] > 2.5 * gain[1]
    assert gain[0] > 2


def test_a_distance_and_a_direction_say_where(atlas: Atlas, beliefs: Beliefs) -> None:
    (evidence,) = told("100 km north of Lyon", atlas)
    belief = beliefs.of([evidence])
    north, south = (
        float(belief.probability[atlas.rows_within(Point(lat=lat, lon=4.85), 40)].sum()) for lat in (46.65, 44.85)
    )
    assert north > 0.4
    assert south < 0.02


def test_what_a_hint_says_in_several_ways_is_added_up(atlas: Atlas, beliefs: Beliefs) -> None:
    evidence = told("a Portuguese-speaking country in Africa, in the southern hemisphere", atlas)
    assert [item.group for item in evidence] == ["hint", "hint:language", "hint:latitude"]
    belief = beliefs.of(evidence)
    assert mass(belief, Area("AO")) + mass(belief, Area("MZ")) > 0.5
