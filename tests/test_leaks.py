"""Nothing leaves the machine: whole commands, watched by strace, with LangSmith switched on for other work.

A lookup of a name, a packet beyond loopback, a word to LangSmith, a file outside the cache and the named outputs: each
of them fails.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from geoagent.atlas import Atlas
from tests.listener import Listener
from tests.serve.pictures import picture
from tests.tracer import Watched, needs_strace
from tests.waiting import wait_until

REPORTS_HOME = tuple(map(int, version("onnxruntime").split(".")[:2])) >= (1, 32)


@pytest.fixture
def langsmith() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


@pytest.fixture
def watched(tmp_path: Path, cache: Path, langsmith: Listener) -> Watched:
    needs_strace()
    return Watched(tmp_path, GEOAGENT_CACHE_DIR=str(cache), **langsmith.variables)


# what is watched for is seen


@pytest.mark.parametrize(
    ("code", "leak"),
    [
        (
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 443))",
            "192.0.2.1 port 443",
        ),
        (
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
            "127.0.0.1 port 53",
        ),
        ("import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).bind(('::', 0))", ":: port 0"),
        ("import os; open(os.environ['HOME'] + '/kept', 'w')", "home/kept"),
        ("import os; os.mkdir(os.environ['TMPDIR'] + '/kept')", "temporary/kept"),
        ("import os; open('brief', 'w'); os.remove('brief')", "work/brief"),
        ("import os; os.mkdir('brief'); os.rmdir('brief')", "work/brief"),
        ("import os; os.symlink('/dev/null', 'link'); os.remove('link')", "work/link"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\"child\", \"w\")'])", "work/child"),
        (
            "import threading; t = threading.Thread(target=open, args=('thread', 'w')); t.start(); t.join()",
            "work/thread",
        ),
    ],
)
def test_the_tracer_sees(watched: Watched, code: str, leak: str) -> None:
    watched.run("-c", code)
    found = watched.leaks()
    assert len(found) == 1
    assert found[0].endswith(leak)


def test_the_tracer_sees_that_a_name_is_looked_up(watched: Watched) -> None:
    watched.run("-c", "import socket\ntry: socket.getaddrinfo('name.invalid', 80)\nexcept OSError: pass")
    assert watched.leaks()


def test_what_is_allowed_is_no_leak(watched: Watched) -> None:
    watched.run("-c", "import tempfile; tempfile.TemporaryFile(); open('told', 'w'); open('/dev/null', 'w')")
    assert watched.leaks(watched.folder / "told") == []


# onnxruntime


@pytest.mark.skipif(not REPORTS_HOME, reason="this version of onnxruntime reports nothing")
def test_onnxruntime_left_alone_is_caught(watched: Watched) -> None:
    assert watched.run("-c", "import onnxruntime").returncode == 0
    assert any("deviceid" in leak for leak in watched.leaks())


@pytest.mark.parametrize("chosen", [{}, {"ORT_DISABLE_TELEMETRY": "0"}])
def test_onnxruntime_is_loaded_without_its_reports(watched: Watched, chosen: dict[str, str]) -> None:
    watched.environment |= chosen
    code = (
        "import os; before = dict(os.environ)\n"
        "from geoagent.no_telemetry import load_onnxruntime; load_onnxruntime().InferenceSession\n"
        "assert dict(os.environ) == before"
    )
    done = watched.run("-c", code)
    assert done.returncode == 0, done.stderr
    assert watched.leaks() == []


@pytest.mark.parametrize("group", ["geoagent.encoders", "geoagent.priors", "geoagent.tools"])
def test_a_package_that_loads_onnxruntime_is_quiet_too(watched: Watched, tmp_path: Path, group: str) -> None:
    about = tmp_path / "packages" / "plugged-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[{group}]\nplugged = plugged:plugged\n")
    (about.parent / "plugged.py").write_text(
        "import onnxruntime\ndef plugged(text: str = '') -> str:\n    'Says nothing.'\n    return text\n"
    )
    watched.environment["PYTHONPATH"] = os.pathsep.join([str(about.parent), watched.environment.get("PYTHONPATH", "")])
    code = {
        "geoagent.encoders": "from geoagent.gallery.encoder import find_encoder; find_encoder('plugged')",
        "geoagent.priors": "import contextlib; from pathlib import Path; from geoagent.errors import ConfigError\n"
        "from geoagent.priors.loader import opening\n"
        "with contextlib.suppress(ConfigError): opening('plugged', Path('.'))()",
        "geoagent.tools": "from geoagent.tools.core.registry import installed_tools as f; assert len(f()) == 1",
    }
    done = watched.run(
        "-c", f"{code[group]}\nimport sys; assert 'plugged' in sys.modules and 'onnxruntime' in sys.modules"
    )
    assert done.returncode == 0, done.stderr
    assert watched.leaks() == []


# models


def test_a_model_that_is_missing_is_not_fetched(watched: Watched, tmp_path: Path) -> None:
    installed = find_spec("rapidocr")
    assert installed is not None
    assert installed.origin is not None
    here = Path(installed.origin).parent
    shutil.copytree(
        here, tmp_path / "packages" / "rapidocr", ignore=shutil.ignore_patterns("*_rec_*.onnx", "__pycache__")
    )
    watched.environment["PYTHONPATH"] = os.pathsep.join(
        [str(tmp_path / "packages"), watched.environment.get("PYTHONPATH", "")]
    )
    done = watched.run("-c", "from geoagent.reading.ocr.rapidocr import _new_engine; _new_engine(1)")
    assert "does not hold the models to read text with; pip install --force-reinstall rapidocr" in done.stderr
    assert watched.leaks() == []


def test_a_diagram_is_drawn_without_a_list_of_fonts_left_behind(watched: Watched) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    out = watched.folder / "out"
    out.mkdir()
    code = (
        "from pathlib import Path; from geoagent.eval.calibration.diagram import diagram_output, draw_reliability\n"
        "output = diagram_output(Path('out/diagram.png'))\n"
        "draw_reliability({'a': ([0.2, 0.5, 0.9], [0.0, 1.0, 1.0])}, output, 'One')"
    )
    done = watched.run("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in out.iterdir()] == ["diagram.png"]
    assert watched.leaks(out) == []


# whole commands


def test_solve(watched: Watched, langsmith: Listener, cache: Path, atlas: Atlas, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    photo = photos / "spain_zaragoza.jpg"
    assert "Zaragoza" in watched.geoagent("solve", photo, "--trace", out / "trace.json", "--report", out / "page.html")
    assert sorted(path.name for path in out.iterdir()) == ["page.html", "trace.json"]
    assert watched.leaks(cache, out) == []
    assert langsmith.heard == []


def test_the_library(watched: Watched, langsmith: Listener, cache: Path, atlas: Atlas, photos: Path) -> None:
    code = (
        "import os, sys, geoagent\n"
        "settings = geoagent.Settings(cache_dir=os.environ['GEOAGENT_CACHE_DIR'])\n"
        "print(geoagent.GeoAgent(settings).solve(sys.argv[1]).stated)"
    )
    done = watched.run("-c", code, photos / "france_lyon.jpg")
    assert "Lyon" in done.stdout, done.stderr
    assert watched.leaks(cache) == []
    assert langsmith.heard == []


@pytest.mark.slow
def test_eval(watched: Watched, langsmith: Listener, cache: Path, atlas: Atlas, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    out.mkdir()
    for number, line in enumerate(("Estación de Zaragoza", "Gare de Lyon")):
        (data / f"{number}.png").write_bytes(picture(line))
    (data / "labels.csv").write_text("id,file,country\na,0.png,Spain\nb,1.png,France\n")
    watched.geoagent("eval", "run", data, "--out", out / "run")
    watched.geoagent("eval", "score", out / "run")
    watched.geoagent("eval", "report", out / "run", "--out", out / "report.html")
    assert {path.name for path in out.iterdir()} == {"run", "report.html"}
    assert watched.leaks(cache, out) == []
    assert langsmith.heard == []


@pytest.mark.slow
def test_serve(watched: Watched, langsmith: Listener, cache: Path, atlas: Atlas, tmp_path: Path) -> None:
    command = watched.command("-m", "geoagent.cli", "serve", "--port", "0", "--data", tmp_path / "data")
    process = subprocess.Popen(
        command, env=watched.environment, cwd=watched.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        with httpx.Client(base_url=process.stdout.readline().strip(), timeout=30, trust_env=False) as client:
            sent = client.post("/api/cases", files=[("photos", ("street.png", picture("Estación de Zaragoza")))])
            assert sent.status_code == 202, sent.text
            address = f"/api/cases/{sent.json()['id']}"
            wait_until(lambda: client.get(address).json()["status"] in ("done", "failed"))
            assert client.get(address).json()["status"] == "done"
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does, to the service and its workers
        process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert watched.leaks(cache, tmp_path / "data") == []
    assert langsmith.heard == []


@pytest.mark.slow
def test_mcp(watched: Watched, langsmith: Listener, cache: Path, atlas: Atlas, photos: Path) -> None:
    mcp = pytest.importorskip("mcp", reason="mcp is not installed")
    from mcp.client.stdio import stdio_client

    program, *arguments = watched.command("-m", "geoagent.cli", "mcp")
    server = mcp.StdioServerParameters(
        command=program, args=arguments, env=watched.environment, cwd=str(watched.folder)
    )

    async def solved() -> bool:
        async with stdio_client(server) as (read, write), mcp.ClientSession(read, write) as client:
            await client.initialize()
            return not (await client.call_tool("solve_photo", {"path": str(photos / "france_lyon.jpg")})).is_error

    assert asyncio.run(solved())
    assert watched.leaks(cache) == []
    assert langsmith.heard == []
