"""What a prior says as evidence: the mean ratio of each area, and the belief that follows by the formula."""

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.density import likelihood_ratio, places_of_spots
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.geo import Area
from geoagent.priors.areas import area_numbers, as_areas, leading
from geoagent.priors.prior import GeoDistribution
from tests.priors.places import ColourPrior, photo_of


def distribution(lat: list[float], lon: list[float], ratio: list[float]) -> GeoDistribution:
    weight = np.full(len(lat), 1 / len(lat))
    return GeoDistribution(np.array(lat), np.array(lon), weight, np.log(np.array([ratio])))


def test_an_area_has_the_mean_ratio_of_its_places(atlas: Atlas) -> None:
    """Three places in Sweden, one in Chile; each area is given one place more, of the ratio of what it lies in."""
    found = distribution([59.33, 59.34, 57.7, -33.45], [18.06, 18.05, 11.97, -70.66], [3.0, 3.0, 1.0, 1.0])
    areas = as_areas(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas))
    mean = (3 + 3 + 1 + 1) / 4
    sweden = ((3 + 3 + 1) / mean + 1) / 4
    stockholm_division = ((3 + 3) / mean + sweden) / 3
    stockholm = ((3 + 3) / mean + stockholm_division) / 3
    (city,) = (area for area in areas.weights if area.city and area.division_area == Area("SE", "26"))
    assert areas.weights[city] == pytest.approx(stockholm, rel=1e-3)
    assert areas.weights[Area("SE", "26")] == pytest.approx(sweden, rel=1e-3)  # outside the city it has no place
    assert areas.weights[Area("SE")] == pytest.approx(1.0, rel=1e-3)
    assert areas.weights[Area("CL")] == pytest.approx(1.0, rel=1e-3)
    assert areas.elsewhere == 1.0


def test_far_from_land_there_is_no_area(atlas: Atlas) -> None:
    numbers = area_numbers(np.array([-48.9, 48.85]), np.array([-123.4, 2.35]), atlas)
    assert numbers.country[0] == numbers.division[0] == numbers.city[0] == -1
    assert numbers.areas[numbers.country[1]] == Area("FR")


def test_what_is_most_probable_comes_first(atlas: Atlas) -> None:
    found = ColourPrior(atlas).locate([photo_of(40.4, -3.7), photo_of(-33.4, -70.6)])
    numbers = area_numbers(found.lat_deg, found.lon_deg, atlas)
    assert [leading(found, n, numbers)["country"][0].area for n in (0, 1)] == [Area("ES"), Area("CL")]
    shares = [share.probability for share in leading(found, 0, numbers)["region"]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5


def test_a_flat_prior_says_nothing(atlas: Atlas) -> None:
    prior = ColourPrior(atlas, reach_km=1e9)
    found = prior.locate([photo_of(0, 0)])
    areas = as_areas(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas))
    assert set(areas.weights.values()) == {1.0}


def test_the_evidence_is_small(atlas: Atlas) -> None:
    found = ColourPrior(atlas).locate([photo_of(48, 10)])
    areas = as_areas(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas))
    assert len(areas.model_dump_json()) < 30_000


def test_the_belief_moves_as_the_formula_says(atlas: Atlas) -> None:
    """log p = log prior + log(Σ shares · L at each level + 1 − r) / T, for the table's r and temperature."""
    found = ColourPrior(atlas).locate([photo_of(40.4, -3.7)])
    areas = as_areas(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas))
    item = Evidence(
        kind="looks_like", witness="prior:geoclip", statement="it looks like Spain", likelihood=areas, level="city",
        group="prior:geoclip",
    )  # fmt: skip
    table = load_reliabilities().model_copy(update={"temperatures": {"prior": 1.5}})
    beliefs = Beliefs(atlas, table)
    r = [table.of(item, level) for level in ("country", "region", "city")]  # type: ignore[arg-type]
    assert 1 > r[0] > r[1] > r[2] > 0
    temperature = table.temperature(item)
    assert temperature == 1.5
    at_rows, _ = likelihood_ratio(areas, atlas, places_of_spots(atlas, ()))

    def mean_over(column: "np.ndarray", row: int) -> float:
        inside = column == column[row]
        return float(atlas.prior[inside] @ at_rows[inside] / atlas.prior[inside].sum())

    belief = beliefs.of([item])
    rows = [atlas.rows_named(name)[0] for name in ("Madrid", "Zaragoza", "Paris", "Tokyo")]
    logs = []
    for row in rows:
        mixed = (1 - r[0]) + (r[0] - r[1]) * mean_over(atlas.country, row)
        mixed += (r[1] - r[2]) * mean_over(atlas.division, row) + r[2] * at_rows[row]
        logs.append(np.log(atlas.prior[row]) + np.log(mixed) / temperature)
    assert np.allclose(np.diff(np.log(belief.probability[rows])), np.diff(logs), atol=1e-6)
    assert belief.probability[rows[0]] > 2 * atlas.prior[rows[0]]


def test_a_small_distribution_worked_out_by_hand(atlas: Atlas) -> None:
    """One place in Stockholm that fits three times as well as one in Santiago: two places, mean ratio 2.

    Each area is given one more place of what lies around it: Sweden (3/2 + 1)/2 = 1.25, its division (3/2 + 1.25)/2,
    and so on; weights are written with four digits.
    """
    found = distribution([59.33, -33.45], [18.06, -70.66], [3.0, 1.0])
    numbers = area_numbers(found.lat_deg, found.lon_deg, atlas)
    likelihood = as_areas(found, 0, numbers)
    stockholm, santiago = (str(numbers.areas[number]) for number in numbers.city)
    item = Evidence(
        kind="looks_like", witness="prior:geoclip", statement="x", likelihood=likelihood, level="city", group="p"
    )
    rows = [
        {"witness": "prior:geoclip", "kind": "*", "level": level, "r": r}
        for level, r in (("country", 0.6), ("region", 0.5), ("city", 0.3))
    ]
    table = Reliabilities.model_validate({"gamma": 0.3, "temperatures": {"prior": 1.5}, "rows": rows})

    def mass_of(key: str) -> float:
        return float(atlas.prior[atlas.rows(Area.parse(key))].sum())

    # of each area the weight of what is in it and in no finer one
    weights = {
        stockholm: 1.438, stockholm.partition("#")[0]: 1.25, "SE": 1.0,
        santiago: 0.5625, santiago.partition("#")[0]: 0.75, "CL": 1.0, "": 1.0,
    }  # fmt: skip
    keys = list(weights)
    whole = {key: mass_of(key) for key in keys[:6]}
    part = {key: whole[key] - whole[keys[i - 1]] if i % 3 else whole[key] for i, key in enumerate(keys[:6])}
    part[""] = 1.0 - whole["SE"] - whole["CL"]
    scale = sum(part[key] * weights[key] for key in keys)
    ratio = {key: weights[key] / scale for key in keys}
    posterior = {"": part[""] * ((0.4 + 0.6 * ratio[""]) ** (1 / 1.5))}
    for city, division, country in (keys[:3], keys[3:6]):
        in_division = (part[city] * ratio[city] + part[division] * ratio[division]) / whole[division]
        in_country = (whole[division] * in_division + part[country] * ratio[country]) / whole[country]
        for key, of_region in ((city, in_division), (division, in_division), (country, ratio[country])):
            mixed = 0.4 + 0.1 * in_country + 0.2 * of_region + 0.3 * ratio[key]
            posterior[key] = part[key] * mixed ** (1 / 1.5)
    total = sum(posterior.values())
    belief = Beliefs(atlas, table).of([item])
    for keys_inside in (keys[:1], keys[:2], keys[:3], keys[3:4], keys[3:5], keys[3:6]):
        expected = sum(posterior[key] for key in keys_inside) / total
        assert float(belief.probability[atlas.rows(Area.parse(keys_inside[-1]))].sum()) == pytest.approx(
            expected, rel=1e-9
        )
    assert mass_of(stockholm) < posterior[stockholm] / total < 1.5 * mass_of(stockholm)
