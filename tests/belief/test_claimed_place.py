"""A place that is claimed, against elsewhere."""

import pytest

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import one_place
from geoagent.belief import Beliefs
from geoagent.belief.claimed_place import EVEN, Weighed, weigh
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Areas, Kernel
from geoagent.geo import Area
from tests.opened import says


def claim(text: str, beliefs: Beliefs, *evidence: Evidence, within_km: float | None = None, **more: object) -> Weighed:
    beforehand = more.get("beforehand", EVEN)
    place = one_place(beliefs.atlas, text)
    spots = more.get("spots", ())
    return weigh(place, within_km, beliefs.of(evidence, spots), beforehand)  # type: ignore[arg-type]


def outcomes(found: Weighed) -> list[str]:
    return [standing.outcome for standing in found.standings]


def position(lat: float, lon: float) -> Evidence:
    kernel = Kernel(lat=lat, lon=lon, sigma_km=0.02, within=Area("PT"))
    return Evidence(
        kind="position", witness="exif", statement="a position", likelihood=kernel, level="point", group="p"
    )


def test_where_nothing_is_known_the_odds_stay_even(beliefs: Beliefs) -> None:
    for place in ("Portugal", "Lisbon, Portugal"):
        found = claim(place, beliefs)
        assert found.probability == pytest.approx(EVEN)
        assert found.outcome == "possible"
        assert set(outcomes(found)) == {"possible"}


def test_a_country_alone_supports_no_town(beliefs: Beliefs) -> None:
    known = [says(witness=f"tool:{name}", elsewhere=0.0, PT=1.0) for name in ("a", "b", "c")]
    country, town = claim("Portugal", beliefs, *known), claim("Lisbon, Portugal", beliefs, *known)
    assert country.outcome == "supported"
    assert town.outcome == "possible"
    assert outcomes(town) == ["supported", "possible", "possible"]
    assert EVEN < town.probability < 0.75 < country.probability


def test_another_country_contradicts_every_level(beliefs: Beliefs) -> None:
    known = [says(witness=f"tool:{name}", elsewhere=0.0, ES=1.0) for name in ("a", "b", "c", "d", "e")]
    found = claim("Lisbon, Portugal", beliefs, *known)
    assert found.outcome == "contradicted"
    assert set(outcomes(found)) == {"contradicted"}
    assert found.probability < 0.2


def test_a_position_supports_the_point_and_contradicts_one_in_another_town(beliefs: Beliefs) -> None:
    item = position(38.7169, -9.1399)
    spots = (
        Spot(
            name="38.7, -9.1", point=one_place(beliefs.atlas, "38.7169,-9.1399").point, radius_km=0.1, evidence=item.id
        ),
    )
    near = claim("38.72,-9.14", beliefs, item, within_km=1.0, spots=spots)
    far = claim("41.15,-8.61", beliefs, item, within_km=1.0, spots=spots)
    assert near.outcome == "supported"
    assert [standing.level for standing in near.standings] == ["country", "region", "city", "point"]
    assert far.outcome == "contradicted"
    assert outcomes(far)[0] == "supported"  # it is Portugal, all the same


def test_evidence_for_a_small_town_carries_what_holds_it(beliefs: Beliefs, atlas: Atlas) -> None:
    """A village may be certain, though its region as a whole has little more than before."""
    village = one_place(atlas, "Óbidos, Portugal")
    assert village.area is not None
    only = Areas(weights={village.area: 1000.0}, elsewhere=1.0)
    item = Evidence(kind="hint", witness="user", statement="it is Óbidos", likelihood=only, level="city", group="h")
    found = claim("Óbidos, Portugal", beliefs, item)
    assert found.outcome == "supported"


def test_what_the_claim_is_given_beforehand_counts(beliefs: Beliefs, atlas: Atlas) -> None:
    known = [says(witness=f"tool:{name}", elsewhere=0.0, PT=1.0) for name in ("a", "b")]
    even, doubtful = claim("Portugal", beliefs, *known), claim("Portugal", beliefs, *known, beforehand=1e-5)
    assert doubtful.probability < even.probability
    assert doubtful.outcome != "supported"
    by_atlas = claim("Portugal", beliefs, *known, beforehand=None)
    belief = beliefs.of(known)
    assert by_atlas.probability == pytest.approx(float(belief.probability[atlas.rows(Area("PT"))].sum()), rel=1e-6)


def test_a_city_that_is_its_country_has_one_level(beliefs: Beliefs) -> None:
    assert [standing.level for standing in claim("Singapore", beliefs).standings] == ["country"]
