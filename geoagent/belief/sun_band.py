"""From measurements of the sun to the places on Earth that fit them, and the belief that they alone give."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Mask
from geoagent.belief.belief import Belief, Beliefs
from geoagent.belief.density import every_row, sky
from geoagent.belief.reliability import load_reliabilities
from geoagent.belief.sun_fit import FITS, sun_fit
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Sun
from geoagent.reading.sun_measurement import UnusableMeasure, angles_in_words, stood_in_words, time_in_words


class SunBand(NamedTuple):
    """The places that fit all of some measurements of the sun: `fits` is True for these rows of the atlas.

    `belief` is the belief that the measurements alone give.
    """

    suns: tuple[Sun, ...]
    fits: Mask
    belief: Belief


def rows_that_fit(sun: Sun, atlas: Atlas) -> Mask:
    """A mask of the rows of the atlas at which the sun stood as it was measured.

    Raises UnusableMeasure where it stood so at none.
    """
    fits = np.asarray(sun_fit(sun, sky(atlas, every_row(atlas))).off <= FITS)
    if not fits.any():
        raise UnusableMeasure(f"nowhere on land did the sun stand {angles_in_words(sun)} {time_in_words(sun)}")
    return fits


def sun_evidence(suns: Sequence[Sun]) -> list[Evidence]:
    """Measurements of the sun as evidence of the witness "user", each in a group of its own."""
    return [
        Evidence(
            kind="sun", witness="user", statement=stood_in_words(sun),
            likelihood=sun, level="region", group=f"sun:{number}", answer=angles_in_words(sun)[:80],
        )
        for number, sun in enumerate(suns)
    ]  # fmt: skip


def sun_band(suns: Sequence[Sun], atlas: Atlas) -> SunBand:
    """The places that fit all of some measurements of the sun, with the belief that these alone give.

    Raises UnusableMeasure where one of them, or all together, fit no place on land.
    """
    together = np.logical_and.reduce([rows_that_fit(sun, atlas) for sun in suns])
    if not together.any():
        raise UnusableMeasure(f"no place on land fits all {len(suns)} measurements, though each of them fits some")
    return SunBand(tuple(suns), together, Beliefs(atlas, load_reliabilities()).of(sun_evidence(suns)))
