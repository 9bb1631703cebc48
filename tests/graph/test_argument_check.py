"""What of a model's sentences holds beside the records that it cites: made up traces, no photo is read."""

from geoagent.case.evidence import Claim, Clue, Evidence, SecondLook, Step, ToolCall
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Level
from geoagent.case.trace import Trace
from geoagent.geo import Area
from geoagent.graph.argument_check import checked_claims

POLE = Clue(kind="object", value="wooden pole with a metal cap", view=1, witness="vlm:m")
SIGN = Clue(kind="sign", value="blue square sign of a crossing", view=1, witness="vlm:m")
NUMBER = Clue(kind="text", value="0316 2055 118", view=1, witness="vlm:m")
PATH = [Level(level="country", name="France", code=Area("FR"), probability=0.9, stated=True)]


def supports(*said: Claim, trace: Trace) -> list[str]:
    """What stands behind each sentence that is not left out."""
    steps = [Step(node="conclude", statement=c.statement, cites=c.cites, support="seen", claim=c) for c in said]
    return [item.support for item in checked_claims(trace.model_copy(update={"steps": tuple(steps)}), PATH)]


def claim(statement: str, *cites: str, **more: object) -> Claim:
    return Claim.model_validate({"statement": statement, "cites": cites, "kind": "observation", **more})


def test_a_sentence_falls_with_what_it_names_alone() -> None:
    look = SecondLook(clue=SIGN.id, witness="vlm:m", outcome="different", said="a board")
    trace = Trace(clues=(POLE, SIGN), second_looks=(look,))
    of_pole = claim("The wooden pole with its metal cap is the kind that stands in France.", POLE.id, SIGN.id)
    of_both = claim("A blue square sign and a wooden pole are seen in France.", POLE.id, SIGN.id)
    assert supports(of_pole, of_both, trace=trace) == ["seen"]
    assert supports(claim("The sign of a crossing is blue in France.", SIGN.id), trace=trace) == []


def test_a_sentence_falls_by_the_evidence_of_what_fell_and_by_a_quotation() -> None:
    fell = Clue(kind="text", value="Bäckerei Huber", view=1, witness="vlm:m")
    looks = tuple(SecondLook(clue=c.id, witness="vlm:m", outcome="different", said="a board") for c in (SIGN, fell))
    rests = Evidence(
        kind="crossing", witness="vlm:m", statement="a blue square sign stands in France", group="crossing",
        likelihood=Areas(weights={Area("FR"): 1.0}, elsewhere=0.1), clues=(SIGN.id,),
    )  # fmt: skip
    trace = Trace(clues=(POLE, SIGN, fell), evidence=(rests,), second_looks=looks)
    of_evidence = claim("Blue square signs stand beside wooden poles in France.", rests.id, POLE.id)
    quoting = claim('The sign "Bäckerei Huber" and the wooden pole are of France.', fell.id, POLE.id)
    assert supports(of_evidence, quoting, trace=trace) == []


def test_an_observation_may_name_in_its_place_what_it_compares_with() -> None:
    said = claim("The wooden pole has a metal cap, as in France and not in Spain.", POLE.id, place="Spain")
    concluded = claim("That leaves it, as the wooden pole says.", POLE.id, kind="conclusion", place="Spain")
    assert supports(said, concluded, trace=Trace(clues=(POLE,))) == ["seen", "unsupported"]


def test_a_number_may_be_the_beginning_of_one_that_was_read() -> None:
    trace = Trace(clues=(NUMBER, POLE))
    assert supports(claim("The 11-digit number begins with 205.", NUMBER.id, kind="check"), trace=trace) == [
        "unsupported"  # a check cites a call
    ]
    begun = [claim(f"The number with the sign of France begins with {n}.", NUMBER.id) for n in (205, 317)]
    begun = [c.model_copy(update={"statement": c.statement.replace("number", "number 0316")}) for c in begun]
    assert supports(*begun, trace=trace) == ["seen", "unsupported"]
    assert supports(claim("Such a wooden pole is of 1960, as in France.", POLE.id), trace=trace) == ["seen"]
    invented = claim("The wooden pole bears 0316 2055 118456 in France.", POLE.id)
    assert supports(invented, trace=trace) == ["unsupported"]


def test_a_report_in_another_script_need_not_spell_each_name() -> None:
    text = "鸡鸣寺位于南京市玄武区鸡笼山东麓山阜上，是南京最古老的梵刹之一，金黄的寺院外墙，在France也有人知道。"
    call = ToolCall(tool="search_web", arguments={"words": "鸡鸣寺"}, status="ok", text=text)
    said = claim("A report puts the Jiming Temple below the Taicheng wall, known in France.", call.id, kind="check")
    other = call.model_copy(update={"id": "", "text": "a page of a temple in France"})
    other = ToolCall.model_validate({**dict(other), "id": ""})
    assert supports(said, trace=Trace(calls=(call,))) == ["seen"]
    assert supports(said.model_copy(update={"cites": (other.id,)}), trace=Trace(calls=(other,))) == ["unsupported"]
