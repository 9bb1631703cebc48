import io
import re
from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.case.evidence import ArgumentStep, Step
from geoagent.report.terminal import Style, distance, percent, render, style_of
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.report.made import made

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"


@pytest.fixture(scope="module")
def file(agent: GeoAgent) -> TraceFile:
    return agent.trace(PHOTOS / "france_lyon.jpg")


def test_every_level_and_gap_is_shown_and_with_details_every_sentence_and_step(file: TraceFile) -> None:
    text = render(file)
    for level in file.prediction.levels:
        assert level.name in text
    assert not re.search(r"\b[cetv][0-9a-f]{12}\b|×|turn|perceive|odds", text)
    detailed = render(file, details=True)
    whole = " ".join(detailed.split())
    assert all(step.statement in whole for step in file.prediction.argument)
    log = detailed.split("The log:")[1]
    assert log.count("[") >= sum(bool(step.cites) for step in file.prediction.chain)
    for item in file.prediction.undetermined:
        assert item.reason in text


def test_only_the_record_of_evidence_shows_its_odds(file: TraceFile) -> None:
    item = file.prediction.influences[0].evidence
    claim = Step(node="investigate", statement="the model says: so it is", cites=(item,), support="cited")
    chain = (*file.prediction.chain, claim)
    text = render(
        file.model_copy(update={"prediction": file.prediction.model_copy(update={"chain": chain})}), details=True
    )
    line = next(line for line in text.splitlines() if "so it is" in line)
    assert "odds" not in line
    assert text.count("(odds") == len(file.prediction.influences)


def test_nothing_that_steers_a_terminal_is_printed(file: TraceFile) -> None:
    evil = "\x1b[2J\u202e gone \x07"
    argued = ArgumentStep(kind="observation", level="country", statement=evil)
    update = {"chain": (Step(node="x", statement=evil),), "argument": (argued,), "notes": ("\x1b]0;owned\x07",)}
    prediction = file.prediction.model_copy(update=update)
    text = render(file.model_copy(update={"prediction": prediction}), details=True)
    assert all(ch.isprintable() or ch == "\n" for ch in text)


def test_an_answer_from_before_there_were_arguments_shows_its_log(file: TraceFile) -> None:
    text = render(file.model_copy(update={"prediction": file.prediction.model_copy(update={"argument": ()})}))
    assert file.prediction.chain[0].statement[:40] in text.split("Why:")[1]


def test_an_answer_that_knows_nothing_says_what_was_tried_and_what_would_help(agent: GeoAgent) -> None:
    text = render(agent.trace(PHOTOS / "nowhere_plain.jpg"))
    lines = text.splitlines()
    assert "Where: not known. Nothing that was found tells where." in lines
    assert "  Tried: read for text in 1 view: none; looked for a position in the file: none." in lines
    assert lines[lines.index("  What would help:") + 1 :][:2] == [
        "    connect a model that sees (--vlm URL)", "    say what you know (--hint TEXT)",
    ]  # fmt: skip
    for finding in ("United States", "India", " %", "█", "░", "within", "Not determined"):
        assert finding not in text


def test_the_position_in_the_file_and_a_hint_are_told_as_tried_where_they_were(cache: Path) -> None:
    agent = GeoAgent(Settings(cache_dir=cache, allow_exif_gps=True))
    text = render(agent.trace(PHOTOS / "nowhere_plain.jpg", hint="my holiday"))
    whole = " ".join(text.split())
    assert "read the hint: it names no place that could be used; looked for a position in the file: none." in whole
    assert "--allow-exif-gps" not in text
    assert "name a place in the hint (--hint TEXT)" in text


def test_a_model_that_names_no_place_is_told_as_tried(cache: Path) -> None:
    with ScriptedModel([look(), action("conclude", claims=[])]) as model:
        agent = GeoAgent(Settings(cache_dir=cache, vlm=model.url, model="scripted"))
        file = agent.trace(PHOTOS / "nowhere_plain.jpg")
    assert file.prediction.is_unknown
    assert "asked the model: it named no place" in " ".join(render(file).split())
    assert "--vlm" not in render(file)


def test_a_hint_that_leaves_the_country_open_is_an_answer_all_the_same(agent: GeoAgent) -> None:
    file = agent.trace(PHOTOS / "nowhere_plain.jpg", hint="in Europe")
    assert file.prediction.stated is None
    assert not file.prediction.is_unknown
    assert "No country stands out." in render(file)


def test_rounding_claims_no_certainty() -> None:
    assert percent(0.9999) == ">99 %"
    assert percent(0.0001) == "<1 %"
    assert percent(1.0).strip() == "100 %"
    assert (distance(0.05), distance(12.34), distance(6371)) == ("50 m", "12.3 km", "6,371 km")


def test_the_answer_stands_first_and_no_point_beside_not_determined() -> None:
    text = render(made())
    lines = text.splitlines()
    assert lines[2:4] == [
        "This photo was almost certainly taken in Zaragoza, Aragon, Spain (98 %).",
        "What carries it most: The address lies in Zaragoza.",
    ]
    assert "  centre  41.6561, -0.8773   centre of the likely area; 50 % within 4.0 km, 90 % within 8.5 km" in lines
    assert "  and 2 weaker (--details shows them)" in lines
    assert "  street, exact point: no evidence is this fine" in lines


def test_a_narrow_terminal_is_not_overrun_and_colours_are_its_own() -> None:
    for width in (40, 60, 139):
        plain = render(made(), style=Style(width, False))
        assert max(map(len, plain.splitlines())) <= width
        coloured = render(made(), style=Style(width, True))
        assert re.sub(r"\x1b\[\d*m", "", coloured) == plain != coloured


def test_colour_is_for_terminals_that_want_it() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert style_of(io.StringIO(), {}, 80) == Style(110, False)
    assert style_of(Terminal(), {}, 80) == Style(79, True)
    assert not style_of(Terminal(), {"NO_COLOR": "1"}, 80).colour
    assert not style_of(Terminal(), {"TERM": "dumb"}, 80).colour
    assert style_of(Terminal(), {}, 500).width == 140


def test_links_are_shown_where_they_are_asked_for() -> None:
    assert "https://" not in render(made())
    text = render(made(), with_links=True)
    assert "openstreetmap.org" in text and "tineye.com" in text
    assert "openstreetmap.org" not in render(made(is_known=False), with_links=True)


@pytest.mark.parametrize(
    ("photos", "numbers", "said"),
    [
        (1, (1,), "This file holds a position; it was not used."),
        (3, (2,), "The file of photo 2 holds a position; it was not used."),
        (3, (1, 3), "The files of photos 1 and 3 hold positions; they were not used."),
    ],
)
def test_a_position_in_the_file_that_was_not_used_is_told(photos: int, numbers: tuple[int, ...], said: str) -> None:
    file = made(photos=photos, has_position=True, unused_positions=numbers)
    assert f"{said} --allow-exif-gps uses it." in render(file)
    hidden = file.model_copy(update={"settings": {"no_shortcuts": True}})
    assert said in render(hidden) and "--allow-exif-gps" not in render(hidden)
