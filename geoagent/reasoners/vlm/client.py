"""The connection to a model server: the client, its address, and the models that it serves."""

import logging
import re
import time
import weakref
from typing import Any, NamedTuple

import httpx
import openai

from geoagent.errors import ConfigError
from geoagent.names import printable
from geoagent.reasoners.vlm.addresses import base_address, other_address
from geoagent.reasoners.vlm.completion import load
from geoagent.reasoners.vlm.faults import LOADING, fault_of
from geoagent.secrets import shown_address
from geoagent.web.transport import LimitedTransport, Network

log = logging.getLogger(__name__)

LOADING_S = 300.0
"""How long a server is waited for that loads its model before it lists it."""
POLL_S = 2.0
LARGEST_ANSWER = 10_000_000
MOST_MODELS = 2000
_SEES = re.compile(
    r"[-_/.\d]vl\b|\bvl\b|vl[-_:]|vision|visual|vlm|llava|pixtral|gemma-?[34]|minicpm-?(v|o)|internvl|moondream|molmo"
    r"|mistral-(small|medium)|ministral|magistral|llama-?4|granite.*vision|smolvlm|idefics|phi-?(3\.5|4).*(vision|multimodal)"
    r"|glm-?4(\.\d)?v|cogvlm|ovis|kimi-vl|kimi-k2\.5|gpt-(4o|4\.1|4-turbo|5)|\bo[134]\b|claude|gemini|grok-(2-vision|4)|qwen3\.5"
    r"|nemotron.*vl|aya-vision|multimodal|omni",
    re.IGNORECASE,
)
_NO_CHAT = re.compile(
    r"embed|\bbge\b|\be5-|\bgte-|rerank|whisper|\btts\b|speech|transcri|audio|moderation|guard|dall-?e|image-\d|imagen|"
    r"flux|stable-diffusion|sora|veo|realtime|babbage|davinci|nomic|minilm|colbert|clip\b|siglip|parakeet|kokoro|orpheus",
    re.IGNORECASE,
)


def make_client(url: str, api_key: str | None, timeout_s: float) -> openai.OpenAI:
    """A client for that server alone: it follows no redirect and no proxy setting, and sends no other key.

    A request takes no longer than its timeout in all, and its answer no more than LARGEST_ANSWER bytes.
    The address may name an endpoint or leave out /v1. Raises ConfigError.
    """
    url = base_address(url)
    transport = LimitedTransport(Network(), LARGEST_ANSWER)
    headers = {"Accept-Encoding": "gzip"}
    wire: Any = httpx.Client(transport=transport, headers=headers, trust_env=False, timeout=timeout_s)
    try:
        client = openai.OpenAI(
            base_url=url, api_key=api_key or "none", organization="", project="", timeout=timeout_s, http_client=wire,
            max_retries=0,
        )  # fmt: skip
    except Exception as error:  # the HTTP library below refuses odd addresses with exceptions of its own
        raise ConfigError(f"vlm: not an address that can be asked ({printable(error)[:100]})") from error
    weakref.finalize(client, wire.close)
    return client


def cause(error: BaseException) -> str:
    """The first cause of an error in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return printable(error)[:200] or type(error).__name__


def address(client: openai.OpenAI) -> str:
    """The address of a client's server without credentials."""
    url = client.base_url
    return shown_address(f"{url.scheme}://{url.netloc.decode()}{url.path}".rstrip("/"))


class Listed(NamedTuple):
    """A model in a server's list; whether it can chat, and whether it takes pictures, where the list tells that."""

    name: str
    talks: bool = True
    sees: bool | None = None


def server_models(client: openai.OpenAI, seconds: float = LOADING_S) -> list[str]:
    """The names of the models that a server serves. Raises ConfigError: it is asked before any work."""
    return [model.name for model in listed_models(client, seconds)]


def listed_models(client: openai.OpenAI, seconds: float = LOADING_S) -> list[Listed]:
    """The models that a server lists; a server that is still loading is waited for, up to `seconds`.

    Raises ConfigError.

    A server that knows no such address is asked at the address with /v1, or without, and from then on there.
    """
    seconds = min(seconds, LOADING_S)
    until, told = time.monotonic() + seconds, False
    first, moved = str(client.base_url), False
    while True:
        try:
            timeout = max(1.0, min(until - time.monotonic(), _timeout_s(client)))
            asking = client.with_options(timeout=timeout).models.with_raw_response
            return _read_list(load(asking.list().content))
        except openai.APIStatusError as error:
            fault = fault_of(error)
            if fault.status >= 500 and LOADING.search(fault.whole) and time.monotonic() < until:
                if not told:
                    log.info(f"the model server is loading its model; waiting up to {seconds:.0f} s")
                told = True
                time.sleep(POLL_S)
                continue
            if fault.status in (404, 405) and not moved:
                moved, client.base_url = True, other_address(first)
                continue
            client.base_url = first
            words = f": {fault.text[:200]}" if fault.text else ""
            known = {401: "refuses the key; set GEOAGENT_API_KEY", 403: "refuses the key; set GEOAGENT_API_KEY"}
            what = known.get(fault.status, f"answered {fault.status} when asked for its models; name one with --model")
            raise ConfigError(f"the model server at {address(client)} {what}{printable(words)}") from error
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise ConfigError(f"the model server at {address(client)} cannot be reached: {cause(error)}") from error
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            if not moved:
                moved, client.base_url = True, other_address(first)
                continue
            client.base_url = first
            where = address(client)
            raise ConfigError(f"{where} is no OpenAI-compatible server: its list of models is not one") from error


def _read_list(answer: Any) -> list[Listed]:
    """The models in a list, which stands in "data", in "models", or alone."""
    rows = answer if isinstance(answer, list) else answer.get("data", answer.get("models"))
    found = [_listed(row) for row in list(rows)[:MOST_MODELS]]
    return list({model.name: model for model in found}.values())


def _listed(row: Any) -> Listed:
    name = row if isinstance(row, str) else row.get("id") or row.get("name") or row["model"]
    told = row if isinstance(row, dict) else {}
    kinds = " ".join(str(told.get(key, "")) for key in ("type", "task", "object", "mode")).lower()
    talks = not (_NO_CHAT.search(name) or re.search(r"embed|rerank|speech|audio|image-gen|moderation|transcri", kinds))
    able = told.get("capabilities")
    shape = told.get("architecture")
    inputs = (shape if isinstance(shape, dict) else told).get("input_modalities") or told.get("modalities")
    sees: bool | None = None
    if isinstance(able, dict) and isinstance(able.get("vision"), bool):
        sees = able["vision"]
    elif isinstance(inputs, list):
        sees = "image" in inputs
    elif (
        (isinstance(able, list) and {"vision", "multimodal"} & set(map(str, able)))
        or re.search(r"\bvlm\b|vision", kinds)
        or _SEES.search(name)
    ):
        sees = True
    return Listed(str(name), talks, sees)


def _timeout_s(client: openai.OpenAI) -> float:
    return client.timeout if isinstance(client.timeout, int | float) else LOADING_S


def only_model(client: openai.OpenAI, seconds: float = LOADING_S) -> str:
    """The name of the server's model, where just one of its models can chat, or just one takes pictures.

    Raises ConfigError. A choice among several is told.
    """
    models = listed_models(client, seconds)
    if not models:
        raise ConfigError(f"the model server at {address(client)} lists no models; name one with --model")
    talking = [model for model in models if model.talks]
    if len(models) == 1:
        return models[0].name
    seeing = [model for model in talking if model.sees]
    chosen = talking if len(talking) == 1 else seeing
    if len(chosen) != 1:
        shown = chosen or talking or models
        named = ", ".join(printable(model.name) for model in shown[:8]) + (", …" if len(shown) > 8 else "")
        what = "that see pictures " if seeing else ""
        raise ConfigError(f"the server serves {len(shown)} models {what}({named}); name one with --model")
    log.info(
        f"of {len(models)} models that the server lists {printable(chosen[0].name)} is taken; --model names another"
    )
    return chosen[0].name
