"""Asks one OpenAI-compatible server: a question goes out and replies come back, whatever the server can do."""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

import httpx
import openai

from geoagent.case.prediction import Usage
from geoagent.errors import ConfigError, GeoAgentError, ModelError, Refused
from geoagent.plain_text import printable
from geoagent.reasoners.vlm import chat_completion
from geoagent.reasoners.vlm.chat_completion import Reply, ServerFault
from geoagent.reasoners.vlm.client import address, cause, server_models
from geoagent.reasoners.vlm.prices import Price
from geoagent.reasoners.vlm.server_addresses import other_addresses
from geoagent.reasoners.vlm.server_faults import (
    ABOUT_FORM,
    ABOUT_MODEL,
    ABOUT_SYSTEM,
    FULL,
    KEY_REFUSED,
    LOADING,
    NO_CREDIT,
    NO_IMAGES,
    NO_SUCH_MODEL,
    NOT_PARSED,
    PICTURES_TOO_LARGE,
    REQUEST_TOO_LARGE,
    TOO_BUSY,
    TOO_LONG,
    TOO_MUCH_ROOM,
    WITHHELD,
    asked_wait_of,
    fault_of,
    most_tokens_in,
)
from geoagent.retry import Passing, retrying
from geoagent.secrets import Secrets
from geoagent.spans import Noted, span

log = logging.getLogger(__name__)

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LOADING_S = 600.0
"""How long a server is waited for that loads its model; never longer than the case has."""
LONGEST_POLL_S = 5.0
ANSWER_TOKENS = 2048
MORE_TOKENS = 8192
"""The room for an answer of a model that was cut off: one that thinks first."""
FEWEST_ANSWER_TOKENS = 512
LISTING_S = 10.0
"""How long the list of models is waited for, to say what is there instead of one that is not."""
MOST_NAMED = 8
REFUSING = frozenset({400, 403, 404, 413, 415, 422, 500, 501})
"""The statuses with which servers refuse a way of asking."""
PASSING = frozenset({408, 409, 425, 429, 498, 499})
"""The statuses below 500 of what may be otherwise in a moment."""
ECHO = 60
"""By so many characters of its end a question is known that is repeated before the answer."""
Message = dict[str, Any]


class TooLarge(ModelError):
    """Raised where a request is longer than the model's context, or holds more images than the server takes."""


class ToolsRefused(ModelError):
    """Raised where a server does not take the parameter `tools` of the chat API."""


class _Manner(NamedTuple):
    """How a server wants to be asked; each is first asked in the fullest way."""

    form: Literal["json_schema", "json_object", "prose"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens", "none"] = "max_tokens"
    answer_tokens: int = ANSWER_TOKENS
    temperature: bool = True
    several: bool = True
    system: bool = True


_NO_COMPLETION = (
    openai.OpenAIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError
)  # fmt: skip
"""What reading raises where a server answers 200 with something else than a completion, in whatever form."""


class ModelServer:
    """Sends questions for one model to one server, and learns how that server wants to be asked. Safe to share between
    threads.

    - What fails for a moment (429, 5xx, a lost connection) is tried again, at most `ATTEMPTS` times in all; the pause
      that a server asks for is kept, and a server that loads its model is waited for.
    - A server that has never answered counts as a wrong setting and raises ConfigError; one that has answered before
      and now fails raises ModelError.
    - `timeout_s` is the most seconds for one request; None is all the time that is left.
    - `secrets` are taken out of everything that the server says. `price` is what tokens cost; None where it is not
      known.
    """

    def __init__(
        self,
        client: openai.OpenAI,
        model: str,
        timeout_s: float | None = None,
        secrets: Secrets | None = None,
        price: Price | None = None,
    ) -> None:
        self.model = model
        self._price = price
        self._secrets = secrets or Secrets(())
        self._client = client
        self._timeout_s = timeout_s
        self._manner = _Manner()
        self._room = ANSWER_TOKENS
        self._most_room = MORE_TOKENS
        self._answered = False
        self._first_address = str(client.base_url)
        self._other_addresses: list[str] | None = None

    @property
    def shown_model(self) -> str:
        """The name of the model as it may be shown: anything in it that may be a key is hidden."""
        return str(self._secrets.hide(self.model))

    @property
    def keeps_forms(self) -> bool:
        """Whether answers are held to a JSON Schema by the server; False once it has refused one."""
        return self._manner.form == "json_schema"

    def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: tuple[str, dict[str, Any]] | None = None,
        tools: Sequence[dict[str, Any]] = (),
        samples: int = 1,
        more_room: bool = False,
    ) -> tuple[list[Reply], Usage]:
        """The replies to a question, and what they cost; `messages` are those of the chat API, and `seconds` is the
        time for all attempts together.

        - `form` is the name and the JSON Schema that the answer should have; a server that takes no schema is asked
          without.
        - `tools` are those of the chat API, `samples` is how many replies are wanted; a server that gives one at a time
          gives one.
        - `more_room` leaves more tokens for the answer, now and from then on: for use after a reply that was cut off.

        Raises TooLarge, ToolsRefused, Refused where what watches over the model withholds the answer, ConfigError where
        the server never worked, and ModelError for any other failure.
        """
        deadline = time.monotonic() + seconds
        if more_room:
            self._room = MORE_TOKENS
        manner = self._manner._replace(answer_tokens=min(self._room, self._most_room))
        patience = _Patience(min(deadline, time.monotonic() + LOADING_S))

        def ask_once() -> tuple[list[Reply], Usage]:
            nonlocal manner
            while True:
                try:
                    return self._send(messages, deadline, manner, _options(manner, form, tools, samples))
                except ServerFault as error:
                    if patience.waited(error):
                        continue
                    if self._moved(error):
                        continue
                    simpler = self._simpler(manner, error, form is not None, samples > 1, bool(tools), messages)
                    if simpler is None:
                        raise self._failed(error, deadline - time.monotonic()) from error
                    manner = simpler

        with self._span() as noted:
            try:
                answer = retrying(Passing, ATTEMPTS, FIRST_WAIT_S, lambda: deadline - time.monotonic())(ask_once)
            except Passing as error:
                raise self._fault(str(error)) from error.__cause__
            noted("gen_ai.usage.input_tokens", answer[1].prompt_tokens)
            noted("gen_ai.usage.output_tokens", answer[1].completion_tokens)
        self._manner = manner
        self._answered = True
        return answer

    def _span(self) -> AbstractContextManager[Noted]:
        """The span of one question, with all tries of it."""
        told = {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
            "gen_ai.request.model": self.shown_model, "server.address": self._client.base_url.host,
        }  # fmt: skip
        return span(f"chat {self.shown_model}", told)

    def _send(
        self, messages: Any, deadline: float, manner: _Manner, options: dict[str, Any]
    ) -> tuple[list[Reply], Usage]:
        """One request. Raises ServerFault, Passing, or the fault where the time of the case is over."""
        left = deadline - time.monotonic()
        timeout, body = max(1.0, left if self._timeout_s is None else min(left, self._timeout_s)), bytearray()
        try:
            body = self._received(messages if manner.system else _folded(messages), timeout, options)
            replies, usage = chat_completion.read(self._secrets.hide(chat_completion.load(bytes(body))))
            told = [
                reply for reply in replies if reply.text or reply.calls or reply.thought or reply.refused
            ] or replies
            replies = [
                reply._replace(text=_without_echo(reply.text, messages)) for reply in told[: options.get("n", 1)]
            ]
            if manner.limit != "none" and usage.completion_tokens >= manner.answer_tokens:
                replies = [reply._replace(cut=True) for reply in replies]
            if usage.dollars is None and self._price and usage.tokens:
                priced = self._price.of(usage.prompt_tokens, usage.completion_tokens)
                usage = usage.model_copy(update={"dollars": priced})
            return replies, usage
        except openai.APIStatusError as error:
            if text := chat_completion.written(error.body):
                return [Reply(str(self._secrets.hide(text)))], Usage(model_calls=1)
            told_by_server = self._hidden(fault_of(error))
            full = FULL.search(told_by_server.text) is not None
            if full or NOT_PARSED.search(told_by_server.whole):  # the same question would get the same answer
                return [Reply("", cut=full)], Usage(model_calls=1)
            raise told_by_server from error
        except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError) as error:
            fault = f"the model server did not answer within {timeout:.0f} s"
            if self._timeout_s is None or timeout < self._timeout_s:  # the case's own time is over
                raise self._fault(f"{fault}, all the time that was left; --timeout sets it") from error
            fault += "; GEOAGENT_REQUEST_TIMEOUT_S sets a longer wait"
            raise Passing(fault, counts=ATTEMPTS // 2) from error  # a wait that long is worth one more try
        except (openai.APIConnectionError, httpx.HTTPError, ConnectionError) as error:
            why = self._secrets.hide(cause(error))
            fault = f"the model server at {address(self._client)} cannot be reached or breaks off: {why}"
            raise Passing(fault) from error
        except _NO_COMPLETION as error:
            fault = "the model server answered with something that is not a chat completion"
            begun = printable(self._secrets.hide(body[:200].decode(errors="replace")))[:80]
            raise Passing(f"{fault}: {begun!r}" if begun else fault) from error

    def _received(self, messages: Any, timeout: float, options: dict[str, Any]) -> bytearray:
        """One whole answer, which has that many seconds: a server that drips bytes gets no longer."""
        deadline, body = time.monotonic() + timeout, bytearray()
        chat = self._client.with_options(timeout=timeout).chat.completions.with_streaming_response
        with chat.create(model=self.model, messages=messages, **options) as response:
            for chunk in _chunks(response):
                body += chunk
                if time.monotonic() > deadline:
                    raise TimeoutError
        return body

    def _moved(self, error: ServerFault) -> bool:
        """Whether a server that knows no such path may answer at another one: then that is asked from now on."""
        told = any(about.search(error.text) for about in (ABOUT_MODEL, NO_SUCH_MODEL, ABOUT_FORM, NO_IMAGES))
        if self._answered or error.status not in (404, 405) or told:
            return False
        if self._other_addresses is None:
            self._first_address = str(self._client.base_url)
            self._other_addresses = other_addresses(self._first_address)
        if not self._other_addresses:  # it knows none of the others better
            self._client.base_url = self._first_address
            return False
        self._client.base_url = self._other_addresses.pop(0)
        log.info(f"the model server knows no such address; asking at {address(self._client)}")
        return True

    def _simpler(
        self, manner: _Manner, error: ServerFault, formed: bool, several: bool, tools: bool, messages: Sequence[Message]
    ) -> _Manner | None:
        """The next simpler way to ask, where a server refused this one; None where the way is not at fault."""
        text, status = error.whole, error.status
        self._check(error)
        if status not in REFUSING or any(sign.search(text) for sign in (TOO_BUSY, NO_CREDIT, KEY_REFUSED)):
            return None
        if TOO_MUCH_ROOM.search(text) and manner.limit != "none":
            if manner.answer_tokens > FEWEST_ANSWER_TOKENS:
                self._most_room = most_tokens_in(text, manner.answer_tokens) or manner.answer_tokens // 2
                return manner._replace(answer_tokens=self._most_room)
            return manner._replace(limit="none")
        if TOO_LONG.search(text):
            if manner.answer_tokens <= FEWEST_ANSWER_TOKENS:
                raise TooLarge(f"the question does not fit {self.shown_model}: {error.text[:200]}") from error
            return manner._replace(answer_tokens=manner.answer_tokens // 2)
        if NO_SUCH_MODEL.search(text) and not ABOUT_FORM.search(text):
            return None
        if tools and (status not in (404, 500) or re.search(r"\btools?\b", text, re.IGNORECASE)):
            raise ToolsRefused(f"the model server takes no tools: {error.text[:200]}") from error
        if manner.system and ABOUT_SYSTEM.search(text) and _has_system(messages):
            return manner._replace(system=False)
        if status in (403, 404, 500) and not ABOUT_FORM.search(text):
            return None
        if "max_completion_tokens" in text and manner.limit == "max_tokens":
            return manner._replace(limit="max_completion_tokens")
        if re.search(r"max_(completion_)?tokens", text) and manner.limit != "none":
            return manner._replace(limit="max_completion_tokens" if manner.limit == "max_tokens" else "none")
        if "temperature" in text and manner.temperature:
            return manner._replace(temperature=False)
        if several and manner.several:
            return manner._replace(several=False)
        if formed and manner.form != "prose":
            return manner._replace(form="json_object" if manner.form == "json_schema" else "prose")
        if manner.system and _has_system(messages):
            return manner._replace(system=False)
        return None

    def _check(self, error: ServerFault) -> None:
        """Raise what no other way of asking mends: a refusal, a request that is too large, a model without eyes."""
        text, status = error.whole, error.status
        if WITHHELD.search(text) and status < 500:
            raise Refused(f"the model server refuses to answer: {error.text[:200]}") from error
        if status == 413 or (status == 429 and REQUEST_TOO_LARGE.search(text)):
            raise TooLarge(f"the model server takes no request that large: {error.text[:200]}") from error
        if status not in REFUSING:
            return
        if PICTURES_TOO_LARGE.search(text):
            raise TooLarge(f"the model server takes no such pictures: {error.text[:200]}") from error
        if NO_IMAGES.search(text) and not any(about.search(text) for about in (ABOUT_FORM, ABOUT_SYSTEM, TOO_LONG)):
            mend = "serve a vision-language model"
            raise self._fault(f"{self.shown_model} takes no images; {mend} (the server says: {error.text[:160]})")

    def _failed(self, error: ServerFault, left_s: float) -> Exception:
        """What a status means for the question: a fault that may pass, or one that stays."""
        said = self._said(error)
        passes = error.status >= 500 or error.status in PASSING or TOO_BUSY.search(error.whole)
        if NO_CREDIT.search(error.whole) or not passes:
            return self._fault(said)
        asked = asked_wait_of(error)
        if asked is not None and asked > left_s:
            return self._fault(f"{said}; it asks to wait {asked:.0f} s, longer than the case has ({left_s:.0f} s)")
        return Passing(said, asked)

    def _fault(self, text: str) -> GeoAgentError:
        return ModelError(text) if self._answered else ConfigError(text)

    def _said(self, error: ServerFault) -> str:
        """What happened, and the server's own words."""
        status, words = error.status, f": {error.text[:240]}" if error.text else ""
        if NO_CREDIT.search(error.whole):
            return f"the account at the model server has no credit left ({status}){words}"
        if status == 401 or KEY_REFUSED.search(error.whole):
            return f"the model server refuses the key; set GEOAGENT_API_KEY{words}"
        if status == 403:
            return f"the model server refuses that (403); if it is about the key, set GEOAGENT_API_KEY{words}"
        if status == 404 or NO_SUCH_MODEL.search(error.whole):
            wrong = ", or the address is wrong (it usually ends in /v1)" if status == 404 else ""
            return f"the model server knows no model {self.shown_model!r}{wrong}{words}{self._served()}"
        if status == 429:
            return f"the model server is too busy (429){words}"
        if 300 <= status < 400:
            there = error.headers.get("location", "another address")
            return f"the model server sends us on ({status}) to {there}: give that address"
        return f"the model server answered {status}{words}"

    def _served(self) -> str:
        """What the server lists instead of the model that was asked for, in words; nothing where it lists none."""
        try:
            names = server_models(self._client.with_options(), LISTING_S)
        except ConfigError:
            return ""
        shown = ", ".join(printable(self._secrets.hide(name))[:80] for name in names[:MOST_NAMED])
        return f"; it serves {shown}{', …' if len(names) > MOST_NAMED else ''}" if names else ""

    def _hidden(self, fault: ServerFault) -> ServerFault:
        """What an error says, without the keys that a server may echo; only then may it be cut."""

        def hide(text: str) -> str:
            return printable(self._secrets.hide(printable(self._secrets.hide(text))))

        headers = {name: str(self._secrets.hide(value)) for name, value in fault.headers.items()}
        return ServerFault(fault.status, hide(fault.text), headers, hide(fault.whole))


class _Patience:
    """Waits for a server that loads its model, up to a limit of its own."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._wait_s = FIRST_WAIT_S
        self._told = 0.0

    def waited(self, error: ServerFault) -> bool:
        """Whether the server says that it loads, and was given time; a line says so now and then."""
        left = self._until - time.monotonic()
        if error.status not in (500, 502, 503, 504, 529, 409, 425) or not LOADING.search(error.whole):
            return False
        if self._wait_s >= left:
            return False
        if time.monotonic() - self._told > 15.0:
            self._told = time.monotonic()
            log.info(f"the model server is loading its model; waiting up to {left:.0f} s more ({error.text[:120]})")
        time.sleep(self._wait_s)
        self._wait_s = min(self._wait_s * 2, LONGEST_POLL_S)
        return True


def _without_echo(text: str, messages: Sequence[Message]) -> str:
    """An answer without the question, which some servers repeat before it, examples and all."""
    asked = messages[-1]["content"]
    parts = [asked] if isinstance(asked, str) else [part["text"] for part in asked if part["type"] == "text"]
    end = max(parts, key=len, default="").strip()[-ECHO:]
    return text.rpartition(end)[2] if len(end) == ECHO and end in text else text


def _has_system(messages: Sequence[Message]) -> bool:
    return any(message["role"] == "system" for message in messages)


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The messages for a server without a system role: what it would say stands before the first of the user's."""
    told = "\n\n".join(str(message["content"]) for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    first = next((message for message in rest if message["role"] == "user"), None)
    if told and first is not None:
        content = first["content"]
        own = [{"type": "text", "text": content}] if isinstance(content, str) else content
        first["content"] = [{"type": "text", "text": told}, *own]
    return rest


def _options(
    manner: _Manner, form: tuple[str, dict[str, Any]] | None, tools: Sequence[dict[str, Any]], samples: int
) -> dict[str, Any]:
    several = samples > 1 and manner.several
    options: dict[str, Any] = {} if manner.limit == "none" else {manner.limit: manner.answer_tokens}
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
