"""Flags before the environment before the TOML file; every fault is one line."""

from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.settings import read_settings, settings_file


def write(folder: Path, text: str) -> dict[str, str]:
    (folder / "geoagent.toml").write_text(text)
    return {"GEOAGENT_CONFIG": str(folder / "geoagent.toml")}


def test_flags_count_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    environment = write(tmp_path, 'vlm = "http://file/v1"\nmodel = "file"\nmax_steps = 3\nnative_tools = true\n')
    environment |= {"GEOAGENT_MODEL": "environment", "GEOAGENT_VLM": "http://environment/v1"}
    settings = read_settings({"vlm": "http://flag/v1", "model": None}, environment)
    assert (settings.vlm, settings.model) == ("http://flag/v1", "environment")
    assert (settings.max_steps, settings.native_tools) == (3, True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('vml = "http://x/v1"', "no setting vml"),
        ("max_steps = -1", "max_steps"),
        ("max_steps =", "not TOML"),
        ('vlm = "x"', "not an http address"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as raised:
        read_settings({}, write(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_settings({}, {"GEOAGENT_CONFIG": str(tmp_path / "none.toml")})


def test_no_file_at_the_usual_place_is_no_fault(tmp_path: Path) -> None:
    assert read_settings({}, {"GEOAGENT_CONFIG": ""}) is not None
    assert settings_file({}).name == "geoagent.toml"
    assert settings_file({}).parent != Path.cwd()
