"""A revised opinion counts as its witness's present word, and a surer one never lowers what was known."""

import itertools

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs, current
from geoagent.belief.readout import mass
from geoagent.belief.reliability import Reliabilities, Row
from geoagent.case.evidence import TAKEN_BACK, Evidence
from geoagent.case.likelihood import Alternative, Alternatives, Areas
from geoagent.geo import Area

SWEDEN, NORWAY, SKANE = Area("SE"), Area("NO"), Area.parse("SE.27")


def opinion(*places: tuple[Area, float], earlier: Evidence | None = None, seen: tuple[str, ...] = ()) -> Evidence:
    said = tuple(Alternative(area=area, probability=probability) for area, probability in places)
    return Evidence(
        kind="opinion", witness="vlm:x", statement=str(said)[:1000], likelihood=Alternatives(places=said),
        group="opinion:vlm:x", level="country", supersedes=earlier.id if earlier else None, seen=seen,
    )  # fmt: skip


def sign(area: Area, elsewhere: float) -> Evidence:
    return Evidence(
        kind="country_name", witness="ocr", statement=f"a sign names {area}, {elsewhere}", group="text",
        level="country", likelihood=Areas(weights={area: 1.0}, elsewhere=elsewhere),
    )  # fmt: skip


@pytest.fixture
def beliefs(atlas: Atlas) -> Beliefs:
    return Beliefs(atlas, Reliabilities(gamma=0.3, rows=(Row(witness="ocr", kind="*", level="*", r=0.95),)))


@pytest.mark.parametrize(
    ("first", "later", "elsewhere"),
    [*itertools.product((0.3, 0.6, 0.9), (0.91, 0.97, 0.999), (0.5, 0.02, 0.0005))],
)
def test_a_surer_revision_never_lowers_the_country(
    beliefs: Beliefs, first: float, later: float, elsewhere: float
) -> None:
    read, said = sign(SWEDEN, elsewhere), opinion((SWEDEN, first), (NORWAY, 0.05))
    surer = opinion((SWEDEN, later), (NORWAY, 0.0005), earlier=said, seen=(read.id,))
    before = mass(beliefs.of([said, read]), SWEDEN)
    after = mass(beliefs.of([said, read, surer]), SWEDEN)
    assert after >= before
    assert after >= later - 0.01


def test_a_revision_that_repeats_what_was_shown_adds_no_more_than_the_stronger_of_the_two(beliefs: Beliefs) -> None:
    read, said = sign(SWEDEN, 0.02), opinion((SWEDEN, 0.3), (NORWAY, 0.3))
    repeats = opinion((SWEDEN, 0.9), (NORWAY, 0.05), earlier=said, seen=(read.id,))
    independent = opinion((SWEDEN, 0.9), (NORWAY, 0.05))
    together = mass(beliefs.of([said, read, repeats]), SWEDEN)
    assert together < mass(beliefs.of([read, independent]), SWEDEN)


def test_a_revision_against_what_was_shown_is_the_present_word(beliefs: Beliefs) -> None:
    """The model looked at the sign again and says that it was misread: its word counts in full, the sign less."""
    read, said = sign(SWEDEN, 0.02), opinion((SWEDEN, 0.6), (NORWAY, 0.3))
    against = opinion((NORWAY, 0.9), (SWEDEN, 0.05), earlier=said, seen=(read.id,))
    belief = beliefs.of([said, read, against])
    assert mass(belief, NORWAY) > 0.8


def test_a_finer_revision_keeps_the_country(beliefs: Beliefs) -> None:
    read, said = sign(SWEDEN, 0.0005), opinion((SWEDEN, 0.9))
    finer = opinion((SKANE, 0.9), (SWEDEN, 0.05), earlier=said, seen=(read.id,))
    belief = beliefs.of([said, read, finer])
    assert mass(belief, SWEDEN) >= mass(beliefs.of([said, read]), SWEDEN)
    assert mass(belief, SKANE) > 0.8


def test_what_came_later_again_is_measured_by_the_first_word(beliefs: Beliefs) -> None:
    """Of three opinions the first and the last count; in any order, and with the middle one missing."""
    read, said = sign(SWEDEN, 0.02), opinion((SWEDEN, 0.6), (NORWAY, 0.3))
    second = opinion((NORWAY, 0.9), earlier=said, seen=(read.id,))
    third = opinion((SWEDEN, 0.8), (NORWAY, 0.1), earlier=second, seen=(read.id,))
    found = [mass(beliefs.of(list(given)), SWEDEN) for given in itertools.permutations((read, said, second, third))]
    assert max(found) == pytest.approx(min(found))
    direct = opinion((SWEDEN, 0.8), (NORWAY, 0.1), earlier=said, seen=(read.id,))
    assert found[0] == pytest.approx(mass(beliefs.of([read, said, direct]), SWEDEN))


def test_a_part_of_a_belief_is_what_its_evidence_says_alone(beliefs: Beliefs) -> None:
    """Also where the first word counted for the country: what a photo says by itself has no part in that."""
    read, said = sign(SKANE, 0.0005).replace(level="region"), opinion((SWEDEN, 0.9), (NORWAY, 0.05))
    surer = opinion((SWEDEN, 0.91), (NORWAY, 0.0005), earlier=said, seen=(read.id,))
    whole = beliefs.of([said, read, surer])
    assert [term.discount for term in whole.terms] == [1.0, 1.0]  # the first word was taken
    alone = beliefs.of([read])
    assert mass(beliefs.part(whole, [read]), SKANE) == pytest.approx(mass(alone, SKANE))


def test_what_is_taken_back_replaces_nothing_any_more() -> None:
    read = sign(SWEDEN, 0.1)
    corrected = sign(NORWAY, 0.1).replace(kind="correction", witness="user", supersedes=(read.id,))
    nothing = Areas(weights={}, elsewhere=1.0)
    back = corrected.replace(kind=TAKEN_BACK, likelihood=nothing, supersedes=(corrected.id,))
    assert current([read, corrected]) == [corrected]
    assert {item.id for item in current([read, corrected, back])} == {read.id, back.id}
