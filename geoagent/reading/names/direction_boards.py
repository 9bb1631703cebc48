"""Judges place names by the other texts of a photo: on direction signs, on lists of anything, beside a trade."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue
from geoagent.geo import km_to_chord, unit_vectors
from geoagent.plain_text import fold
from geoagent.reading.names.chances import CHANCE
from geoagent.reading.names.contexts import names_a_trade
from geoagent.reading.names.toponyms import MAX_READINGS, Toponym, is_han
from geoagent.reading.neighbouring_texts import belong_together

NAMES_ON_A_BOARD = 3
"""So many names near each other are a direction sign; where a distance stands beside one of them, two are."""
BOARD_KM = 300.0
LEAST_SHARE = 0.2
"""How much of a name's importance its places near the others must hold for it to belong to them."""

FEW_WORDS, LETTERS = 5, 4
"""Among so many words, of at least so many letters, a name keeps its weight. Of 1,500 words of signs that name no place
1.8 % are some place's name with a weight of more than 0.1."""

Found = tuple[tuple[Clue, ...], str, Toponym]
"""A place name, the clues that show it and the text that they make up."""


def in_company(found: Sequence[Found], texts: Sequence[Clue], atlas: Atlas) -> list[Found]:
    """The place names of a photo, each with the role and weight that the other texts give it.

    Names near each other on the map are those of a direction sign; those scattered over the world are doubted, and so
    are one beside a trade and one among many words. `texts` are all texts of the photos.
    """
    return [_in_crowd(one, texts) for one in _on_boards([_beside_trades(one, texts) for one in found], atlas)]


def is_beside_a_trade(clues: Sequence[Clue], texts: Sequence[Clue]) -> bool:
    """Whether another text of the same sign says what is sold there ("HOTEL"), so that a name on it may be a shop's.

    `clues` are the lines of the name, and `texts` all texts of the photos.
    """
    return any(
        names_a_trade(text.value) and belong_together(clue, text)
        for clue in clues
        for text in texts
        if text not in clues
    )


def _beside_trades(found: Found, texts: Sequence[Clue]) -> Found:
    clues, text, toponym = found
    if not (_is_bare(found) and is_beside_a_trade(clues, texts)):
        return found
    return clues, text, toponym._replace(role="namesake", weight=toponym.weight * CHANCE["namesake"])


def _in_crowd(found: Found, texts: Sequence[Clue]) -> Found:
    """A name that nothing explains, doubted by the number of words around it: one of many is soon a village's name."""
    clues, text, toponym = found
    if toponym.role != "name":
        return found
    words = sum(len(word) >= LETTERS for clue in texts if clue.view == clues[0].view for word in clue.value.split())
    odds = toponym.weight / max(1.0 - toponym.weight, 1e-9) / max(1.0, words / FEW_WORDS)
    return clues, text, toponym._replace(weight=odds / (1.0 + odds))


def _is_bare(found: Found) -> bool:
    _, text, toponym = found
    return toponym.role == "name" and fold(toponym.text) == fold(text)


def _on_boards(found: list[Found], atlas: Atlas) -> list[Found]:
    """The names: those of a direction sign in that role, those of a list that scatters over the world doubted."""
    views: dict[int | None, dict[str, Toponym]] = defaultdict(dict)
    for one in found:
        if (_is_bare(one) and not is_han(one[1])) or one[2].away:
            views[one[0][0].view].setdefault(fold(one[2].text), one[2])
    signs, doubts = dict[int | None, set[str]](), dict[int | None, float]()
    for view, listed in views.items():
        near = _near_each_other(listed, atlas)
        measured = any(listed[name].away for name in near)
        if len(near) >= (2 if measured else NAMES_ON_A_BOARD) and (measured or 2 * len(near) >= len(listed)):
            signs[view] = near
        elif len(listed) >= NAMES_ON_A_BOARD:
            doubts[view] = max(len(near), 1) / len(listed)
    return [_on_board(one, signs.get(one[0][0].view, set()), doubts.get(one[0][0].view, 1.0)) for one in found]


def _on_board(found: Found, sign: set[str], doubt: float) -> Found:
    clues, text, toponym = found
    if not _is_bare(found) or is_han(text):
        return found
    if fold(toponym.text) in sign:
        return clues, text, toponym._replace(role="towards")
    return clues, text, toponym._replace(weight=toponym.weight * doubt)


def _near_each_other(listed: dict[str, Toponym], atlas: Atlas) -> set[str]:
    """The largest set of names with places within 300 km of one place of one of them."""
    names, rows, shares, owners = list(listed), list[int](), list[float](), list[int]()
    for i, name in enumerate(names):
        readings = listed[name].places[:MAX_READINGS]
        importance = np.sqrt([place.prominence + 100.0 for place in readings])
        rows += [place.row for place in readings]
        shares += (importance / importance.sum()).tolist()
        owners += [i] * len(readings)
    if not rows:
        return set()
    vectors = unit_vectors(atlas.lat[rows], atlas.lon[rows])
    near = vectors @ vectors.T >= 1 - km_to_chord(BOARD_KM) ** 2 / 2
    own = np.eye(len(names))[owners]
    held = (near * np.array(shares)) @ own
    centres = held[np.array(shares) >= LEAST_SHARE]
    best = max(centres, key=lambda row: (int((row >= LEAST_SHARE).sum()), float(row.sum())), default=np.zeros(0))
    return {name for name, share in zip(names, best, strict=False) if share >= LEAST_SHARE}
