"""Chooses the frames that stand for a film: sharp ones that are unlike each other, for each place that the film shows.

Each frame is looked at in small: its sharpness, its layout (colours by where they are) and its palette (colours alone).
Where layout and palette both change from one frame to the next, the film cuts to another shot. Shots whose chosen
frames look alike are of one place, to which a film may come back.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import Floats

MOST_FRAMES, MOST_PLACES = 4, 8
"""So many frames stand for a place, and so many places for a film, those that are shown longest."""
CUT_PALETTE, CUT_LAYOUT = 0.3, 0.08
"""The change of the palette and of the layout from which on the film cuts, from 0 to 1."""
ALIKE_PALETTE, ALIKE_LAYOUT = 0.2, 0.06
"""Up to which differences two frames show the same."""
NEW_ENOUGH = 3.0
"""How unlike the frames that are taken another may be to its advantage; beyond that the sharper one is taken."""
FLAT = 8.0
"""The spread of grey values below which a frame is dark or of one colour."""
EDGE_S = 0.1
"""How near to a cut a frame may be mixed of two shots."""
LAYOUT_SIDE = 12
SMALL_WIDE, COARSE_WIDE = 320, 40
"""The widths in pixels at which sharpness and the palette are taken: blur changes little of so coarse a palette.
"""
NEAR_S, NEARLY = 0.5, 0.6
"""A frame is sharp if it is nearly as sharp as the sharpest within so many seconds."""


class Look(NamedTuple):
    """What is known of a frame of a film.

    - `number` counts the frames from 0; `at_s` is when it is shown, in seconds from the film's beginning.
    - `sharpness` is the variance of its Laplacian, `spread` the standard deviation of its grey values: near 0 it is
      dark or of one colour.
    - `layout` holds the colours of a small copy, from 0 to 1; `palette` is a histogram of its colours, which sums to 1.
    """

    number: int
    at_s: float
    sharpness: float
    spread: float
    layout: Floats
    palette: Floats


class Place(NamedTuple):
    """A place that a film shows: its chosen frames, in order of time, and for how many seconds it is shown in all."""

    frames: tuple[Look, ...]
    shown_s: float


def look_at(number: int, at_s: float, picture: NDArray[np.uint8]) -> Look:
    """What is known of a frame, from its pixels: an array of shape (height, width, 3) in the order blue, green, red.

    `number` and `at_s` are the frame's number and time in seconds.
    """
    import cv2

    height = max(1, round(SMALL_WIDE * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, (SMALL_WIDE, height), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    layout = cv2.resize(small, (LAYOUT_SIDE, LAYOUT_SIDE), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    coarse = cv2.resize(small, (COARSE_WIDE, max(1, COARSE_WIDE * height // SMALL_WIDE)), interpolation=cv2.INTER_AREA)
    counts = cv2.calcHist([coarse], [0, 1, 2], None, [6, 6, 6], [0, 256, 0, 256, 0, 256])
    palette = counts.ravel().astype(np.float64)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    return Look(number, at_s, sharpness, float(grey.std()), layout.ravel(), palette / max(float(palette.sum()), 1.0))


def places(looks: Sequence[Look]) -> list[Place]:
    """The places that a film shows, in the order in which they first appear; empty where all frames are dark or of one
    colour.

    `looks` are frames of the film in order of time.
    """
    found = list[Place]()
    for shot in _shots(looks):
        frames = _key_frames(shot)
        if not frames:
            continue
        shown_s = shot[-1].at_s - shot[0].at_s
        again = next((n for n, place in enumerate(found) if _show_the_same(place.frames, frames)), None)
        if again is None:
            found.append(Place(frames, shown_s))
        else:
            joined = sorted((*found[again].frames, *frames), key=lambda look: look.at_s)
            found[again] = Place(_key_frames(joined), found[again].shown_s + shown_s)
    return found


def longest(found: Sequence[Place]) -> list[Place]:
    """The `MOST_PLACES` places that a film shows for longest, in the order given; all where there are fewer."""
    ranked = sorted(range(len(found)), key=lambda n: -found[n].shown_s)[:MOST_PLACES]
    return [found[n] for n in sorted(ranked)]


def _shots(looks: Sequence[Look]) -> Iterator[list[Look]]:
    """The frames between cuts, without those that are mixed of two shots."""
    cuts = [b.at_s for a, b in itertools.pairwise(looks) if _is_cut(a, b)]
    bounds = [float("-inf"), *cuts, float("inf")]
    for since_s, until_s in itertools.pairwise(bounds):
        shot = [look for look in looks if since_s <= look.at_s < until_s]
        inner = [look for look in shot if since_s + EDGE_S <= look.at_s <= until_s - EDGE_S]
        if shot:
            yield inner or shot


def _is_cut(one: Look, other: Look) -> bool:
    return _palette_off(one, other) > CUT_PALETTE and _layout_off(one, other) > CUT_LAYOUT


def _key_frames(shot: Sequence[Look]) -> tuple[Look, ...]:
    """The sharpest frame of a shot, then those that are sharp and unlike the ones taken, in order of time."""
    seen = [look for look in shot if look.spread >= FLAT]
    left = [look for look in seen if look.sharpness >= NEARLY * _sharpest_near(look, seen)]
    if not left:
        return ()
    taken = [max(left, key=lambda look: look.sharpness)]
    while len(taken) < MOST_FRAMES:
        new = [(min(_off(look, known) for known in taken), look) for look in left]
        new = [(off, look) for off, look in new if off > 1]
        if not new:
            break
        taken.append(max(new, key=lambda item: min(item[0], NEW_ENOUGH) * item[1].sharpness)[1])
    return tuple(sorted(taken, key=lambda look: look.at_s))


def _sharpest_near(look: Look, shot: Sequence[Look]) -> float:
    return max(other.sharpness for other in shot if abs(other.at_s - look.at_s) <= NEAR_S)


def _show_the_same(some: Sequence[Look], others: Sequence[Look]) -> bool:
    return any(_off(one, other) <= 1 for one in some for other in others)


def _off(one: Look, other: Look) -> float:
    """How unlike two frames are; up to 1 they show the same."""
    return max(_layout_off(one, other) / ALIKE_LAYOUT, _palette_off(one, other) / ALIKE_PALETTE)


def _layout_off(one: Look, other: Look) -> float:
    return float(np.abs(one.layout - other.layout).mean())


def _palette_off(one: Look, other: Look) -> float:
    return float(np.abs(one.palette - other.palette).sum()) / 2
