"""What shells complete, asked of a real bash."""

import subprocess
import sys
from pathlib import Path

import pytest


def script(shell: str) -> str:
    command = [sys.executable, "-m", "geoagent.cli", "completion", shell]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def bash_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "geoagent.bash"
    path.write_text(script("bash"))
    return path


def completed(bash_script: Path, folder: Path, *words: str) -> set[str]:
    """What bash offers for the last of the words."""
    ask = (
        'source "$1"; shift; COMP_WORDS=(geoagent "$@"); COMP_CWORD=$#; '
        'function=$(complete -p geoagent | grep -o "_shtab[a-z_]*"); '
        '"$function" geoagent "${@: -1}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "-c", ask, "bash", str(bash_script), *words]
    return set(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("so",), {"solve"}),
        (("eval", "mis"), {"misses"}),
        (("solve", "--same"), {"--same-place"}),
        (("solve", "--disclose", "c"), {"city", "country"}),
        (("schema", "t"), {"trace"}),
        (("trace", "show", "pho"), {"photo.json"}),
        (("gallery", "info", "--gallery", "pho"), {"photos"}),
    ],
)
def test_bash_completes(bash_script: Path, tmp_path: Path, words: tuple[str, ...], offered: set[str]) -> None:
    (tmp_path / "photo.json").touch()
    (tmp_path / "photos").mkdir()
    expected = offered if words[:2] != ("trace", "show") else {*offered, "photos"}
    assert completed(bash_script, tmp_path, *words) == expected


def test_a_photo_in_place_of_a_command_is_completed(bash_script: Path) -> None:
    command = ["bash", "-c", 'source "$1"; complete -p geoagent', "bash", str(bash_script)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "-o default " in said
    assert "_describe 'geoagent commands' _commands || _files" in script("zsh")


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_have_a_script(shell: str) -> None:
    assert "misses" in script(shell)
