"""Other systems' answers: strict and lenient reading, by form and on two recorded sets."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoagent.eval.answers.files import read_answers
from geoagent.eval.answers.parsing import ParsedAnswer, Parser, parse_lenient, parse_strict
from geoagent.eval.metrics.points import point_figures

PARIS = (48.85, 2.29)
RADII_KM = (0.5, 2, 10, 25, 200, 750)

OBJECTS = [
    '```json\n{"latitude": 48.85, "longitude": 2.29, "country": "France"}\n```',
    'The place is {"lat": 48.85, "lng": "2.29"}, I think.',
    '{"Latitude": 48.85, "LONG": 2.29}',
    '{"predicted_lat": 48.85, "predicted_lon": 2.29, "lat_error": 9}',
    '{"predLat": 48.85, "predLng": 2.29}',
    '{"lat": "48.85° N", "lon": "2.29° E"}',
    '{"coordinates": [48.85, 2.29]}',
    '{"coordinates": {"lat": 48.85, "lng": 2.29}, "country": "France"}',
    '{"coordinates": "48.85, 2.29", "city": "Paris"}',
    '{"type": "Point", "coordinates": [2.29, 48.85]}',
    '{"lat_lon": [48.85, 2.29]}',
    '[{"lat": 48.85, "lon": 2.29, "rank": 1}, {"lat": 1, "lon": 1, "rank": 2}]',
    'First {"lat": 1, "lon": 1}; no: {"lat": 48.85, "lon": 2.29}',
    '{"lat": 48.85, "lon": 2.29} where {region} is unsure',
    '{"text": "a {brace", "lat": 48.85, "lon": 2.29}',
]
BROKEN = [
    '{"lat": 48.85, "lon": 2.29, "country": "France",}',
    '{"lat": 48.85, "lon": 2.29, "city": Paris}',
    '{"lat": 48.85,\n "lon": 2.29\n "city": "Paris" }',
    "{'lat': 48.85, 'lon': 2.29}",
    "{lat: 48.85, lon: 2.29",
    "{“lat”: 48.85, “lon”: 2.29}",
    '{"lat": +48.85, "lon": 2.29}',
    '{"lat": 48.85, // about\n "lon": 2.29 // about\n}',
    '{"lat": 48.85, "lon": 2.29, "city": "Par',
    '{"latitude": 48°51\'N, "longitude": 2°17.4\'E}',
]


@pytest.mark.parametrize(("text", "source"), [(t, "json") for t in OBJECTS] + [(t, "repaired") for t in BROKEN])
def test_objects(text: str, source: str) -> None:
    answer = parse_lenient(text)
    assert answer is not None
    assert (answer.lat, answer.lon) == pytest.approx(PARIS)
    assert answer.source in {source, "repaired"}


@pytest.mark.parametrize("text", BROKEN)
def test_strict_refuses_what_is_not_json(text: str) -> None:
    assert parse_strict(text) is None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ('Reasons.\n\n{"lat": 48.85, "lon": 2.29, "country": "France"}', True),
        ('```json\n{"lat": 48.85, "lon": 2.29}\n```', True),
        ('{"latitude": 48.85, "longitude": 2.29}', False),
        ('{"lat": "48.85", "lon": "2.29"}', False),
        ('{"lat": true, "lon": 2.29}', False),
        ('{"lat": NaN, "lon": 2.29}', False),
        ('{"lat": 98.85, "lon": 2.29}', False),
        ('{"lat": 48.85, "lon": 2.29} or {here}', False),
        ("lat: 48.85, lon: 2.29", False),
        ("", False),
    ],
)
def test_strict(text: str, taken: bool) -> None:
    assert (parse_strict(text) is not None) == taken


@pytest.mark.parametrize(
    ("text", "lat"),
    [
        ('<think>{"lat": 1, "lon": 1}</think> lat 2, lon 2', 2),
        ('<think>{"lat": 1, "lon": 1}</think> I am done.', 1),
        ('<answer>48.85, 2.29</answer> {"lat": 1, "lon": 1}', 48.85),
        ('lat 3, lon 3. {"lat": 1, "lon": 1}', 1),
        ("At first lat 3, lon 3; on second thoughts lat 4, lon 4.", 4),
        ('{"lat": null, "lon": null, "note": "none"} lat 5, lon 5', 5),
    ],
)
def test_which_statement_counts(text: str, lat: float) -> None:
    answer = parse_lenient(text)
    assert answer is not None
    assert answer.lat == lat


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot determine where this is.",
        '{"lat": null, "lon": null, "country": "unknown"}',
        '{"lat": 95, "lon": 10}',
        '{"lat": NaN, "lon": 2}',
        '{"lat": 1e999, "lon": 2}',
        '{"lat_min": 1, "lon_min": 2}',
        "{" * 5000,
        '{"a":' * 5000 + "1" + "}" * 5000,
    ],
)
def test_unparsed(text: str) -> None:
    assert parse_lenient(text) is None


def test_names_come_along() -> None:
    nested = (
        '{"result": {"country_name": "France", "country_code": "FR", "state": "ARA", "point": {"lat": 1, "lon": 2}}}'
    )
    assert parse_lenient(nested) == ParsedAnswer(1, 2, country="France", country_code="FR", region="ARA")
    broken = '{"lat": 1, "lon": 2, "city": Auckland (Silverdale), "country": "Côte d’Ivoire"}'
    assert parse_lenient(broken) == ParsedAnswer(
        1, 2, city="Auckland (Silverdale)", country="Côte d'Ivoire", source="repaired"
    )
    prose = parse_lenient("City: Buenos Aires  \n**Country:** Argentina\nlat 1.5, lon 2.5")
    assert prose == ParsedAnswer(1.5, 2.5, country="Argentina", city="Buenos Aires", source="prose")


def test_names_without_a_point_are_an_answer_without_a_point() -> None:
    answer = parse_lenient("Country: France; City: Lyon")
    assert answer == ParsedAnswer(country="France", city="Lyon")
    assert answer is not None
    assert answer.point is None


def test_zero_is_a_coordinate() -> None:
    for parse in (parse_strict, parse_lenient):
        answer = parse('{"lat": 0, "lon": 0.0}')
        assert answer is not None
        assert answer.point is not None


@given(st.text(alphabet="{}[]\":,latonN°'. \n0123456789-<>/", max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for parse in (parse_strict, parse_lenient):
        answer = parse(text)
        assert answer is None or answer.point is None or abs(answer.point.lat) <= 90


@given(st.floats(-90, 90), st.floats(-180, 179.999))
def test_what_strict_reads_lenient_reads_too(lat: float, lon: float) -> None:
    text = f"I see a tower.\n{json.dumps({'lat': lat, 'lon': lon, 'city': 'Paris'})}"
    assert parse_strict(text) == parse_lenient(text)
    answer = parse_strict(text)
    assert answer is not None
    assert (answer.lat, answer.lon) == pytest.approx((lat, lon), abs=1e-9)


@pytest.mark.parametrize(
    ("model", "parse", "unparsed", "accuracies"),
    [
        ("gpt5", parse_strict, 185, (33.3, 46.9, 59.6, 63.2, 67.1, 75.1)),
        ("gpt5", parse_lenient, 0, (38.3, 57.5, 74.5, 78.9, 84.2, 93.9)),
        ("qwen3vl235b", parse_strict, 0, (19.4, 46.7, 66.6, 71.5, 78.1, 91.5)),
        ("qwen3vl235b", parse_lenient, 0, (19.4, 46.7, 66.6, 71.5, 78.1, 91.5)),
    ],
)
def test_recorded_answers(
    shared_data: Path, model: str, parse: Parser, unparsed: int, accuracies: tuple[float, ...]
) -> None:
    predictions = read_answers(shared_data / "recorded_answers" / f"geobenchwocn_{model}.jsonl", parse)
    figures = point_figures(predictions.d_km, RADII_KM)
    assert figures.n == 934
    assert len(predictions.invalid) == unparsed
    assert [100 * share for share in figures.accuracy.values()] == pytest.approx(accuracies, abs=0.06)
