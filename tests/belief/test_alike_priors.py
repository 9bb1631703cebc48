"""Several priors in one belief: copies count once, independent ones add, and what comes out is calibrated."""

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.alike_priors import counts
from geoagent.belief.atlas_index import atlas_index
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas
from geoagent.geo import Area, Floats
from tests.belief.test_belief import sure

SHARP = 2.5
"""How far the truth stands out of the noise of a synthetic prior, in standard deviations."""


def drawn(rng: np.random.Generator, prior: Floats, correlation: float) -> tuple[int, Floats]:
    """A true division, and the log ratios of two priors whose errors have that correlation."""
    truth = int(rng.choice(len(prior), p=prior))
    shared = rng.normal(size=len(prior))
    own = rng.normal(size=(2, len(prior)))
    said = SHARP * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own)
    said[:, truth] += SHARP**2
    return truth, said


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_two_priors_are_calibrated_however_alike_they_err(atlas: Atlas, correlation: float) -> None:
    rng, prior = np.random.default_rng(7), atlas_index(atlas).division_prior
    prior = prior / prior.sum()
    stated, right, gained, alone = [], [], [], []
    for _ in range(1200):
        truth, said = drawn(rng, prior, correlation)
        p = prior * np.exp(counts(said, atlas) @ said - said.max())
        p /= p.sum()
        one = prior * np.exp(said[0] - said[0].max())
        stated.append(p.max())
        right.append(p.argmax() == truth)
        gained.append(np.log(p[truth] / prior[truth]))
        alone.append(np.log(one[truth] / one.sum() / prior[truth]))
    assert abs(np.mean(stated) - np.mean(right)) < 0.03
    more = np.mean(gained) / np.mean(alone)
    assert more == pytest.approx({0.0: 1.65, 0.5: 1.25, 1.0: 1.0}[correlation], abs=0.1)


def evidence(name: str, log_ratio: Floats, atlas: Atlas) -> Evidence:
    countries = [Area(code) for code in atlas.countries]
    weights = dict(zip(countries, np.exp(log_ratio).tolist(), strict=True))
    witness = f"prior:{name}"
    return Evidence(
        kind="looks_like",
        witness=witness,
        statement=f"{name} says so",
        likelihood=Areas(weights=weights),
        group=witness,
    )


def discounts(beliefs: Beliefs, *said: Evidence) -> list[float]:
    return [term.discount for term in beliefs.of(said).terms]


@pytest.mark.slow
def test_a_copy_under_another_name_changes_nothing(atlas: Atlas) -> None:
    beliefs, noise = Beliefs(atlas, sure(0.999)), np.random.default_rng(3).normal(size=len(atlas.countries))
    once = evidence("one", noise, atlas)
    twice = beliefs.of((once, evidence("two", noise, atlas)))
    assert [term.discount for term in twice.terms] == pytest.approx([0.5, 0.5], abs=0.001)
    assert twice.probability == pytest.approx(beliefs.of((once,)).probability, rel=1e-6)


def test_priors_that_err_independently_count_in_full(atlas: Atlas) -> None:
    beliefs, rng = Beliefs(atlas, sure(0.999)), np.random.default_rng(5)
    said = [evidence(name, rng.normal(size=len(atlas.countries)), atlas) for name in ("one", "two")]
    assert min(discounts(beliefs, *said)) > 0.8


def test_two_copies_and_a_stranger_count_as_two(atlas: Atlas) -> None:
    beliefs, rng = Beliefs(atlas, sure(0.999)), np.random.default_rng(8)
    noise, other = rng.normal(size=(2, len(atlas.countries)))
    said = [evidence("one", noise, atlas), evidence("two", noise, atlas), evidence("three", other, atlas)]
    assert sum(discounts(beliefs, *said)) == pytest.approx(2.0, abs=0.4)


def test_one_area_said_twice_counts_once(atlas: Atlas) -> None:
    """Where nothing but the favoured place is told apart, nothing shows that the errors differ."""
    beliefs = Beliefs(atlas, sure(0.9))
    said = [
        Evidence(
            kind="looks_like", witness=f"prior:{name}", statement=name, group=name,
            likelihood=Areas(weights={Area("SE"): 50.0}, elsewhere=1.0),
        )
        for name in ("one", "two")
    ]  # fmt: skip
    assert discounts(beliefs, *said) == pytest.approx([0.5, 0.5])


def test_what_no_prior_says_counts_as_before(atlas: Atlas, beliefs: Beliefs) -> None:
    noise = np.random.default_rng(3).normal(size=len(atlas.countries))
    sign = Evidence(
        kind="domain", witness="ocr", statement=".se", likelihood=Areas(weights={Area("SE"): 9.0}, elsewhere=1.0),
        group="domain",
    )  # fmt: skip
    found = beliefs.of((sign, evidence("one", noise, atlas), evidence("two", noise, atlas)))
    assert next(term.discount for term in found.terms if term.evidence.witness == "ocr") == 1.0
