"""What a person took back is no clue of the answer, and no verdict rests on it."""

from importlib.metadata import version

from geoagent.belief import Beliefs
from geoagent.case.evidence import Candidate, PlacePath, Verdict
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace, extend
from geoagent.graph.conclude import read_out
from geoagent.privacy.disclosure import disclose
from geoagent.report.answer import answer
from geoagent.report.replay import history
from geoagent.runs.trace_files import checked, read_trace, sealed
from geoagent.serve.corrections import corrected, taken_back
from tests.report.made import EVIDENCE, made


def test_a_correction_that_was_taken_back_is_no_clue_and_carries_no_verdict(beliefs: Beliefs) -> None:
    trace = extend(Trace(evidence=(EVIDENCE,)), corrected("exclude France", None, Trace(), beliefs.atlas))
    said = trace.evidence[-1]
    spain = PlacePath(country="Spain", key="ES")
    places = [Candidate(place=spain, proposer=who) for who in ("rules", "belief")]
    portugal = Candidate(place=PlacePath(country="Portugal", key="PT"), proposer="belief")
    verdicts = (
        Verdict(candidate=places[0].id, outcome="contradicted", opposing=(EVIDENCE.id,)),
        Verdict(candidate=portugal.id, outcome="plausible", supporting=(said.id,)),
        Verdict(candidate=places[1].id, outcome="confirmed", supporting=(EVIDENCE.id,)),
    )
    trace = extend(trace, Trace(candidates=(*places, portugal), verdicts=verdicts))
    trace = extend(trace, taken_back("exclude France", trace))
    note = ("nothing more was looked for",) * 2
    prediction = read_out({"photos": made().photos, "trace": trace, "notes": note}, beliefs, "rules", Usage(steps=1))
    file = made().model_copy(update={"trace": trace, "prediction": prediction})
    told = answer(file, history(file, beliefs))
    assert [shown.clue.value for shown in told.clues] == []
    assert [(shown.place, shown.outcome) for shown in told.candidates] == [("Spain", "confirmed")]
    assert prediction.notes == note[:1]
    file = file.model_copy(update={"geoagent": version("geoagent-locate"), "reasoner": Capabilities(name="rules")})
    for kept in (file, disclose(file, "country", beliefs)):
        read = checked(read_trace(sealed(kept).model_dump_json()), beliefs, True).file
        assert read.prediction.verdicts == kept.prediction.verdicts
