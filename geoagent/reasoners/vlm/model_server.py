"""One OpenAI-compatible server: a question goes out, replies come back, whatever the server can and cannot do."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import openai

from geoagent.case.prediction import Usage
from geoagent.errors import ConfigError, GeoAgentError, ModelError
from geoagent.names import printable
from geoagent.reasoners.vlm.client import address, cause
from geoagent.retry import Passing, asked_wait_s, retrying
from geoagent.secrets import Secrets

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
ANSWER_TOKENS = 2048
FEWEST_ANSWER_TOKENS = 512
LARGEST_ANSWER = 10_000_000
Message = dict[str, Any]

_TOO_LONG = re.compile(
    r"context (length|size|window)|maximum (context|model) len|max_model_len|n_ctx|prompt is too long|too many tokens"
    r"|(exceed|longer than).{0,60}(token|length|context)|at most \d+ image|(many|number of) images",
    re.IGNORECASE,
)
_NO_IMAGES = re.compile(
    r"not a multi-?modal|image input is not support|images? (are|is) not supported|not support (images?|vision)\b"
    r"|no endpoints found that support image|takes no images|mmproj|unknown (field|variant).{0,20}image_url",
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


_NO_COMPLETION = (
    openai.OpenAIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError
)  # fmt: skip
"""What reading raises where a server answers 200 with something else than a completion, in whatever form."""


class ModelServer:
    """Asks one model of one server, and learns how that server wants to be asked. Safe to share between threads.

    What fails for a moment (429, 5xx, a lost connection) is tried again, at most `ATTEMPTS` times in all and within the
    seconds given; `Retry-After` is honoured. A server that has never answered is a wrong setting: ConfigError. One that
    has answered before and now fails is a ModelError. `secrets` are taken out of all that it says.
    """

    def __init__(self, client: openai.OpenAI, model: str, timeout_s: float, secrets: Secrets | None = None) -> None:
        self.model = model
        self._secrets = secrets or Secrets(())
        self._client = client
        self._timeout_s = timeout_s
        self._manner = _Manner()
        self._answered = False

    @property
    def shown_model(self) -> str:
        """The name of the model, as it may be told."""
        return str(self._secrets.hide(self.model))

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
        manner = self._manner

        def ask_once() -> tuple[list[Reply], Usage]:
            nonlocal manner
            while True:
                try:
                    return self._send(messages, deadline, _options(manner, form, tools, samples))
                except openai.APIStatusError as error:
                    simpler = self._simpler(manner, error, form is not None, samples > 1, bool(tools))
                    if simpler is None:
                        raise self._failed(error) from error
                    manner = simpler

        try:
            answer = retrying(Passing, ATTEMPTS, FIRST_WAIT_S, lambda: deadline - time.monotonic())(ask_once)
        except Passing as error:
            raise self._fault(str(error)) from error.__cause__
        self._manner = manner._replace(answer_tokens=ANSWER_TOKENS)
        self._answered = True
        return answer

    def _send(self, messages: Any, deadline: float, options: dict[str, Any]) -> tuple[list[Reply], Usage]:
        """One request. Raises APIStatusError, Passing, or the fault where the time of the case is over."""
        timeout = max(1.0, min(deadline - time.monotonic(), self._timeout_s))
        try:
            return _read(self._secrets.hide(json.loads(self._received(messages, timeout, options))))
        except openai.APIStatusError:
            raise
        except (openai.APITimeoutError, TimeoutError) as error:
            fault = f"the model server did not answer within {timeout:.0f} s"
            if timeout < self._timeout_s:  # the case's own time is over
                raise self._fault(fault) from error
            fault += "; GEOAGENT_REQUEST_TIMEOUT_S sets a longer wait"
            raise Passing(fault, counts=ATTEMPTS // 2) from error  # a wait that long is worth one more try
        except (openai.APIConnectionError, ConnectionError) as error:
            why = self._secrets.hide(cause(error))
            fault = f"the model server at {address(self._client)} cannot be reached or breaks off: {why}"
            raise Passing(fault) from error
        except _NO_COMPLETION as error:
            raise Passing("the model server answered with something that is not a chat completion") from error

    def _received(self, messages: Any, timeout: float, options: dict[str, Any]) -> bytearray:
        """One whole answer, which has that many seconds: a server that drips bytes gets no longer."""
        deadline, body = time.monotonic() + timeout, bytearray()
        chat = self._client.with_options(timeout=timeout).chat.completions.with_streaming_response
        with chat.create(model=self.model, messages=messages, **options) as response:
            for chunk in _chunks(response):
                body += chunk
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(body) > LARGEST_ANSWER:
                    raise ValueError("an endless answer")
        return body

    def _simpler(
        self, manner: _Manner, error: openai.APIStatusError, formed: bool, several: bool, tools: bool
    ) -> _Manner | None:
        """The next simpler way to ask, where a server refused this one; None where the way is not at fault."""
        text, status = self._heard(error), error.status_code
        if status not in (400, 404, 413, 415, 422, 500, 501):
            return None
        if status == 413:
            raise TooLarge("the model server takes no request that large") from error
        if _TOO_LONG.search(text):
            if manner.answer_tokens <= FEWEST_ANSWER_TOKENS:
                raise TooLarge(f"the question does not fit {self.model}: {text[:200]}") from error
            return manner._replace(answer_tokens=manner.answer_tokens // 2)
        if tools and (status not in (404, 500) or re.search(r"\btools?\b", text, re.IGNORECASE)):
            raise ToolsRefused(f"the model server takes no tools: {text[:200]}") from error
        if _NO_IMAGES.search(text) and not _ABOUT_FORM.search(text):
            raise self._fault(f"{self.model} takes no images; serve a vision-language model")
        if status == 404 or (status == 500 and not _ABOUT_FORM.search(text)):
            return None
        if "max_completion_tokens" in text and manner.limit == "max_tokens":
            return manner._replace(limit="max_completion_tokens")
        if "temperature" in text and manner.temperature:
            return manner._replace(temperature=False)
        if several and manner.several:
            return manner._replace(several=False)
        if formed and manner.form != "prose":
            return manner._replace(form="json_object" if manner.form == "json_schema" else "prose")
        return None

    def _failed(self, error: openai.APIStatusError) -> Exception:
        """What a status means for the question: a fault that may pass, or one that stays."""
        status, said = error.status_code, self._said(error)
        if status < 500 and status not in (408, 409, 425, 429):
            return self._fault(said)
        asked = asked_wait_s(error.response.headers.get("retry-after", ""))
        return Passing(said, None if asked is None else min(asked, LONGEST_WAIT_S))

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
        return f"the model server answered {status}: {self._heard(error)[:200]}"

    def _heard(self, error: Exception) -> str:
        """What an error says, without the keys that a server may echo; only then may it be cut."""
        return printable(self._secrets.hide(printable(self._secrets.hide(str(error)))))


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


def _chunks(response: openai.APIResponse[Any]) -> Iterator[bytes]:
    """The bytes of an answer as they come. Raises TimeoutError or ConnectionError."""
    try:
        yield from response.iter_bytes()
    except Exception as error:  # the HTTP library below the client, which changes with its version, raises its own
        raise (TimeoutError if "Timeout" in type(error).__name__ else ConnectionError)(str(error)) from error


def _read(reply: Any) -> tuple[list[Reply], Usage]:
    """The parts of a completion that count, whatever else the server put there. Raises what reading raises."""
    replies = [_read_message(choice["message"]) for choice in reply["choices"]]
    if not replies:
        raise ValueError("no choices")
    spent = reply.get("usage") if isinstance(reply.get("usage"), dict) else {}
    counts = [spent.get(name) for name in ("prompt_tokens", "completion_tokens")]
    tokens = [max(0, int(count)) if isinstance(count, int | float) else 0 for count in counts]
    return replies, Usage(model_calls=1, prompt_tokens=tokens[0], completion_tokens=tokens[1])


def _read_message(message: dict[str, Any]) -> Reply:
    text = message.get("content")
    calls = []
    for call in message.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            continue
        arguments = function.get("arguments") or "{}"
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments, strict=False)
            except (ValueError, RecursionError):
                continue
        calls.append({"action": function.get("name"), "arguments": arguments})
    return Reply(text if isinstance(text, str) else "", calls)
