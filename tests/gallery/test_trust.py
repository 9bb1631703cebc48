"""What a hit is worth is what it was worth in the gallery's own pictures."""

import numpy as np
import pytest

from geoagent.case.likelihood import Kernel
from geoagent.gallery.trust import Example, fit, likelihood
from geoagent.geo import Point

INF = float("inf")


def examples(places: int, informative: float, seed: int = 0) -> list[Example]:
    """Of each place a search that a near photo answers, and one that only an impostor does."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(places):
        asked = Point(lat=float(rng.uniform(-60, 60)), lon=float(rng.uniform(-180, 179)))
        found.append(Example(asked, float(rng.normal(0.5 + informative, 0.1)), float(rng.uniform(0, 0.9))))
        found.append(Example(asked, float(rng.normal(0.5, 0.1)), INF))
    return found


def test_few_examples_teach_nothing() -> None:
    assert fit(examples(19, 0.5)) is None


def test_a_telling_encoder_is_believed_and_a_blind_one_is_not() -> None:
    telling, blind = fit(examples(300, 0.5)), fit(examples(300, 0.0))
    assert telling is not None
    assert blind is not None
    assert telling.chances(1.0)[1.0] > 0.95
    assert telling.chances(0.5)[1.0] < 0.05
    assert all(abs(chance - 0.5) < 0.1 for s in (0.4, 0.5, 0.6) for chance in blind.chances(s).values())


def test_the_chances_are_those_of_held_out_pairs() -> None:
    trust, other = fit(examples(300, 0.15)), examples(1000, 0.15, seed=1)
    assert trust is not None
    said = np.array([trust.chances(example.similarity)[1.0] for example in other])
    was = np.array([example.distance_km <= 1 for example in other])
    for low, high in ((0, 0.3), (0.3, 0.7), (0.7, 1)):
        members = (said >= low) & (said < high)
        assert said[members].mean() == pytest.approx(was[members].mean(), abs=0.06)


def test_photos_of_one_afternoon_count_as_one_place() -> None:
    rng, here = np.random.default_rng(0), Point(lat=43.4674, lon=11.8851)
    afternoon = [Example(here, float(rng.normal(0.8, 0.02)), 0.1) for _ in range(200)]
    trust = fit(afternoon + [example for example in examples(30, 0) if example.distance_km == INF])
    assert trust is not None
    assert trust.chances(0.8)[1.0] < 0.85


def test_wider_radii_are_never_less_probable_and_nothing_is_certain() -> None:
    trust = fit(examples(40, 5.0))
    assert trust is not None
    for similarity in np.linspace(-1, 2, 20):
        chances = list(trust.chances(float(similarity)).values())
        assert chances == sorted(chances)
        assert 0 <= chances[-1] < 1


def test_a_hit_is_a_mixture_of_kernels_that_leaves_the_rest_open() -> None:
    mixture = likelihood(1.0, 2.0, {1.0: 0.2, 25.0: 0.5, 200.0: 0.5})
    assert [weight for weight, _ in mixture.parts] == pytest.approx([0.2, 0.3, 0.0])
    widths = [part.sigma_km for _, part in mixture.parts if isinstance(part, Kernel)]
    assert widths == [0.5, 12.5, 100.0]
