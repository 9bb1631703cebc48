"""One OpenAI-compatible server: a question goes out, replies come back, whatever the server can and cannot do."""

import email.utils
import json
import random
import re
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import openai

from geoagent.errors import ConfigError, GeoAgentError, ModelError
from geoagent.names import printable
from geoagent.prediction import Usage

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
ANSWER_TOKENS = 2048
FEWEST_ANSWER_TOKENS = 512
Message = dict[str, Any]

_TOO_LONG = re.compile(
    r"context (length|size|window)|maximum (context|model) len|max_model_len|n_ctx|prompt is too long|too many tokens"
    r"|(exceed|longer than).{0,60}(token|length|context)|at most \d+ image|(many|number of) images",
    re.IGNORECASE,
)
_NO_IMAGES = re.compile(
    r"(image|vision|multi-?modal|mmproj).{0,80}(not (a |been )?support|unsupported|not (a )?multi|cannot|disabled|no )"
    r"|(not (a |an )?|no |n't |cannot |unsupported ).{0,60}(multi-?modal|vision|image)|unknown.{0,40}image_url",
    re.IGNORECASE,
)

_ABOUT_FORM = re.compile(r"response_format|json_schema|grammar|guided|structured", re.IGNORECASE)


class TooLarge(ModelError):
    """The request is longer than the model's context, or holds more images than the server takes."""


class ToolsRefused(ModelError):
    """The server takes no tools of the chat API."""


class Reply(NamedTuple):
    """What a completion says: its text, and its tool calls as actions."""

    text: str
    calls: list[dict[str, Any]]


class _Manner(NamedTuple):
    """How a server wants to be asked; each is first asked in the fullest way."""

    form: Literal["json_schema", "json_object", "prose"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    answer_tokens: int = ANSWER_TOKENS
    temperature: bool = True
    several: bool = True


def make_client(url: str, api_key: str | None, timeout_s: float) -> openai.OpenAI:
    """A client for that server alone: it follows no redirect and no proxy setting, and sends no other key."""
    wire = openai.DefaultHttpxClient(follow_redirects=False, trust_env=False, timeout=timeout_s)
    client = openai.OpenAI(
        base_url=url, api_key=api_key or "none", organization="", project="", timeout=timeout_s, http_client=wire,
        max_retries=0,
    )  # fmt: skip
    weakref.finalize(client, wire.close)
    return client


class ModelServer:
    """Asks one model of one server, and learns how that server wants to be asked. Safe to share between threads.

    What fails for a moment (429, 5xx, a lost connection) is tried again, at most `ATTEMPTS` times in all and within the
    seconds given; `Retry-After` is honoured. A server that has never answered is a wrong setting: ConfigError. One that
    has answered before and now fails is a ModelError.
    """

    def __init__(self, client: openai.OpenAI, model: str, timeout_s: float) -> None:
        self.model = model
        self._client = client
        self._timeout_s = timeout_s
        self._manner = _Manner()
        self._answered = False

    @property
    def keeps_forms(self) -> bool:
        """Whether the server has taken JSON Schemas so far."""
        return self._manner.form == "json_schema"

    def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: tuple[str, dict[str, Any]] | None = None,
        tools: Sequence[dict[str, Any]] = (),
        samples: int = 1,
    ) -> tuple[list[Reply], Usage]:
        """Replies to a question within that many seconds: one, or up to `samples` where the server gives several.

        `form` is the name and JSON Schema that the text should fit; a server that knows no schemas is asked without.
        Raises TooLarge, ModelError, or ConfigError.
        """
        deadline = time.monotonic() + seconds
        manner, failures = self._manner, 0
        while True:
            timeout = max(1.0, min(deadline - time.monotonic(), self._timeout_s))
            try:
                replies, usage = self._send(messages, timeout, _options(manner, form, tools, samples))
            except openai.APIStatusError as error:
                simpler = self._simpler(manner, error, form is not None, samples > 1, bool(tools))
                if simpler is None:
                    failures += 1
                    self._pause(failures, error.response.headers, deadline, self._said(error), error)
                manner = simpler or manner
            except openai.APITimeoutError as error:
                fault = f"the model server did not answer within {timeout:.0f} s"
                if timeout < self._timeout_s:  # the case's own time is over
                    raise ModelError(fault) from error
                failures += ATTEMPTS // 2  # a wait that long is worth one more try
                self._pause(failures, {}, deadline, f"{fault}; GEOAGENT_REQUEST_TIMEOUT_S sets a longer wait", error)
            except openai.APIConnectionError as error:
                failures += 1
                fault = f"the model server at {address(self._client)} cannot be reached or breaks off: {_cause(error)}"
                self._pause(failures, {}, deadline, fault, error)
            # a server that answers 200 with something else than a completion fails in many ways inside the client
            except (openai.OpenAIError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
                failures += 1
                fault = "the model server answered with something that is not a chat completion"
                self._pause(failures, {}, deadline, fault, error)
            else:
                self._manner = manner._replace(answer_tokens=ANSWER_TOKENS)
                self._answered = True
                return replies, usage

    def _send(self, messages: Any, timeout: float, options: dict[str, Any]) -> tuple[list[Reply], Usage]:
        chat = self._client.with_options(timeout=timeout).chat.completions
        return _read(chat.create(model=self.model, messages=messages, **options))

    def _simpler(
        self, manner: _Manner, error: openai.APIStatusError, formed: bool, several: bool, tools: bool
    ) -> _Manner | None:
        """The next simpler way to ask, where a server refused this one; None where the way is not at fault."""
        text, status = printable(error), error.status_code
        if status not in (400, 404, 413, 415, 422, 500, 501):
            return None
        if _TOO_LONG.search(text):
            if manner.answer_tokens <= FEWEST_ANSWER_TOKENS:
                raise TooLarge(f"the question does not fit {self.model}: {text[:200]}") from error
            return manner._replace(answer_tokens=manner.answer_tokens // 2)
        if _NO_IMAGES.search(text):
            raise ConfigError(f"{self.model} takes no images; serve a vision-language model") from error
        if status == 404 or (status == 500 and not _ABOUT_FORM.search(text)):
            return None
        if tools:
            raise ToolsRefused(f"the model server takes no tools: {text[:200]}") from error
        if "max_completion_tokens" in text and manner.limit == "max_tokens":
            return manner._replace(limit="max_completion_tokens")
        if "temperature" in text and manner.temperature:
            return manner._replace(temperature=False)
        if several and manner.several:
            return manner._replace(several=False)
        if formed and manner.form != "prose":
            return manner._replace(form="json_object" if manner.form == "json_schema" else "prose")
        return None

    def _pause(
        self,
        failures: int,
        headers: Mapping[str, str],
        deadline: float,
        fault: str,
        error: Exception,
    ) -> None:
        """Sleep before the next attempt, or raise where there is to be none."""
        status = getattr(error, "status_code", 503)
        if failures >= ATTEMPTS or (status < 500 and status not in (408, 409, 425, 429)):
            raise self._fault(fault) from error
        wait = _wait_s(failures, headers)
        if time.monotonic() + wait > deadline:
            raise ModelError(fault) from error
        time.sleep(wait)

    def _fault(self, text: str) -> GeoAgentError:
        return ModelError(text) if self._answered else ConfigError(text)

    def _said(self, error: openai.APIStatusError) -> str:
        status = error.status_code
        if status in (401, 403):
            return "the model server refuses the key; set GEOAGENT_API_KEY"
        if status == 404:
            return f"the model server knows no model {self.model!r}, or the address is wrong (it usually ends in /v1)"
        if status == 429:
            return "the model server is too busy (429)"
        return f"the model server answered {status}: {printable(error)[:200]}"


def _options(
    manner: _Manner, form: tuple[str, dict[str, Any]] | None, tools: Sequence[dict[str, Any]], samples: int
) -> dict[str, Any]:
    several = samples > 1 and manner.several
    options: dict[str, Any] = {manner.limit: manner.answer_tokens}
    if manner.temperature:
        options["temperature"] = 0.7 if several else 0.0
    if several:
        options |= {"n": samples, "seed": 0}
    if tools:
        options["tools"] = tools
    elif form is not None and manner.form == "json_schema":
        options["response_format"] = {"type": "json_schema", "json_schema": {"name": form[0], "schema": form[1]}}
    elif form is not None and manner.form == "json_object":
        options["response_format"] = {"type": "json_object"}
    return options


def _wait_s(failures: int, headers: Mapping[str, str]) -> float:
    """How long to wait: what Retry-After says in seconds or as a date, else twice as long each time, with jitter."""
    said = str(headers.get("retry-after", ""))
    if re.fullmatch(r"\d+(\.\d+)?", said):
        return min(float(said), LONGEST_WAIT_S)
    if said:
        try:
            until = email.utils.parsedate_to_datetime(said).timestamp()
        except ValueError:
            pass
        else:
            return min(max(until - time.time(), 0.0), LONGEST_WAIT_S)
    return float(FIRST_WAIT_S * 2 ** (failures - 1) * random.uniform(0.8, 1.2))


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return printable(error)[:200] or type(error).__name__


def _read(reply: Any) -> tuple[list[Reply], Usage]:
    """The parts of a completion that count, whatever else the server put there. Raises what reading raises."""
    replies = [_read_message(choice.message) for choice in reply.choices]
    if not replies:
        raise ValueError("no choices")
    counts = [getattr(reply.usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    tokens = [max(0, int(count)) if isinstance(count, int | float) else 0 for count in counts]
    return replies, Usage(model_calls=1, prompt_tokens=tokens[0], completion_tokens=tokens[1])


def _read_message(message: Any) -> Reply:
    text = message.content if isinstance(message.content, str) else ""
    calls = []
    for call in message.tool_calls if isinstance(message.tool_calls, list) else ():
        function = getattr(call, "function", None)
        arguments = getattr(function, "arguments", None) or "{}"
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments, strict=False)
            except (ValueError, RecursionError):
                continue
        calls.append({"action": getattr(function, "name", None), "arguments": arguments})
    return Reply(text, calls)


def address(client: openai.OpenAI) -> str:
    """The address of a client's server without credentials."""
    url = client.base_url
    return f"{url.scheme}://{url.host}{f':{url.port}' if url.port else ''}{url.path}".rstrip("/")


def server_models(client: openai.OpenAI) -> list[str]:
    """The models that a server serves. Raises ConfigError: it is asked before any work."""
    try:
        return [model.id for model in client.models.list()]
    except openai.APIStatusError as error:
        known = {401: "refuses the key; set GEOAGENT_API_KEY", 403: "refuses the key; set GEOAGENT_API_KEY"}
        what = known.get(error.status_code, f"answered {error.status_code} when asked for its models")
        raise ConfigError(f"the model server at {address(client)} {what}") from error
    except openai.OpenAIError as error:
        raise ConfigError(f"the model server at {address(client)} cannot be reached: {_cause(error)}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"{address(client)} is no OpenAI-compatible server: its list of models is not one") from error


def only_model(client: openai.OpenAI) -> str:
    """The model that a server serves, where it serves just one. Raises ConfigError."""
    names = server_models(client)
    if len(names) != 1:
        raise ConfigError(f"the server serves {len(names)} models ({', '.join(names[:8])}); name one with --model")
    return names[0]
