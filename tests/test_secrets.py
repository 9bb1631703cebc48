"""Keys leave no mark: planted in every setting, echoed by whoever is asked, and looked for in all that is written."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.runs.trace_files import save_trace
from geoagent.secrets import Secrets, shown_address, shown_command
from geoagent.testing.scripted_model import Failure, Request, ScriptedModel, action, look, said
from tests.serve.conftest import Served

pytestmark = pytest.mark.slow

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "spain_zaragoza.jpg"
KEYS = {
    "api key": "sk-pl/an+ted=9f8e7d6c5b4a",
    "environment": "brave+Env/4711-Qwertz==",
    "file": "tavily&File<0815>'x\"Yz77",
    "password": "pass+word/1a2b3c4d",
    "query of the model server": "vlm-query-5t6z7u8i9o",
    "path of the model server": "vlmpath-1q2w3e4r5t6z",
    "query of a service": "svc-query/+0p9o8i7u6z",
    "path of a service": "svcpath-7h8j9k0l1m2n",
}
OF_COMMANDS = {"command": "mcp-command-y1x2c3v4b5", "environment of a command": "mcp-env-n6m7l8k9j0"}


def forms(key: str) -> list[str]:
    """How a key may be written."""
    octets = key.encode()
    return [
        key, quote(key), quote(key, safe=""), quote_plus(key), base64.b64encode(octets).decode().rstrip("="),
        base64.urlsafe_b64encode(octets).decode().rstrip("="), json.dumps(key)[1:-1],
        key[: len(key) // 2 + 1], key[len(key) // 2 - 1 :],
    ]  # fmt: skip


def marks(data: bytes) -> list[str]:
    """What the data show of the keys."""
    return [
        f"{name}: {form}" for name, key in (KEYS | OF_COMMANDS).items() for form in forms(key) if form.encode() in data
    ]


def in_files(*folders: Path) -> list[str]:
    paths = [path for folder in folders for path in (folder.rglob("*") if folder.is_dir() else [folder])]
    return [f"{path.name}: {mark}" for path in paths if path.is_file() for mark in marks(path.read_bytes())]


ECHOES = [" ".join(f"[{form}]" for form in forms(key)) for key in KEYS.values()]


def answers() -> Iterator[Any]:
    """A first look, a tool call and claims that repeat every key in every form."""
    clues = [
        {"kind": "sign", "value": text[:200], "box": [0.1, 0.1, 0.4, 0.4]}
        for key in KEYS.values()
        for text in forms(key)
    ]
    yield look({"country": "Spain", "probability": 0.8}, clues=clues[:: len(clues) // 20])
    yield action("lookup_place", thought=" ".join(ECHOES)[:400], name=KEYS["api key"])
    yield action("conclude", claims=[{"statement": f"It says {text}"[:400], "cites": []} for text in ECHOES])


class Echoing(ScriptedModel):
    """Answers that echo every key; after as many as it is told it fails, with the keys in body and headers."""

    def __init__(self, until: int = 99) -> None:
        self.until = until
        self.turns = list(answers())
        super().__init__([self.echo])

    def echo(self, request: Request) -> Any:
        text = said(request)
        if len(self.requests) > self.until:
            error = {"error": {"message": f"{'x' * 150} wrong key {' '.join(ECHOES)}"}}
            return Failure(418, json.dumps(error), headers={"X-Key": KEYS["api key"]})
        if "What it adds up to" not in text:
            return self.turns[0]
        return self.turns[2] if "Result of lookup_place" in text else self.turns[1]


def given(cache: Path, folder: Path) -> dict[str, str]:
    """Every setting that can hold a key holds one, but those that are given as flags."""
    (folder / "geoagent.toml").write_text(f"[keys]\ntavily = {json.dumps(KEYS['file'])}\n")
    tiles = f"http://127.0.0.1:9/{KEYS['path of a service']}/{{z}}/{{x}}/{{y}}?key={quote(KEYS['query of a service'])}"
    return {
        "GEOAGENT_CACHE_DIR": str(cache), "GEOAGENT_CONFIG": str(folder / "geoagent.toml"),
        "GEOAGENT_API_KEY": KEYS["api key"], "GEOAGENT_BRAVE_KEY": KEYS["environment"],
        "GEOAGENT_SERVICES": f"map_tiles={tiles}",
    }  # fmt: skip


@pytest.fixture
def run(cache: Path, atlas: Atlas, tmp_path: Path):  # type: ignore[no-untyped-def]
    environment = {**os.environ, **given(cache, tmp_path)}

    def geoagent(*arguments: object) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "geoagent.cli", *map(str, arguments)],
            env=environment, cwd=tmp_path, capture_output=True, timeout=300,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.stdout + done.stderr

    return geoagent


def address(server: ScriptedModel) -> str:
    """The address of a server with a user, a password and keys in its path and query."""
    user = f"http://bob:{quote(KEYS['password'], safe='')}@"
    path = f"/{KEYS['path of the model server']}/v1?api_key={KEYS['query of the model server']}"
    return server.address.replace("http://", user) + path


SERVER = f"env TOKEN={OF_COMMANDS['environment of a command']} false --api-key {OF_COMMANDS['command']}"


@pytest.mark.parametrize("until", [99, 2, 0])
def test_solving_leaves_no_mark(run, cache: Path, tmp_path: Path, until: int) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    out.mkdir()
    with Echoing(until) as server:
        told = run("solve", PHOTO, "--vlm", address(server), "--trace", out / "trace", "--report", out / "r.html")
    assert (b"country Spain" in told) == (until > 0)
    if until == 99:
        assert "•••" in (out / "trace").read_text()
        told += b"".join(run("trace", "show", out / "trace", "--report", out / f"r.{form}") for form in ("md", "json"))
    assert marks(told) + in_files(out, *cache.glob("*.sqlite*")) == []


@pytest.mark.parametrize("until", [99, 0])
def test_asking_a_model_once_leaves_no_mark(run, tmp_path: Path, until: int) -> None:  # type: ignore[no-untyped-def]
    with Echoing(until) as server:
        told = run("solve", PHOTO, "--vlm", address(server), "--direct", "--json", "--trace", tmp_path / "t.json")
    assert marks(told) + in_files(*tmp_path.glob("t.json")) == []


def test_a_run_leaves_no_mark(run, cache: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "run"
    with Echoing(2) as server:
        told = run("solve", PHOTO, "--vlm", address(server), "--out", out, "--model", "scripted")
        told += run("resume", out, "--vlm", address(server))
    told += b"".join(run("eval", command, out) for command in ("score", "misses"))
    told += run("eval", "report", out, "--out", tmp_path / "report.html")
    assert marks(told) + in_files(out) == []
    assert (out / "checkpoints.sqlite").exists()


def test_a_command_that_cannot_be_started_is_told_without_its_keys(run) -> None:  # type: ignore[no-untyped-def]
    told = run("solve", PHOTO, "--mcp", SERVER)
    assert b"no MCP server started" in told
    assert marks(told) == []


SAYS_ALL = """
import os, sys
from mcp.server import MCPServer
server = MCPServer("Echo")
@server.tool()
def echo() -> str:
    \"\"\"Say what it was started with.\"\"\"
    return f"{sys.argv} {os.environ['TOKEN']}"
server.run()
"""


def test_an_mcp_server_that_says_what_it_was_started_with_leaves_no_mark(
    cache: Path, atlas: Atlas, tmp_path: Path
) -> None:
    (tmp_path / "server.py").write_text(SAYS_ALL)
    token, key = OF_COMMANDS["environment of a command"], OF_COMMANDS["command"]
    command = f"env TOKEN={token} {sys.executable} {tmp_path / 'server.py'} --api-key {key}"
    script = [look({"country": "Spain", "probability": 0.5}), action("mcp_echo_echo"), action("conclude", claims=[])]
    with ScriptedModel(script) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, mcp=(command,))
        file = GeoAgent(settings).trace(PHOTO.with_name("nowhere_plain.jpg"))
    save_trace(file, tmp_path / "trace")
    (call,) = (call for call in file.trace.calls if call.tool == "mcp_echo_echo")
    assert call.status == "ok"
    assert "•••" in call.text
    assert "--api-key •••" in str(file.settings["mcp"])
    assert in_files(tmp_path / "trace") == []


@pytest.mark.slow
def test_what_examines_and_audits_leaves_no_mark(run, cache: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for until in (99, 0):
        with Echoing(until) as server:
            told = run("doctor", "--vlm", address(server))
            told += run(
                "audit",
                PHOTO,
                "--vlm",
                address(server),
                "--report",
                tmp_path / "audit.html",
                "--redact",
                tmp_path / "r.png",
            )
            (tmp_path / "a.md").write_text("- a red roof\n- a sign in Spanish\n")
            told += run("eval", "chain", tmp_path / "a.md", tmp_path / "a.md", "--judge", address(server))
        assert marks(told) + in_files(*tmp_path.glob("audit.html"), *cache.glob("*.sqlite*")) == []


@pytest.mark.slow
def test_the_service_leaves_no_mark(cache: Path, atlas: Atlas, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for until in (99, 2, 0):
        with Echoing(until) as server:
            service = Served(
                data, cache, "--vlm", address(server),
                **{name.removeprefix("GEOAGENT_").lower(): value for name, value in given(cache, tmp_path).items()},
            )  # fmt: skip
            try:
                case = service.solve(PHOTO.read_bytes())["id"]
                heard = [service.client.get(f"/api/cases/{case}{part}", timeout=90).content for part in
                         ("", "/trace", "/report", "/markdown", "/geojson", "/events")]  # fmt: skip
                if until:
                    service.say(case, "question", "what does the sign say?")
                heard += [
                    service.client.get(path).content for path in (f"/api/cases/{case}", "/api/cases", "/api/service")
                ]
            finally:
                service.client.close()
                service.process.terminate()
                told = b"".join(part.encode() for part in service.process.communicate())
        assert [mark for text in (*heard, told) for mark in marks(text)] + in_files(data) == []


@pytest.mark.slow
def test_the_tools_for_other_programs_leave_no_mark(run, cache: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("mcp")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
         "params": {"name": "solve_photo", "arguments": {"path": str(PHOTO)}}},
    ]  # fmt: skip
    for until in (99, 2, 0):
        with Echoing(until) as server:
            process = subprocess.Popen(
                [sys.executable, "-m", "geoagent.cli", "mcp", "--vlm", address(server)], cwd=tmp_path,
                env={**os.environ, **given(cache, tmp_path)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            assert process.stdin and process.stdout
            process.stdin.write(b"".join(json.dumps(call).encode() + b"\n" for call in calls))
            process.stdin.flush()
            heard = process.stdout.readline() + process.stdout.readline()
            rest, told = process.communicate()
        assert b'"id":2' in heard.replace(b" ", b"")
        assert marks(heard + rest + told) == []


@pytest.mark.parametrize("key", (KEYS | OF_COMMANDS).values(), ids=KEYS | OF_COMMANDS)
def test_every_form_of_a_key_is_hidden(key: str) -> None:
    secrets = Secrets([key])
    for form in forms(key):
        for text in (form, f"a{form}b", f"x={form}&y", f"{'x' * 190}{form}"[:200]):
            assert marks(secrets.hide(text).encode()) == []
    for user in ("u:", "us:", "bob:"):
        header = base64.b64encode(f"{user}{key}".encode()).decode()
        assert len(secrets.hide(header).replace("•••", "")) <= 10
    assert secrets.hide(f"keep this {key} and this") == "keep this ••• and this"


@pytest.mark.parametrize("text", ["MUEBLES EBROLINO", "Calle del Molino 12", "50003 Zaragoza", "sha256", "ES.56"])
def test_nothing_else_is_hidden(text: str) -> None:
    assert Secrets(KEYS.values()).hide(text) == text
    assert Secrets(["a", "abc", ""]).hide("abc a text") == "abc a text"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("python -m my_server --port 8080", "python -m my_server --port 8080"),
        ("server --api-key hunter --x", "server --api-key ••• --x"),
        ("server --token=hunter", "server --token=•••"),
        ("env API_TOKEN=hunter python /opt/server.py", "env API_TOKEN=••• python /opt/server.py"),
        ("server --header 'Authorization: Bearer hunter'", "server --header Authorization: Bearer •••"),
        ("server http://bob:hunter@host/x?key=hunter2", "server http://host/x?key=•••"),
        ("server sk-planted-0123456789abcdef", "server •••"),
        ('server \'{"password": "hunter"}\'', 'server {"password": "•••"}'),
        ("server 'unfinished --key hunter", "server 'unfinished --key •••"),
    ],
)
def test_a_command_is_shown_without_its_keys(command: str, shown: str) -> None:
    assert shown_command(command) == shown


def test_an_address_is_shown_without_its_keys() -> None:
    assert shown_address("http://127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"
    assert shown_address("https://bob:hunter@h/v1?key=x+y%2Fz&style=streets") == "https://h/v1?key=•••&style=streets"
    assert shown_address("https://h/KEY-8d1f2a77/{z}/{x}.png") == "https://h/•••/{z}/{x}.png"
