"""The whole loop against llama.cpp's own server, whose tiny model talks nonsense: the form must hold all the same."""

import os
import re
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from geoagent import Settings
from geoagent.case.trace import check
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.reasoners.vlm.abilities import try_abilities
from geoagent.reasoners.vlm.client import make_client, only_model
from geoagent.reasoners.vlm.model_server import ModelServer
from tests.perceived import solve_perceived
from tests.servers.server import llama_cpp

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        "GEOAGENT_TEST_SERVERS" not in os.environ, reason="GEOAGENT_TEST_SERVERS names no environment with llama.cpp"
    ),
]
PHOTO = "spain_zaragoza.jpg"
NO_SYSTEM = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


@pytest.fixture(scope="module")
def venv() -> Path:
    return Path(os.environ["GEOAGENT_TEST_SERVERS"])


@pytest.fixture(scope="module")
def server(venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with llama_cpp(venv, tmp_path_factory.mktemp("llama") / "log") as url:
        yield url


def computed(url: str) -> float:
    """The tokens of prompts that the server computed so far; what it has kept is not among them."""
    told = urllib.request.urlopen(url.removesuffix("/v1") + "/metrics").read().decode()
    found = re.search(r"^llamacpp:prompt_tokens_total (\S+)$", told, re.MULTILINE)
    assert found
    return float(found.group(1))


def test_the_loop_over_the_wire(server: str, cache: Path, photos: Path) -> None:
    before = computed(server)
    settings = Settings(vlm=server.removesuffix("/v1"), cache_dir=cache, max_steps=4, timeout_s=300)
    file = solve_perceived(settings, photos / PHOTO)
    check(file.trace)
    assert len(file.trace.turns) == 4, file.prediction.notes  # without its grammar it acts never
    assert file.prediction.levels[0].code == Area("ES")  # what OCR reads outweighs nonsense
    assert computed(server) - before < 0.6 * file.prediction.usage.prompt_tokens  # it keeps the beginning


def test_native_tools(server: str, cache: Path, photos: Path) -> None:
    settings = Settings(vlm=server, cache_dir=cache, native_tools=True, max_steps=1, timeout_s=300)
    file = solve_perceived(settings, photos / PHOTO)
    check(file.trace)
    assert file.prediction.levels[0].code == Area("ES")
    assert not [note for note in file.prediction.notes if "server" in note]


def test_what_doctor_finds_of_it(server: str) -> None:
    client = make_client(server, None, 60.0)
    sight, forms = islice(try_abilities(ModelServer(client, only_model(client))), 2)
    assert sight.found.startswith("tiny accepts images")
    assert forms.there


def test_without_its_vision_part(venv: Path, tmp_path: Path, cache: Path, photos: Path) -> None:
    with (
        llama_cpp(venv, tmp_path / "log", sees=False) as url,
        pytest.raises(ConfigError, match=r"tiny takes no images; serve a vision-language model.*mmproj"),
    ):
        solve_perceived(Settings(vlm=url, cache_dir=cache), photos / PHOTO)


def test_with_a_context_that_is_too_short(venv: Path, tmp_path: Path, cache: Path, photos: Path) -> None:
    with llama_cpp(venv, tmp_path / "log", n_ctx=4096) as url:
        file = solve_perceived(Settings(vlm=url, cache_dir=cache, timeout_s=300), photos / PHOTO)
    assert file.prediction.status == "degraded"
    assert any("serve the model with a longer context" in note for note in file.prediction.notes)
    assert file.prediction.levels[0].code == Area("ES")


def test_with_a_template_that_knows_no_system_role(venv: Path, tmp_path: Path, cache: Path, photos: Path) -> None:
    with llama_cpp(venv, tmp_path / "log", chat_template=NO_SYSTEM) as url:
        file = solve_perceived(Settings(vlm=url, cache_dir=cache, max_steps=1, timeout_s=300), photos / PHOTO)
    assert len(file.trace.turns) == 1


def test_with_a_key_that_it_does_not_know(venv: Path, tmp_path: Path, cache: Path, photos: Path) -> None:
    with llama_cpp(venv, tmp_path / "log", api_keys=["right"]) as url:
        wrong = Settings(vlm=url, model="tiny", cache_dir=cache, api_key="wrong")
        with pytest.raises(ConfigError, match="refuses the key"):
            solve_perceived(wrong, photos / PHOTO)
