"""What the first look says of what it read."""

from pathlib import Path

from geoagent import GeoAgent
from tests.scenes import scene, sign


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
    assert {item.reason for item in file.prediction.undetermined} == {"nothing in the photo or its file tells where"}
