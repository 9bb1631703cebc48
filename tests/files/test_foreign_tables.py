"""Rows of files that others made."""

import json
from pathlib import Path

from geoagent.files.foreign_tables import json_lines
from geoagent.runs.run_folder import read_samples
from geoagent.runs.samples import Sample

ODD = "one line\u2028to JSON\x85and to us"


def test_only_a_line_feed_ends_a_line_of_json() -> None:
    text = "\n".join([json.dumps({"id": ODD}, ensure_ascii=False), "", "{torn", '{"id": 2}\r'])
    assert list(json_lines(text)) == [(1, {"id": ODD}), (3, None), (4, {"id": 2})]


def test_a_question_with_other_ends_of_lines_does_not_tear_a_run(tmp_path: Path) -> None:
    sample = Sample(id="a", images=("a.jpg",), question=ODD)
    (tmp_path / "samples.jsonl").write_text(sample.model_dump_json() + "\n", encoding="utf-8")
    assert read_samples(tmp_path) == [sample]
