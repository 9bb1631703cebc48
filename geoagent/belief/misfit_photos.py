"""Whether the photos of one case can be of one place, judged by what each of them implies by itself.

With the belief p that the evidence of one photo gives, and q that the evidence of the others gives, the Bayes factor of
one place for all against another place for that photo is

    B = Σ_places p(place) · q(place) / prior(place)

Reliabilities below 1 bound it: a lone web address of each of two countries gives B = 0.8, texts with two or three more
clues on each side 0.06 to 0.01. Nothing here moves the belief.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

from geoagent.belief import Belief, Beliefs, current
from geoagent.belief.readout import levels
from geoagent.case.evidence import Evidence, Step
from geoagent.case.trace import Trace
from geoagent.case.views import PhotoRef
from geoagent.plain_text import percent, printable

CONTRADICTION = 10**-0.5
"""The factor below which evidence is substantial (Jeffreys, Theory of Probability, 3rd edition, appendix B)."""
CITED = 4
Factor = Callable[[int, Sequence[int]], float]
"""B of one photo against others, all by index."""


class Misfit(NamedTuple):
    """A photo, by its index in the case, that others contradict.

    `others` are the indices of these; if that is one photo, nobody can tell which of the two is misplaced. `factor` is
    the Bayes factor of one place for all against two places.
    """

    photo: int
    others: tuple[int, ...]
    factor: float


def check_photos(trace: Trace, refs: Sequence[PhotoRef], belief: Belief, beliefs: Beliefs) -> tuple[Step, ...]:
    """A step of the log for each photo of the case that contradicts the others; it cites evidence of both sides.

    `refs` are the photos of the case in order. Empty where the photos fit each other, or fewer than two gave evidence.
    """
    own = evidence_by_photo(trace)

    def given(photos: Sequence[int]) -> Belief:
        return beliefs.part(belief, [item for photo in photos for item in own[photo]])

    alone = {photo: given([photo]).probability for photo in sorted(own)} if len(own) > 1 else {}

    def factor(photo: int, others: Sequence[int]) -> float:
        theirs = alone[others[0]] if len(others) == 1 else given(others).probability
        return float(alone[photo] @ (theirs / belief.atlas.prior))

    return tuple(
        _step(misfit, refs, given([misfit.photo]), given(misfit.others))
        for misfit in find_misfits(tuple(alone), factor)
    )


def evidence_by_photo(trace: Trace) -> dict[int, list[Evidence]]:
    """The evidence that the clues of each photo give rise to, by the photo's index; photos without any are left out.

    What several photos show belongs to each of them. Opinions are formed over all photos together and belong to none.
    """
    photo_of_view = {view.number: view.photo for view in trace.views}
    photo_of_clue = {clue.id: photo_of_view[clue.view] for clue in trace.clues if clue.view in photo_of_view}
    found: dict[int, list[Evidence]] = {}
    for item in current(trace.evidence):
        if item.kind != "opinion":
            for photo in sorted({photo_of_clue[clue] for clue in item.clues if clue in photo_of_clue}):
                found.setdefault(photo, []).append(item)
    return found


def find_misfits(photos: Sequence[int], factor: Factor) -> list[Misfit]:
    """The photos that contradict the others, the worst first; empty where all fit each other.

    `photos` are indices, and `factor` gives the Bayes factor of one place for a photo and some others. Of three and
    more photos the one is named that fits the others worst; then it is left out, and the rest are looked at again.
    Where leaving out another one would mend it too, and the evidence does not substantially prefer one of them, the two
    that contradict each other most are named.
    """
    found, left = list[Misfit](), tuple(photos)
    while len(left) > 2 and (odd := _odd_one_out(left, factor)):
        found.append(odd)
        left = odd.others
    pairs = [Misfit(one, (other,), factor(one, (other,))) for one, other in combinations(left, 2)]
    worst = min(pairs, key=lambda pair: pair.factor, default=None)
    if worst is not None and worst.factor < CONTRADICTION:
        found.append(worst)
    return found


def _odd_one_out(photos: tuple[int, ...], factor: Factor) -> Misfit | None:
    against = {photo: _without(photos, photo) for photo in photos}
    factors = {photo: factor(photo, others) for photo, others in against.items()}
    worst = min(photos, key=factors.__getitem__)
    if factors[worst] >= CONTRADICTION:
        return None
    rivals = [photo for photo in against[worst] if factors[photo] * CONTRADICTION < factors[worst]]
    if any(factor(worst, _without(against[worst], rival)) >= CONTRADICTION for rival in rivals):
        return None
    return Misfit(worst, against[worst], factors[worst])


def _without(photos: tuple[int, ...], photo: int) -> tuple[int, ...]:
    return tuple(other for other in photos if other != photo)


def _step(misfit: Misfit, refs: Sequence[PhotoRef], mine: Belief, theirs: Belief) -> Step:
    here, there = _where(mine, theirs)
    odds = f"{1 / misfit.factor:,.0f}"
    name = _name(misfit.photo, refs)
    if len(misfit.others) == 1:
        statement = (
            f"photos {name} and {_name(misfit.others[0], refs)} contradict each other: the first points to {here}, the "
            f"other to {there}; their evidence is {odds} times as probable if they are of two places"
        )
    else:
        statement = (
            f"photo {name} does not fit the others: it points to {here}, they to {there}; the evidence is {odds} times "
            "as probable if it is of another place"
        )
    cites = [term.evidence.id for side in (mine, theirs) for term in side.terms[:CITED]]
    return Step(node="verify", statement=statement, cites=tuple(dict.fromkeys(cites)))


def _name(photo: int, refs: Sequence[PhotoRef]) -> str:
    return f"{photo + 1} ({printable(refs[photo].path.rsplit('/', 1)[-1])[:100]})"


def _where(mine: Belief, theirs: Belief) -> tuple[str, str]:
    """What two beliefs say at the coarsest level at which they differ."""
    pairs = list(zip(levels(mine), levels(theirs), strict=False))
    one, other = next((pair for pair in pairs if pair[0].code != pair[1].code), pairs[0])
    return f"{one.name} ({percent(one.probability)})", f"{other.name} ({percent(other.probability)})"
