import pytest

from geoagent.case.evidence import Candidate, Clue, Evidence, PlacePath, Spot, Step, ToolCall, Verdict
from geoagent.case.likelihood import Areas
from geoagent.case.trace import Trace, extend
from geoagent.errors import TraceError
from geoagent.geo import Point

CLUE = Clue(kind="text", value="Apotek", witness="ocr")
EVIDENCE = Evidence(
    kind="language", witness="ocr", statement="x", likelihood=Areas(weights={"SE": 1}), group="g", clues=(CLUE.id,)
)


def test_a_trace_grows_and_holds_each_noun_once() -> None:
    once = extend(Trace(), Trace(clues=(CLUE,)))
    twice = extend(once, Trace(clues=(CLUE,), evidence=(EVIDENCE,)))
    assert twice.clues == (CLUE,)
    assert twice.evidence == (EVIDENCE,)


@pytest.mark.parametrize(
    "dangling",
    [
        Trace(evidence=(EVIDENCE,)),
        Trace(steps=(Step(node="x", statement="y", cites=("c000000000000",)),)),
        Trace(clues=(CLUE,), evidence=(EVIDENCE.replace(call="t000000000000"),)),
        Trace(clues=(CLUE,), evidence=(EVIDENCE.replace(supersedes="e000000000000"),)),
        Trace(candidates=(Candidate(place=PlacePath(country="Sweden"), proposer="ocr", evidence=("e1",)),)),
        Trace(verdicts=(Verdict(candidate="p000000000000", outcome="unverified"),)),
        Trace(spots=(Spot(name="x", point=Point(lat=0, lon=0), radius_km=1, evidence="e000000000000"),)),
    ],
)
def test_what_is_not_held_cannot_be_cited(dangling: Trace) -> None:
    with pytest.raises(TraceError, match="does not hold"):
        extend(Trace(), dangling)


def test_how_long_a_call_took_is_not_its_identity() -> None:
    fast, slow = (ToolCall(tool="zoom", arguments={}, status="ok", text="x", elapsed_s=s) for s in (0.1, 9.0))
    assert fast.id == slow.id
