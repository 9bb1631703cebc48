"""What the doctor finds, and what it says mends it."""

import base64
import io
import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from PIL import Image

from geoagent import Settings
from geoagent.doctor import Finding, check_packages, check_settings_file, examine
from geoagent.testing.scripted_model import Answer, Failure, NativeCall, Reply, Request, ScriptedModel, said
from tests.reasoners.vlm.test_client import routed


def about(findings: list[Finding], words: str) -> Finding:
    return next(finding for finding in findings if words in finding.what)


def test_packages() -> None:
    findings = check_packages([
        "numpy>=2.0", "pillow>=999", "h3<4,>=1.0", "no-such-thing>=1.2", "nor-this>=3; extra == 'eval'",
        'pyarrow>=1; extra == "eval"', "not-for-users>=1; extra == 'test'",
    ])  # fmt: skip
    assert [finding.state for finding in findings] == ["ok", "broken", "broken", "broken", "optional", "ok"]
    assert "does not fit >=999" in findings[1].what
    assert findings[1].mend == "pip install 'pillow>=999'"
    assert findings[3].mend == "pip install 'no-such-thing>=1.2'"
    assert findings[4].mend == "pip install 'geoagent-locate[eval]'"


def test_versions_are_compared_as_pip_compares_them() -> None:
    here = version("numpy")
    exact, below, above = check_packages([f"numpy=={here}", f"numpy~={here}.dev1", f"numpy!={here}"])
    assert [finding.state for finding in (exact, below, above)] == ["ok", "ok", "broken"]
    assert "does not fit !=" in above.what


def test_a_package_that_this_system_does_not_need_is_not_missed() -> None:
    assert check_packages(["no-such-thing>=1; sys_platform == 'a system that nobody has'"]) == []


@pytest.mark.skipif(os.name != "posix", reason="other systems keep no such mode")
@pytest.mark.parametrize(
    ("text", "mode", "state"),
    [('api_key = "sk-1"', 0o644, "optional"), ('api_key = "sk-1"', 0o600, "ok"), ('model = "m"', 0o644, "ok")],
)
def test_a_key_that_others_can_read(tmp_path: Path, text: str, mode: int, state: str) -> None:
    file = tmp_path / "geoagent.toml"
    file.write_text(text)
    file.chmod(mode)
    finding = check_settings_file(file)
    assert finding.state == state
    assert str(file) in finding.what
    assert (finding.mend == f"chmod 600 '{file}'") == (state == "optional")


def test_this_installation_is_well(cache: Path) -> None:
    findings = examine(Settings(cache_dir=cache))
    assert [finding for finding in findings if finding.state == "broken"] == []
    assert about(findings, "reading text works").state == "ok"
    assert about(findings, "no model server is set").state == "optional"


def test_a_cache_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = about(examine(Settings(cache_dir=tmp_path / "file" / "cache")), "cannot be written")
    assert finding.state == "broken"
    assert "GEOAGENT_CACHE_DIR" in finding.mend


def able(request: Request) -> Reply:
    """A server that sees the colour, calls the tool, and remembers."""
    parts = [part for part in request["messages"][0]["content"] if isinstance(part, dict)]
    if len(parts) > 1:
        picture = Image.open(io.BytesIO(base64.b64decode(parts[1]["image_url"]["url"].partition(",")[2])))
        return {"colour": "red" if picture.getpixel((0, 0)) == (255, 0, 0) else "blue"}
    if "tools" in request:
        return NativeCall("zoom", {"view": 1})
    return "maple" if "maple" in said(request) else "none"


def without(part: str, answer: Reply) -> Callable[[Request], Reply]:
    """The same server, which answers otherwise where a request holds something."""
    return lambda request: answer if part in json.dumps(request) else able(request)


def test_a_model_server_that_does_all(cache: Path) -> None:
    with ScriptedModel([able]) as model:
        findings = examine(Settings(cache_dir=cache, vlm=model.url))
        request = model.requests[0]
    for words in ("sees what they show", "keeps to a json_schema", "calls tools", "remembers", "for a photo"):
        assert about(findings, words).state == "ok"
    assert findings[-1] == Finding("ok", "verdict: it can be used")
    assert request["response_format"]["type"] == "json_schema"
    assert request["messages"][0]["content"][1]["type"] == "image_url"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "answer", "told", "state", "verdict"),
    [
        ("image_url", {"colour": "red"}, "called red and blue red and red", "broken", "it does not see the photo"),
        ("image_url", "It is red.", "keeps to no json_schema", "ok", "its answers are mended"),
        ("tools", "I call zoom.", "calls no tool", "ok", "it can be used"),
        ("tools", Failure(400, '{"error": "tools are not supported"}'), "takes no tools", "ok", "it can be used"),
        ("tram", "none", "lost the beginning", "ok", "long cases lose their beginning"),
        ("tram", Failure(400, '{"error": "exceeds the context size"}'), "are too much", "ok", "long cases"),
        ("tram", Failure(418, '{"error": "no"}'), "tokens it fails", "ok", "long cases"),
        ("response_format", Failure(400, '{"error": "response_format"}'), "takes no json_schema", "ok", "mended"),
    ],
)
def test_each_ability_that_is_lacking_is_told_and_one_verdict(
    cache: Path, part: str, answer: Reply, told: str, state: str, verdict: str
) -> None:
    with ScriptedModel([without(part, answer)]) as model:
        findings = examine(Settings(cache_dir=cache, vlm=model.url))
    assert about(findings, told).state == "optional"
    assert findings[-1].state == state
    assert verdict in findings[-1].what


@pytest.mark.parametrize("answer", ["It is red.", {"colour": "green"}, "[]"])
def test_a_model_that_keeps_to_no_schema(cache: Path, answer: Answer) -> None:
    with ScriptedModel([answer]) as model:
        finding = about(examine(Settings(cache_dir=cache, vlm=model.url)), "keeps to no json_schema")
    assert finding.state == "optional"
    assert "docs/models.md" in finding.mend


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Failure(400, '{"error": {"message": "this model takes no images"}}'), "takes no images"),
        (Failure(0), "breaks off"),
        (Failure(200, "<html>"), "not a chat completion"),
    ],
)
def test_a_model_server_that_does_not(cache: Path, answer: Answer, fault: str) -> None:
    with ScriptedModel([answer]) as model:
        findings = examine(Settings(cache_dir=cache, vlm=model.url))
    assert about(findings, fault).state == "broken"
    assert "docs/models.md" in about(findings, fault).mend


def test_a_model_server_that_is_not_there(cache: Path) -> None:
    findings = examine(Settings(cache_dir=cache, vlm="http://127.0.0.1:9/v1"))
    assert findings[-1].state == "broken"
    assert "geoagent vlm serve" in findings[-1].mend


@pytest.mark.slow
def test_a_server_that_cannot_list_what_it_serves_is_tried_where_the_model_is_named(cache: Path) -> None:
    chat = [(200, '{"choices": [{"message": {"content": "{\\"colour\\": \\"red\\"}"}}]}')]
    with routed({"/v1/models": [(500, "Internal Server Error")], "/v1/chat/completions": chat}) as address:
        findings = examine(Settings(cache_dir=cache, vlm=address, model="tiny"))
    assert about(findings, "tiny accepts images")


@pytest.mark.parametrize("model", ["scripted", "another"])
def test_the_address_is_shown_without_its_password(cache: Path, model: str) -> None:
    with ScriptedModel([{"colour": "red"}]) as server:
        url = server.url.replace("//", "//bob:hunter2@")
        findings = examine(Settings(cache_dir=cache, vlm=url, model=model))
        shown = server.url
    assert about(findings, shown).state == ("ok" if model == "scripted" else "broken")
    assert "hunter2" not in str(findings)
