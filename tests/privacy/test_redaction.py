"""How like the photo a redacted copy is."""

import numpy as np
import pytest
from PIL import Image

from geoagent.case.views import Box
from geoagent.privacy.photo_redaction import covered, similarity


def noise(side: int = 160) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))


def test_the_more_is_covered_the_less_alike() -> None:
    photo = noise()
    little, much = (covered(photo, [Box(x0=0, y0=0, x1=x, y1=0.5)]) for x in (0.25, 0.75))
    assert similarity(photo, photo) == pytest.approx(1)
    assert 0 < similarity(photo, much) < similarity(photo, little) < 1


def test_what_is_too_small_for_a_block_is_the_same_or_not() -> None:
    assert similarity(noise(4), noise(4)) == 1
    assert similarity(noise(4), Image.new("RGB", (4, 4))) == 0
