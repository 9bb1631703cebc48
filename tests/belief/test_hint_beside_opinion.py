"""A hint beside an opinion that was formed in knowledge of it: it limits the places, and weighs none of them again."""

import pytest

from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Alternative, Alternatives, Mixture
from geoagent.geo import Area
from geoagent.reading.hints.hint import read_hint

LARGE, SMALL = Area.parse("FR.84#2996944"), Area.parse("FR.84#3036016")  # Lyon, Aurillac


def opinion(large: float, small: float) -> Evidence:
    said = (Alternative(area=LARGE, probability=large), Alternative(area=SMALL, probability=small))
    return Evidence(
        kind="opinion", witness="vlm:m", statement="as the model sees it", group="opinion:vlm:m",
        likelihood=Alternatives(places=said),
    )  # fmt: skip


@pytest.mark.parametrize(("large", "small"), [(0.5, 0.4), (0.85, 0.1), (0.1, 0.85)])
def test_of_two_options_each_is_as_probable_as_the_model_says(beliefs: Beliefs, large: float, small: float) -> None:
    hint, _ = read_hint(Clue(kind="hint", value="Lyon or Aurillac?", witness="user"), beliefs.atlas)
    assert [item.kind for item in hint] == ["hint"]
    contested = hint[0].replace(likelihood=Mixture(parts=((0.3, hint[0].likelihood),)))
    for said in (hint[0], contested):
        belief = beliefs.of((said, opinion(large, small)))
        assert mass(belief, LARGE) / mass(belief, SMALL) == pytest.approx(large / small, rel=0.15)


def test_a_side_that_a_hint_names_counts_beside_an_opinion(beliefs: Beliefs) -> None:
    """Milan lies in the north of Italy, whatever a model thinks more probable."""
    hint, _ = read_hint(Clue(kind="hint", value="in the south of Italy", witness="user"), beliefs.atlas)
    milan, palermo = Area.parse("IT.09"), Area.parse("IT.15")
    said = (Alternative(area=milan, probability=0.5), Alternative(area=palermo, probability=0.4))
    opinion = Evidence(
        kind="opinion", witness="vlm:m", statement="as the model sees it", group="opinion:vlm:m",
        likelihood=Alternatives(places=said),
    )  # fmt: skip
    belief = beliefs.of((*hint, opinion))
    assert mass(belief, palermo) > 2 * mass(belief, milan)


def test_options_of_which_the_model_named_none_stay_equal(beliefs: Beliefs) -> None:
    hint, _ = read_hint(Clue(kind="hint", value="either Luxembourg or the US", witness="user"), beliefs.atlas)
    said = (Alternative(area=Area("DE"), probability=0.8), Alternative(area=Area("CA"), probability=0.1))
    elsewhere = Evidence(
        kind="opinion", witness="vlm:m", statement="as the model sees it", group="opinion:vlm:m",
        likelihood=Alternatives(places=said),
    )  # fmt: skip
    belief = beliefs.of((*hint, elsewhere))
    assert mass(belief, Area("LU")) > 0.1


def test_by_itself_a_hint_makes_its_options_equal(beliefs: Beliefs) -> None:
    hint, _ = read_hint(Clue(kind="hint", value="Lyon or Aurillac?", witness="user"), beliefs.atlas)
    belief = beliefs.of(tuple(hint))
    assert mass(belief, LARGE) == pytest.approx(mass(belief, SMALL), rel=0.05)
