"""Tables of a person's own, beside ours."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.reading.tables.user_tables import use_folder

ROW = {"explains": "a stop of the Blue Line", "areas": {"SE.21": 0.9}, "words": ["blå linjen"], "source": "unsourced"}
TABLE = {"name": "bus_stops", "kind": "sign", "question": "Which operator's sign?", "visible": 0.1, "witness": "text"}
READ = """
import sys
from pathlib import Path
from geoagent.atlas import open_atlas
from geoagent.case.evidence import Clue
from geoagent.reading.tables.user_tables import use_folder
from geoagent.reading.texts import read_clues

atlas = open_atlas(Path(sys.argv[1]))
use_folder(Path(sys.argv[2]), atlas)
clues = [Clue(kind="text", value="Blå linjen mot centrum", view=1, witness="ocr", confidence=0.98)]
print([item.kind for item in read_clues(clues, atlas)])
"""


def written(folder: Path, **tables: object) -> Path:
    for name, table in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(table), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_table_of_ones_own_is_read_beside_ours(cache: Path, tmp_path: Path) -> None:
    folder = written(tmp_path, bus_stops={**TABLE, "answers": {"blue line": ROW}})
    command = [sys.executable, "-c", READ, str(cache), str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "bus_stops" in told
    assert "language" in told


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"answers": {"a": {**ROW, "areas": {"SE.99": 0.9}}}}, "a: the atlas has no area SE.99"),
        ({"answers": {"a": {**ROW, "patterns": ["^x$"]}}}, "a: the pattern '^x$' matches none of the examples"),
        ({"answers": {"a": {**ROW, "patterns": ["("]}}}, "a: the pattern '(' is none"),
        ({"answers": {"a": {**ROW, "words": []}}}, "a: words or patterns are needed"),
        ({"answers": {"a": {**ROW, "source": "hearsay"}}}, "answers.a.source"),
        ({"name": "lexicon", "answers": {"a": ROW}}, "another table is called lexicon"),
        ({"witness": "sight", "answers": {"a": ROW}}, "only tables of texts can be added"),
        ({"visible": 2, "answers": {"a": ROW}}, "visible"),
    ],
)  # fmt: skip
def test_each_fault_is_told_in_one_line(
    change: dict[str, object], fault: str, atlas: Atlas, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = written(tmp_path, mine=TABLE | change)
    with caplog.at_level(logging.ERROR), pytest.raises(ConfigError, match="1 fault in its tables"):
        use_folder(folder, atlas)
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("mine.json: ")
    assert fault in told
    assert "\n" not in told


def test_a_folder_without_tables_is_refused(atlas: Atlas, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ConfigError, match="no tables are there"):
            use_folder(folder, atlas)
