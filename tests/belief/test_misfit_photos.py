"""Photos that are said to be of one place: what several of them imply together, and which one does not fit."""

from collections.abc import Sequence

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.misfit_photos import CONTRADICTION, check_photos, evidence_by_photo, find_misfits
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.trace import Trace, extend
from geoagent.case.views import PhotoRef, View
from geoagent.geo import Area
from geoagent.reading.texts import read_clues

SPAIN = ["Calle del Molino 8, 50003 Zaragoza", "www.mueblesebrolino.es", "MUEBLES EBROLINO"]
SPAIN_TOO = ["Zaragoza centro", "Zapatería y bolsos de piel", "+34 976 22 00 00"]
SWEDEN = ["APOTEK LINNEA", "SYSTEMBOLAGET", "Tel. 018-00 00 12", "Uppsala 12"]
JAPAN = ["ラーメン営業中", "www.ramen-example.jp", "京都市"]
LATIN = ["Restaurant"]


def case(atlas: Atlas, *photos: Sequence[str]) -> Trace:
    """A case whose photos show these texts."""
    views = tuple(View(number=i + 1, photo=i) for i in range(len(photos)))
    clues = tuple(
        Clue(kind="text", value=text, view=i + 1, witness="ocr", confidence=0.98)
        for i, texts in enumerate(photos)
        for text in texts
    )
    return Trace(views=views, clues=clues, evidence=tuple(read_clues(clues, atlas)))


def refs(trace: Trace) -> list[PhotoRef]:
    return [PhotoRef(path=f"/x/{chr(97 + v.photo)}.jpg", id=str(v.photo), width=9, height=9) for v in trace.views]


def found(trace: Trace, beliefs: Beliefs) -> list[str]:
    steps = check_photos(trace, refs(trace), beliefs.of(trace.evidence), beliefs)
    extend(trace, Trace(steps=steps))  # every id that is cited is held
    return [step.statement for step in steps]


def test_the_factor_is_that_of_one_place_against_two(atlas: Atlas) -> None:
    r = 0.8
    rows = [{"witness": "*", "kind": "*", "level": "*", "r": r}]
    beliefs = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": rows}))
    views = tuple(View(number=i + 1, photo=i) for i in range(2))
    clues = tuple(Clue(kind="other", value=f"clue {i}", view=i + 1, witness="ocr") for i in range(2))
    evidence = tuple(
        Evidence(
            kind="test", witness="ocr", statement=code, likelihood=Areas(weights={code: 1.0}), group=code,
            clues=(clue.id,),
        )
        for code, clue in zip(("ES", "SE"), clues, strict=True)
    )  # fmt: skip
    trace = Trace(views=views, clues=clues, evidence=evidence)
    prior = [float(atlas.prior[atlas.rows(Area(code))].sum()) for code in ("ES", "SE")]
    low, high = 1 - r, [r / p + 1 - r for p in prior]
    factor = prior[0] * high[0] * low + prior[1] * low * high[1] + (1 - sum(prior)) * low * low
    assert factor == pytest.approx(1 - r * r)  # where both hold, there is no such place
    named = found(trace, beliefs)
    assert bool(named) == (factor < CONTRADICTION)
    surer = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": [{**rows[0], "r": 0.95}]}))
    assert f"{1 / (1 - 0.95**2):.0f} times as probable" in found(trace, surer)[0]


def test_two_photos_contradict_each_other(atlas: Atlas, beliefs: Beliefs) -> None:
    named = found(case(atlas, SPAIN, SWEDEN), beliefs)
    assert len(named) == 1
    assert named[0].startswith("photos 1 (a.jpg) and 2 (b.jpg) contradict each other: the first points to Spain")


def test_of_three_the_one_that_does_not_fit_is_named_with_both_sides(atlas: Atlas, beliefs: Beliefs) -> None:
    trace = case(atlas, SPAIN, SWEDEN, SPAIN_TOO)
    (step,) = check_photos(trace, refs(trace), beliefs.of(trace.evidence), beliefs)
    assert step.statement.startswith("photo 2 (b.jpg) does not fit the others: it points to Sweden")
    own = evidence_by_photo(trace)
    for side in ([1], [0, 2]):
        assert set(step.cites) & {item.id for photo in side for item in own[photo]}


def test_each_of_two_odd_photos_is_named(atlas: Atlas, beliefs: Beliefs) -> None:
    named = found(case(atlas, SPAIN, JAPAN, SPAIN_TOO, SWEDEN, SPAIN[1:]), beliefs)
    assert sorted(text[:7] for text in named) == ["photo 2", "photo 4"]


def test_a_tie_names_both(atlas: Atlas, beliefs: Beliefs) -> None:
    for photos in ((SPAIN, SWEDEN, LATIN), (SPAIN, SWEDEN, []), (SPAIN, SWEDEN, SPAIN_TOO, SWEDEN)):
        named = found(case(atlas, *photos), beliefs)
        assert len(named) == 1
        assert "contradict each other" in named[0]


@pytest.mark.parametrize(
    "photos",
    [
        (SPAIN,),
        (SPAIN, SPAIN_TOO),
        (SPAIN, SPAIN, SPAIN_TOO),
        (SWEDEN[:2], SWEDEN[2:]),
        (SPAIN, [], LATIN),
        (["www.aaa.es"], ["www.bbb.se"]),  # a lone web address proves little: B = 0.8
        ([], []),
    ],
)
def test_photos_that_may_be_of_one_place_are_left_alone(
    atlas: Atlas, beliefs: Beliefs, photos: tuple[list[str], ...]
) -> None:
    assert found(case(atlas, *photos), beliefs) == []


def test_the_order_of_the_photos_does_not_matter(atlas: Atlas, beliefs: Beliefs) -> None:
    for photos in ((SPAIN, SWEDEN, SPAIN_TOO), (SWEDEN, SPAIN_TOO, SPAIN), (SPAIN_TOO, SPAIN, SWEDEN)):
        (named,) = found(case(atlas, *photos), beliefs)
        assert f"photo {photos.index(SWEDEN) + 1} (" in named


def test_an_opinion_belongs_to_no_photo(atlas: Atlas, beliefs: Beliefs) -> None:
    trace = case(atlas, SPAIN, LATIN)
    seen = Clue(kind="road", value="yellow line", view=2, witness="vlm:x")
    opinion = Evidence(
        kind="opinion", witness="vlm:x", statement="Sweden", likelihood=Areas(weights={"SE": 1.0}), group="opinion",
        clues=(seen.id,),
    )  # fmt: skip
    trace = extend(trace, Trace(clues=(seen,), evidence=(opinion,)))
    assert opinion not in [item for items in evidence_by_photo(trace).values() for item in items]
    assert found(trace, beliefs) == []


def test_what_replaces_an_odd_photo_must_mend_it() -> None:
    factors = {(0, (1, 2)): 0.01, (1, (0, 2)): 0.02, (2, (0, 1)): 2.0, (0, (2,)): 3.0}
    names = {(0, (1,)): 0.01, (1, (2,)): 3.0}
    misfits = find_misfits((0, 1, 2), lambda one, others: {**factors, **names}[one, tuple(others)])
    assert [(m.photo, m.others) for m in misfits] == [(0, (1,))]
    clearer = {**factors, **names, (1, (0, 2)): 0.2}
    misfits = find_misfits((0, 1, 2), lambda one, others: clearer[one, tuple(others)])
    assert [(m.photo, m.others) for m in misfits] == [(0, (1, 2))]
