"""A correction that does not change the answer is told to have counted, with what outweighs it."""

from geoagent.belief import Beliefs
from geoagent.case.prediction import Usage
from geoagent.case.trace import Trace, extend
from geoagent.graph.conclude import read_out
from geoagent.serve.corrections import corrected
from geoagent.serve.follow_ups import outvoted
from tests.opened import says
from tests.report.made import made


def test_a_word_that_is_outweighed_says_so(beliefs: Beliefs) -> None:
    known = Trace(evidence=tuple(says(witness=f"tool:{n}", elsewhere=0.0, ES=1.0) for n in "abcdef"))
    for words, is_told in (("it is in Portugal", True), ("it is in Spain", False)):
        said = corrected(words, None, known, beliefs.atlas)
        trace = extend(known, said)
        prediction = read_out({"photos": (), "trace": trace}, beliefs, "rules", Usage(steps=1))
        told = outvoted(made().model_copy(update={"trace": trace, "prediction": prediction}), said)
        assert prediction.levels[0].name == "Spain"
        assert bool(told) is is_told
        if told:
            assert told[0].statement.startswith("Your word was counted and speaks against Spain; what outweighs it")
