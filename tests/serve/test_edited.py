"""An answer that was edited in the file of the cases is shown by no route."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent.runs.trace_files import digest
from tests.serve.conftest import Served


@pytest.mark.parametrize("seal", ["kept", "anew", "stripped"])
@pytest.mark.slow
def test_an_edited_answer_is_not_shown(serve: Callable[..., Served], tmp_path: Path, seal: str) -> None:
    service = serve(tmp_path / "data")
    case = service.solve()["id"]
    with sqlite3.connect(tmp_path / "data" / "cases.sqlite") as db:
        (text,) = db.execute("SELECT trace FROM cases").fetchone()
        data = json.loads(text)
        data["prediction"]["levels"][0] |= {"name": "Mexico", "code": "MX", "probability": 0.999}
        if seal != "kept":
            del data["sha256"]
        if seal == "anew":
            data["sha256"] = digest(data)
        db.execute("UPDATE cases SET trace = ?", (json.dumps(data),))
    for form in ("report", "markdown", "geojson"):
        answer = service.client.get(f"/api/cases/{case}/{form}", timeout=90)
        assert answer.status_code in (409, 503)
        assert "Mexico" not in answer.text
    if seal == "anew":  # the process that answers has no atlas: what reports are made from is computed again
        return
    for path in (f"/api/cases/{case}", f"/api/cases/{case}/trace"):
        answer = service.client.get(path)
        assert answer.status_code == 409
        assert "edited" in answer.json()["detail"]
