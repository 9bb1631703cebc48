"""What the first look says of what it read."""

from pathlib import Path

import pytest

from geoagent import GeoAgent
from tests.scenes import scene, sign


@pytest.mark.slow
def test_what_a_viewer_wrote_is_said_to_be_no_part_of_the_scene(agent: GeoAgent, tmp_path: Path) -> None:
    scene((sign("Google Street View"), (200, 300)), (sign("12"), (200, 600))).save(tmp_path / "seen.png")
    file = agent.trace(tmp_path / "seen.png")
    written = next(step for step in file.trace.steps if "not a part of the scene" in step.statement)
    values = {clue.id: clue.value for clue in file.trace.clues}
    assert len(written.cites) == 1 and "Street View" in values[written.cites[0]]
    assert not file.trace.evidence
    assert {item.reason for item in file.prediction.undetermined} == {"nothing that was read tells where"}


def test_where_nothing_can_be_read_the_photo_and_its_file_tell_nothing(agent: GeoAgent, tmp_path: Path) -> None:
    scene().save(tmp_path / "wall.png")
    file = agent.trace(tmp_path / "wall.png")
    assert not any("not a part of the scene" in step.statement for step in file.trace.steps)
    assert {item.reason for item in file.prediction.undetermined} == {"nothing in the photo tells where"}


def test_what_is_not_used_of_a_hint_is_told_as_a_step_and_a_note(agent: GeoAgent, tmp_path: Path) -> None:
    scene().save(tmp_path / "wall.png")
    file = agent.trace(tmp_path / "wall.png", hint="in Spain, on the road to Lisbon, not in Blorpville or Zzyx")
    told = 'not used of the hint: "road to Lisbon" does not say where the photo was taken'
    (step,) = [step for step in file.trace.steps if step.statement == told]
    assert step.cites == tuple(clue.id for clue in file.trace.clues if clue.kind == "hint")
    assert told in file.prediction.notes
    assert [level.name for level in file.prediction.levels if level.stated] == ["Spain"]


def test_a_hint_that_is_not_understood_is_quoted(agent: GeoAgent, tmp_path: Path) -> None:
    scene().save(tmp_path / "wall.png")
    file = agent.trace(tmp_path / "wall.png", hint="the Chinese embassy")
    assert 'not used of the hint: "the Chinese embassy" was not understood' in file.prediction.notes
    assert not file.trace.evidence
