"""Flags before the environment before the TOML file; every fault is one line."""

from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.settings import Settings, read_settings, settings_file


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
        ("timeout_s = inf", "timeout_s: .* finite"),
        ("timeout_s = nan", "timeout_s"),
        ("request_timeout_s = inf", "request_timeout_s: .* finite"),
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


@pytest.mark.parametrize(
    "address",
    ["http://host:abc/v1", "http://[::1/v1", "http://host:99999/v1", "http://:80/v1", "ftp://host/v1", "host/v1\r"],
)
@pytest.mark.parametrize("user", ["", "bob:hunter2@", "bob:hun/hunter2@", "bob:hun?hunter2@"])
def test_a_wrong_address_is_one_line_without_its_password(address: str, user: str) -> None:
    scheme, _, rest = address.rpartition("//")
    with pytest.raises(ConfigError, match="is not an http address") as raised:
        read_settings({"vlm": f"{scheme}{'//' if scheme else ''}{user}{rest}?key=hunter2"}, {"GEOAGENT_CONFIG": ""})
    assert len(str(raised.value).splitlines()) == 1
    assert "hunter2" not in str(raised.value)
    assert "bob" not in str(raised.value)
    assert f"{rest!r}"[1:] in str(raised.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/v1", "https://host", "http://[::1]:8000/v1", "http://bob:hunter2@host:80/v1"]
)
def test_right_addresses(address: str) -> None:
    assert read_settings({"vlm": address}, {"GEOAGENT_CONFIG": ""}).vlm == address


@pytest.mark.parametrize(
    ("key", "kept"), [("sk-SECRET\r", "sk-SECRET"), (" sk-SECRET \r\n", "sk-SECRET"), (" \r\n", None)]
)
def test_white_space_is_no_part_of_a_key(tmp_path: Path, key: str, kept: str | None) -> None:
    assert read_settings({}, {"GEOAGENT_CONFIG": "", "GEOAGENT_API_KEY": key}).api_key == kept
    assert read_settings({}, write(tmp_path, 'api_key = " sk-FILE\\r"')).api_key == "sk-FILE"
    assert Settings(api_key=key).api_key == kept


@pytest.mark.parametrize(
    "key", ["sk-SECRET–1", "sk-SECRET\r\nHost: x", "sk-SECRET\0", "“sk-SECRET”", "sk-SECRET\udcff"]
)
def test_a_key_that_no_header_holds_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigError, match="GEOAGENT_API_KEY") as raised:
        read_settings({}, {"GEOAGENT_CONFIG": "", "GEOAGENT_API_KEY": key})
    assert "SECRET" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_key_in_the_address_of_a_service_is_a_secret() -> None:
    tiles = "https://tiles.example/{z}/{x}/{y}.png?key=a-long-secret&style=streets"
    settings = Settings.model_validate({"services": {"map_tiles": tiles}})
    assert settings.secrets().hide("says a-long-secret") == "says •••"
    assert "a-long-secret" not in str(settings.public())
    assert "style=streets" in str(settings.public())


def test_each_form_is_read_from_the_environment(tmp_path: Path) -> None:
    environment = write(tmp_path, 'services = { photon = "http://file" }\nmcp = ["from-file"]\n')
    assert read_settings({"services": {"searxng": "http://given"}}, environment).services == {"searxng": "http://given"}
    environment |= {"GEOAGENT_SERVICES": "nominatim=http://one searxng=http://two", "GEOAGENT_MCP": "a b\nc"}
    settings = read_settings({}, environment | {"GEOAGENT_ONLINE": "true", "GEOAGENT_MAX_STEPS": "5"})
    assert settings.services == {"nominatim": "http://one", "searxng": "http://two"}
    assert settings.mcp == ("a b", "c")
    assert (settings.online, settings.max_steps) == (True, 5)


def test_keys_of_services_come_from_the_environment_and_the_file(tmp_path: Path) -> None:
    environment = write(tmp_path, '[keys]\nbrave = "file-brave"\ntavily = "file-tavily"\n')
    settings = read_settings({}, environment | {"GEOAGENT_BRAVE_KEY": "env-brave", "GEOAGENT_TINEYE_KEY": ""})
    assert settings.keys == {"brave": "env-brave", "tavily": "file-tavily"}
    assert "env-brave" not in repr(settings)


def test_variables_in_small_letters_or_empty_are_not_ours() -> None:
    environment = {"GEOAGENT_CONFIG": "", "geoagent_online": "1", "GEOAGENT_MODEL": "", "GEOAGENT_VLLM_PYTHON": "x"}
    assert read_settings({}, environment) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("MAX_STEPS", "many", "max_steps: input should be a valid integer"),
        ("SERVICES", '{"nominatim": "http://x"}', "services: .*write name=url"),
        ("KEYS", "sk-SECRET", "keys: input should be a valid dictionary"),
        ("ONLINE", "perhaps", "online: input should be a valid boolean"),
        ("PRIOR_PRECISION", "none", "prior_precision: input should be 'float32'"),
    ],
)
def test_a_wrong_variable_is_one_line(name: str, value: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as raised:
        read_settings({}, {"GEOAGENT_CONFIG": "", f"GEOAGENT_{name}": value})
    assert "\n" not in str(raised.value)
    assert "SECRET" not in str(raised.value)


def test_settings_made_in_python_read_neither_environment_nor_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAGENT_CONFIG", write(tmp_path, "max_steps = 3")["GEOAGENT_CONFIG"])
    monkeypatch.setenv("GEOAGENT_ONLINE", "1")
    assert (Settings().max_steps, Settings().online) == (12, False)
    assert (read_settings({}).max_steps, read_settings({}).online) == (3, True)
