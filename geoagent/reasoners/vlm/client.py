"""The connection to a model server: the HTTP client, the server's address, and the models that it serves."""

import logging
import re
import time
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
import openai

from geoagent.errors import ConfigError
from geoagent.plain_text import printable
from geoagent.reasoners.vlm.chat_completion import ServerFault, load
from geoagent.reasoners.vlm.server_addresses import base_address, is_azure, other_addresses
from geoagent.reasoners.vlm.server_faults import LOADING, fault_of
from geoagent.secrets import shown_address
from geoagent.web.transport import LimitedTransport, Network

log = logging.getLogger(__name__)

LOADING_S = 300.0
"""How long a server is waited for that loads its model before it lists it."""
POLL_S = 2.0
LARGEST_ANSWER = 10_000_000
MOST_MODELS = 2000
MOST_PAGES = 20
NO_KEY = "none"
"""What is sent as the key where there is none, since the client wants one."""
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
    """A client for the OpenAI-compatible server at `url`; it follows no redirect and no proxy setting, and sends no
    other key than `api_key`.

    - `url` may name an endpoint or leave out "/v1"; its query, behind "?", is sent with each request.
    - `timeout_s` is how long one request may take in all. An answer may have at most `LARGEST_ANSWER` bytes.

    Raises ConfigError where the address cannot be asked.
    """
    parts = urlsplit(base_address(url))
    url, asked = urlunsplit(parts._replace(query="")), dict(parse_qsl(parts.query, keep_blank_values=True))
    transport = LimitedTransport(Network(), LARGEST_ANSWER)
    headers = {"Accept-Encoding": "gzip"}
    wire: Any = httpx.Client(transport=transport, headers=headers, trust_env=False, timeout=timeout_s)
    of_azure: Any = {"api-key": api_key or NO_KEY, "Authorization": openai.Omit()} if is_azure(url) else {}
    try:
        client = openai.OpenAI(
            base_url=url, api_key=api_key or NO_KEY, organization="", project="", timeout=timeout_s, http_client=wire,
            max_retries=0, default_query=asked, default_headers=of_azure,
        )  # fmt: skip
    except Exception as error:  # the HTTP library below refuses odd addresses with exceptions of its own
        raise ConfigError(f"vlm: not an address that can be asked ({printable(error)[:100]})") from error
    weakref.finalize(client, wire.close)
    return client


def cause(error: BaseException) -> str:
    """The message, in one line of at most 200 characters, of the error that first caused `error`; its type's name where
    it has no message.
    """
    while error.__cause__ is not None:
        error = error.__cause__
    return printable(error)[:200] or type(error).__name__


def address(client: openai.OpenAI) -> str:
    """The address of a client's server as it may be shown: without user name, password and query."""
    url = client.base_url
    return shown_address(f"{url.scheme}://{url.netloc.decode()}{url.path}".rstrip("/"))


class Listed(NamedTuple):
    """A model in a server's list of models.

    `talks` says whether it can chat; `sees` whether it takes pictures, None where neither the list nor the name tells.
    """

    name: str
    talks: bool = True
    sees: bool | None = None


def server_models(client: openai.OpenAI, seconds: float = LOADING_S) -> list[str]:
    """The names of the models that a server lists; a server that is still loading is waited for, up to `seconds`.

    Raises ConfigError where it lists none that can be read: the models are asked for before any work is begun.
    """
    return [model.name for model in listed_models(client, seconds)]


def listed_models(client: openai.OpenAI, seconds: float = LOADING_S) -> list[Listed]:
    """The models that a server lists; a server that is still loading is waited for, up to `seconds`.

    Where nothing is found at the client's address, others that servers use are tried (`other_addresses`), and the
    client keeps the one that answers. Raises ConfigError where the server cannot be reached, refuses, or is none.
    """
    until, first = time.monotonic() + min(seconds, LOADING_S), str(client.base_url)
    missing: _NotThere | None = None
    for url in (first, *other_addresses(first)):
        client.base_url = url
        try:
            return _list(client, until)
        except _NotThere as fault:
            missing = missing or fault
        except ConfigError:
            client.base_url = first
            raise
    client.base_url = first
    assert missing is not None
    raise missing


class _NotThere(ConfigError):
    """Nothing at that address lists models."""


def _list(client: openai.OpenAI, until: float) -> list[Listed]:
    """The models that are listed at the client's address. Raises _NotThere, or ConfigError."""
    told = False
    while True:
        try:
            return _all_pages(client, until)
        except openai.APIStatusError as error:
            fault = fault_of(error)
            if fault.status >= 500 and LOADING.search(fault.whole) and time.monotonic() < until:
                if not told:
                    wait_s = until - time.monotonic()
                    log.info(f"the model server is loading its model; waiting up to {wait_s:.0f} s")
                told = True
                time.sleep(POLL_S)
                continue
            raise _list_refused(client, fault) from error
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise ConfigError(f"the model server at {address(client)} cannot be reached: {cause(error)}") from error
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            where = address(client)
            raise _NotThere(f"{where} is no OpenAI-compatible server: its list of models is not one") from error


def _list_refused(client: openai.OpenAI, fault: ServerFault) -> ConfigError:
    """What a status means that comes instead of a list."""
    where, words = address(client), f": {fault.text[:200]}" if fault.text else ""
    if 300 <= fault.status < 400:
        there = shown_address(fault.headers.get("location", "another address"))
        return ConfigError(printable(f"the model server at {where} sends us on to {there}: give that address"))
    known = {401: "refuses the key; set GEOAGENT_API_KEY", 403: "refuses the key; set GEOAGENT_API_KEY"}
    what = known.get(fault.status, f"answered {fault.status} when asked for its models; name one with --model")
    kind = _NotThere if fault.status in (404, 405) else ConfigError
    return kind(f"the model server at {where} {what}{printable(words)}")


def _all_pages(client: openai.OpenAI, until: float) -> list[Listed]:
    """The models on all pages of the list, each once."""
    found, page = dict[str, Listed](), dict[str, str]()
    for _ in range(MOST_PAGES):
        timeout = max(1.0, min(until - time.monotonic(), _timeout_s(client)))
        asking = client.with_options(timeout=timeout).models.with_raw_response
        answer = load(asking.list(extra_query=page).content)
        known = len(found)
        found |= {model.name: model for model in _read_list(answer)}
        page = _next_page(answer)
        if not page or not known < len(found) < MOST_MODELS:
            break
    return list(found.values())


def _next_page(answer: Any) -> dict[str, str]:
    """What the next page of a list is asked for by; nothing after the last."""
    if not isinstance(answer, dict):
        return {}
    last, token = answer.get("last_id"), answer.get("nextPageToken")
    if answer.get("has_more") is True and isinstance(last, str):
        return {"after_id": last}
    return {"pageToken": token} if isinstance(token, str) and token else {}


def _read_list(answer: Any) -> list[Listed]:
    """The models in a list; a row that names none costs itself alone. Raises ValueError where it is no list."""
    rows = list(_rows(answer))
    found = [model for row in rows[:MOST_MODELS] if (model := _listed(row))]
    if rows and not found:
        raise ValueError("no row names a model")
    return found


def _rows(answer: Any) -> Iterator[Any]:
    """The rows of a list, which stands under one of several names, or alone, or holds the models by their names."""
    if isinstance(answer, dict):
        inner = answer[next((name for name in ("data", "models", "result", "items") if name in answer), "data")]
        if isinstance(inner, dict) and all(isinstance(row, dict) for row in inner.values()):
            inner = [{"id": key, **row} for key, row in inner.items()]
        answer = inner.get("models") if isinstance(inner, dict) else [] if inner is None else inner
    if not isinstance(answer, list):
        raise ValueError("no list")
    yield from answer


def _listed(row: Any) -> Listed | None:
    told = row if isinstance(row, dict) else {"id": row}
    names = (told.get(key) for key in ("id", "name", "model", "key"))
    name = next((name for name in names if isinstance(name, str) and name), None)
    if name is None:
        return None
    kinds = " ".join(str(told.get(key, "")) for key in ("type", "task", "object", "mode")).lower()
    talks = not (_NO_CHAT.search(name) or re.search(r"embed|rerank|speech|audio|image-gen|moderation|transcri", kinds))
    return Listed(name, talks, _sees(told, name, kinds))


def _sees(told: dict[str, Any], name: str, kinds: str) -> bool | None:
    """Whether a model sees pictures, by what its row says of it, or by its name."""
    able, shape = told.get("capabilities"), told.get("architecture")
    inputs = (shape if isinstance(shape, dict) else told).get("input_modalities") or told.get("modalities")
    if isinstance(able, dict) and isinstance(able.get("vision"), bool):
        return bool(able["vision"])
    if isinstance(inputs, list):
        return "image" in inputs
    listed = isinstance(able, list) and {"vision", "multimodal"} & set(map(str, able))
    return True if listed or re.search(r"\bvlm\b|vision", kinds) or _SEES.search(name) else None


def _timeout_s(client: openai.OpenAI) -> float:
    return client.timeout if isinstance(client.timeout, int | float) else LOADING_S


def only_model(client: openai.OpenAI, seconds: float = LOADING_S) -> str:
    """The name of the model to use where the user has named none: the only one of the server, the only one that can
    chat, or the only one that takes pictures.

    Raises ConfigError where the server lists none, or the choice is not clear. A choice among several is logged.
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
