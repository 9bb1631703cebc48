"""Keys that leave no mark: what this process must show nowhere, and how it is taken out of everything that it records.

`Secrets` is made from the settings. Each key is looked for as it stands, in the forms that addresses, JSON, HTML and
Base64 give it, and in part: eight characters of it in a row are enough, since a text may have been cut inside it.
What is printed goes through `hidden_from`.
"""

import base64
import html
import io
import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlsplit, urlunsplit

SHORTEST_SECRET = 4
PART = 8
"""So many characters of a key in a row give it away; so many of an encoded form, whose signs are common, do."""
ENCODED_PART = 12
HIDDEN = "•••"
_TELLING = re.compile(r"key|token|secret|passw|pwd|auth|bearer|credential", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"(-{0,2}[A-Za-z_][\w.-]*)=(.*)", re.DOTALL)
LIKE_A_KEY = 12
"""Characters from which on a word may be a key by its look."""


class Secrets:
    """The keys that this process holds; `hide` takes them out of texts and data. It is falsy where there are none.

    Values of fewer than four characters are not looked for.
    """

    def __init__(self, values: Iterable[str]) -> None:
        plain = {value for value in values if len(value) >= SHORTEST_SECRET}
        self._whole = sorted({form for value in plain for form in (value, *_forms(value))}, key=len, reverse=True)
        parts = {part for value in plain for part in _parts(value, PART)}
        parts |= {part for value in plain for form in _long_forms(value) for part in _parts(form, ENCODED_PART)}
        self._parts = sorted(parts)

    def __bool__(self) -> bool:
        return bool(self._whole)

    def hide(self, value: Any) -> Any:
        """A text, or JSON data, in which every key, and every telling part of one, is replaced by "•••"."""
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, dict):
            return {self.hide(key): self.hide(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide(part) for part in value]
        return value

    def hide_bytes(self, value: bytes) -> bytes:
        """The bytes of a text in which every key is replaced by "•••"; all other bytes come back as they were."""
        return str(self._hidden(value.decode("utf-8", "surrogateescape"))).encode("utf-8", "surrogateescape")

    def _hidden(self, text: str) -> str:
        for form in self._whole:
            text = text.replace(form, HIDDEN)
        found = [at for part in self._parts if part in text for at in _spans(part, text)]
        for start, end in reversed(_merged(found)):
            text = f"{text[:start]}{HIDDEN}{text[end:]}"
        return text


def _forms(value: str) -> Iterator[str]:
    """What a key becomes in addresses, JSON, HTML, hexadecimal digits and Base64."""
    yield from _long_forms(value)
    for encode in (quote, quote_plus, unquote, unquote_plus, html.escape):
        yield encode(value)
    escaped = quote(value, safe="")
    yield from (escaped, quote(escaped, safe=""), re.sub(r"%..", lambda found: found[0].lower(), escaped))
    yield json.dumps(value)[1:-1]
    yield json.dumps(value)[1:-1].replace("/", "\\/")
    octets = value.encode("utf-8", "surrogateescape")
    for every in ("%{:02X}", "%{:02x}", "{:02x}", "{:02X}"):
        yield "".join(every.format(octet) for octet in octets)


def _long_forms(value: str) -> Iterator[str]:
    """The forms that are looked for in part too: in an address, and in Base64 alone or inside something longer."""
    yield from (quote(value, safe=""), quote_plus(value))
    octets = value.encode("utf-8", "surrogateescape")
    for encode64 in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):  # where in three bytes it begins, when it is encoded with what stands before it
            text = encode64(b"\0" * before + octets).decode()
            inside = text[(0, 2, 3)[before] :].rstrip("=")
            whole = inside if (before + len(octets)) % 3 == 0 else inside[:-1]
            if len(whole) >= SHORTEST_SECRET:
                yield whole


def _parts(text: str, length: int) -> Iterator[str]:
    for start in range(len(text) - length + 1):
        yield text[start : start + length]


def _spans(part: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + 1)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


DATABASES = ("postgresql", "postgres")


def secrets_of_address(url: str) -> Iterator[str]:
    """The secrets in an address: its password, or a user without one; keys in its query, and parts of its path that
    look like a key. The user of a database is a name, not a key.

    Each comes as it is written, and most also decoded; some may be empty.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket is missing
        return
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    is_key = not (password or parts.scheme in DATABASES) or is_like_a_key(unquote(user))
    for word in (password, user if is_key else ""):
        yield from (word, unquote(word))
    if password:
        yield unquote(f"{user}:{password}")  # as Base64 this is a header
    for name, value in (*parse_qsl(parts.query), *parse_qsl(parts.fragment)):
        if _TELLING.search(name) or is_like_a_key(value):
            yield value
    written = re.split(r"[?&#;]", f"{parts.query}&{parts.fragment}")
    yield from (word.partition("=")[2] for word in written if _TELLING.search(word.partition("=")[0]))
    for part in parts.path.split("/"):
        if is_like_a_key(unquote(part)):
            yield from (part, unquote(part))


def shown_address(url: str) -> str:
    """A web address as it may be shown: without user and password, and with "•••" for what is or may be a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    return str(Secrets(secrets_of_address(url)).hide(bare))


def secrets_of_command(command: str) -> Iterator[str]:
    """The secrets in a command line: values of options such as `--api-key`, those of addresses in it, and words that
    look like a key.
    """
    telling = False
    for word in _words(command):
        named = _ASSIGNMENT.fullmatch(word)
        if "://" in word:
            yield from secrets_of_address(named[2] if named and "://" in named[2] else word)
        elif named:
            yield from [named[2]] if _TELLING.search(named[1]) else _odd(named[2])
        else:
            yield from [word] if telling and not word.startswith("--") else _odd(word)
        telling = word.startswith("-") and not named and bool(_TELLING.search(word))


def shown_command(command: str) -> str:
    """A command line as it may be shown: with "•••" for what is or may be a key."""
    words = " ".join(shown_address(word) if "://" in word else word for word in _words(command))
    for secret in sorted(filter(None, secrets_of_command(command)), key=len, reverse=True):
        words = words.replace(secret, HIDDEN)
    return words


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # a quotation mark is missing
        return command.split()


def _odd(text: str) -> Iterator[str]:
    """The words of an argument that are keys, or look like one: of a path its parts."""
    telling = False
    for word in re.split(r"[\s:,;\"'{}()|\[\]]+", text):
        if word.lower() in ("bearer", "basic", "token"):
            telling = True
            continue
        if telling or (is_like_a_key(word) and not ("/" in word and word.isascii() and "+" not in word)):
            yield word
        elif "/" in word:
            yield from filter(is_like_a_key, word.split("/"))
        telling = bool(_TELLING.search(word))


def is_like_a_key(word: str) -> bool:
    """Whether a word looks like a key: at least 12 characters, with letters, and with four digits or digits and letters
    in turn.
    """
    turns = len(re.findall(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])", word))
    return (
        len(word) >= LIKE_A_KEY
        and bool(re.search(r"[A-Za-z]", word))
        and (len(re.findall(r"\d", word)) >= 4 or turns >= 3)
    )


class HidingStream(io.TextIOWrapper):
    """A text stream that takes secrets out of each line before it writes it to another stream."""

    def __init__(self, stream: io.TextIOWrapper, secrets: Secrets) -> None:
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.line_buffering
        )
        self._under, self._secrets, self._held = stream, secrets, ""

    def write(self, text: str) -> int:
        """Write the lines that are complete; an incomplete one is held until its end, or until `flush`."""
        whole, newline, self._held = f"{self._held}{text}".rpartition("\n")
        if newline:
            super().write(str(self._secrets.hide(whole)) + newline)
        return len(text)

    def flush(self) -> None:
        """Write also the incomplete line that is held."""
        held, self._held = getattr(self, "_held", ""), ""
        if held:
            super().write(str(self._secrets.hide(held)))
        super().flush()


def hiding(stream: Any, secrets: Secrets) -> Any:
    """A stream that writes to `stream` and hides secrets in what is written.

    It is `stream` itself where there are no secrets, or where that is no stream of text over bytes, as those of the
    process are.
    """
    return HidingStream(stream, secrets) if secrets and isinstance(stream, io.TextIOWrapper) else stream


@contextmanager
def hidden_from(secrets: Secrets, stderr: TextIO | None = None) -> Iterator[None]:
    """While the block runs, nothing that is printed shows a secret; what goes to stderr goes to `stderr` if that is
    given.
    """
    out = sys.stdout if isinstance(sys.stdout, HidingStream) else hiding(sys.stdout, secrets)
    err = hiding(stderr or sys.stderr, secrets)
    made = [stream for stream in (out, err) if isinstance(stream, HidingStream) and stream not in (sys.stdout,)]
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            for stream in made:
                with suppress(OSError, ValueError):  # it was closed, or the pipe that it wrote to
                    stream.flush()
                    stream.detach()  # what is under it stays open
