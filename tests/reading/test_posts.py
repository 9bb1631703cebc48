"""Texts that somebody wrote: which places they give, which they name in passing, and how several count."""

import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import LONGEST_POST, Clue
from geoagent.case.likelihood import Areas
from geoagent.case.summary import names
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.reading.hints.hint import read_hint
from geoagent.reading.posts import post_clues, read_posts

PORTUGAL, LISBON = Area.parse("PT"), Area.parse("PT.14#2267057")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a cafe in Alfama, Lisbon", {"PT.14#2267057"}),
        ("sunset over the rooftops 🌅 #lisboa", {"PT.14#2267057"}),
        ("Flying to Paris tomorrow, but first a coffee in Bratislava", {"SK.02#3060972"}),
        ("Just landed!! 🇵🇹", {"PT"}),
        ("📍Tallinn\nwith @London_Foodie, see https://example.fr/menu", {"EE.01#588409"}),
        ("street food in #NewYork @ the corner", {"US.NY", "US.NY#5128581"}),
        ("Best ramen ever! #sunset #friends", set()),
        ("See you on Monday. It was a long day.", set()),
    ],
)  # fmt: skip
def test_where_a_text_is_about(atlas: Atlas, text: str, keys: set[str]) -> None:
    reading = read_posts(post_clues([text]), atlas)
    named = {str(a) for e in reading.evidence if isinstance(e.likelihood, Areas) for a in e.likelihood.weights}
    assert {area for area in named if "." in area or area in keys} == keys
    assert {e.witness for e in reading.evidence} <= {"post"}
    assert bool(reading.unused) == (not keys or "Paris" in text)


def test_addresses_and_numbers_count_as_on_signs_but_languages_do_not(atlas: Atlas) -> None:
    text = "Ciao a tutti, venite a trovarci!\nCalle del Molino 8, 50003 Zaragoza\ntel. +34 976 123 456, www.molino.es"
    found = read_posts(post_clues([text]), atlas).evidence
    assert {item.kind for item in found} == {"town_address", "phone", "domain"}


def test_a_text_is_believed_less_than_a_hint_and_another_adds_to_it(atlas: Atlas, beliefs: Beliefs) -> None:
    def lisbon(*texts: str, area: Area = LISBON) -> float:
        return mass(beliefs.of(read_posts(post_clues(texts), atlas).evidence), area)

    hint = post_clues(["in Lisbon"])[0].replace(kind="hint", witness="user")
    hinted = mass(beliefs.of(read_hint(hint, atlas)[0]), PORTUGAL)
    alone = lisbon("smoke over Lisbon")
    assert lisbon("smoke over Lisbon", area=PORTUGAL) < hinted
    assert alone == lisbon("smoke over Lisbon", "smoke over Lisbon")  # a copy is no second witness
    assert alone < lisbon("smoke over Lisbon", "I hear sirens, in Lisbon, again") < 0.95
    assert lisbon("smoke over Lisbon", "smoke over Porto") < 0.6  # they contradict each other


def test_texts_that_name_one_place_in_other_words_are_one_group(atlas: Atlas) -> None:
    def groups(*texts: str) -> set[str]:
        return {item.group for item in read_posts(post_clues(texts), atlas).evidence}

    assert len(groups("smoke over NYC", "in New York City")) == 1
    assert len(groups("smoke over Lisbon", "smoke over Porto")) == 2


def test_a_long_text_is_one_post_and_the_sentence_that_names_the_place_is_quoted(agent: GeoAgent) -> None:
    walk = "We walked along the river for hours and looked at all that there was to see. "
    text = f"{walk * 20}\n\nIn the afternoon we sat in Ghent, at the Korenmarkt.\n\n{walk * 20}".strip()
    file = agent.trace(text=text)
    assert len(file.trace.clues) == len(names(file)) == 1
    told = " ".join(step.statement for step in (*file.prediction.argument, *file.prediction.chain))
    assert '"In the afternoon we sat in Ghent, at the Korenmarkt."' in told
    assert "text 1" not in told and file.prediction.notes == ()


def test_only_what_somebody_wrote_may_be_so_long() -> None:
    with pytest.raises(ValueError, match="2000"):
        Clue(kind="text", value="a" * 2001, witness="ocr")
    with pytest.raises(ValueError, match="at most 20000"):
        Clue(kind="post", value="a" * (LONGEST_POST + 1), witness="post")


def test_a_text_overturns_what_is_most_photographed_and_abstains_where_it_tells_nothing(agent: GeoAgent) -> None:
    leader = agent.solve(text="What a day").alternatives[0].name
    told = agent.solve(text=["a cafe in Alfama, Lisbon"])
    assert told.stated and told.stated.name == "Lisbon" and leader != told.levels[0].name
    assert told.photo == "" and told.photos == ()
    assert not any("photo" in step.statement for step in told.argument)
    nothing = agent.solve(text="What a day")
    assert nothing.is_unknown and "names no place" in nothing.notes[0]


def test_texts_that_cannot_be_read_are_refused(agent: GeoAgent) -> None:
    for texts in ((), ("",), ("a",) * 51, ("a" * 20_001,)):
        with pytest.raises(ConfigError):
            agent.solve(text=texts)


def test_flags_that_become_longer_than_a_clue_are_read(atlas: Atlas) -> None:
    many = ("🇵🇹" * 250, "🇵🇹 🇬🇸" * 250, ("🇬🇸x" * 250))
    for text in many:
        reading = read_posts(post_clues([f"Trip {text}"]), atlas)
        assert reading.evidence or reading.unused
    named = {a for e in read_posts(post_clues([f"Trip {many[0]}"]), atlas).evidence for a in e.likelihood.weights}
    assert named == {PORTUGAL}


def test_one_line_may_be_longer_than_a_clue(atlas: Atlas) -> None:
    told = "We walked along the river and had coffee. " * 60 + "It was in Ghent."
    evidence, *_ = read_posts(post_clues([told]), atlas)
    assert any("Ghent" in str(item.statement) or item.likelihood for item in evidence)
