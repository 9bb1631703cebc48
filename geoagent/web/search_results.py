"""What search services find, pages and pictures, in one form, and which of them may be shown."""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from geoagent.errors import ToolError, ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part
from geoagent.web.provider import Provider
from geoagent.web.services.web_picture import read_web_picture
from geoagent.web.untrusted_text import clean, quoted

FOUND = 8
Match = Literal["none", "same", "part", "like"]
"""How a picture relates to the photo that was sent: not compared, the same one, shared parts, something alike."""
_TAG = re.compile(r"<[^<>]{0,200}>")


class Hit(NamedTuple):
    """A page that a search service found: its title, its address (`page`) and a snippet of its text.

    `picture` is the address of the picture on it that was found, and `match` how that relates to the photo.
    """

    title: str
    page: str
    snippet: str = ""
    picture: str | None = None
    match: Match = "none"


Search = Callable[[Wire, str], list[Hit]]
Engine = tuple[Provider, Search]


def plain(text: str | None, longest: int = 300) -> str:
    """A title or snippet as one line of at most `longest` characters, without tags, and with character references
    resolved.

    Empty for None.
    """
    return clean(html.unescape(_TAG.sub("", text or "")), longest)


def rows(data: Any, *path: str) -> list[dict[str, Any]]:
    """The objects (dictionaries) in the list that stands in JSON data at a path of keys; empty where there is no such
    list.
    """
    return [row for row in part(data, list, *path) or [] if isinstance(row, dict)]


def first_answer(wire: Wire, engines: Sequence[Engine], query: str) -> tuple[Provider, list[Hit]]:
    """The first of some search services that is allowed and answers, and its hits that may be shown.

    Raises ToolUnavailable, with the reasons, where none does.
    """
    faults = []
    for provider, search in engines:
        if wire.allows(provider):
            try:
                return provider, shown(wire, search(wire, query))
            except ToolUnavailable as error:
                faults.append(f"{provider.name}: {error}")
    raise ToolUnavailable("; ".join(faults) or "no search service was allowed; the user can, see docs/tools.md")


def shown(wire: Wire, hits: Iterable[Hit]) -> list[Hit]:
    """Those of some hits whose pages may be read later: each page once, eight at most, in order.

    A page without a title is called by its host. In a run without shortcuts those of refused hosts are dropped, and
    those whose picture is the photo itself or cannot be compared with it.
    """
    pages = dict[str, Hit]()
    for hit in hits:
        if hit.page not in pages:
            pages[hit.page] = hit if hit.title else hit._replace(title=_host(hit.page))
    for page in list(pages)[2 * FOUND :]:
        wire.drop(page, f"more than {2 * FOUND} pages were found")
    allowed = wire.supply(list(pages)[: 2 * FOUND])
    named = {allowed[page]: hit._replace(page=allowed[page]) for page, hit in pages.items() if page in allowed}
    kept = [hit for hit in named.values() if not wire.no_shortcuts or not _is_the_photo(wire, hit)]
    for hit in kept[FOUND:]:
        wire.drop(hit.page, f"more than {FOUND} pages were found")
    return kept[:FOUND]


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:  # malformed: it is left out later, and costs no other
        return address


def _is_the_photo(wire: Wire, hit: Hit) -> bool:
    if hit.match == "same":
        wire.drop(hit.page, "the very same photo, as the service says")
        return True
    if hit.picture is None and hit.match == "none":
        return False
    try:
        return wire.is_shortcut(hit.page, read_web_picture(wire, hit.picture or ""))
    except ToolError as error:
        wire.drop(hit.page, f"its picture could not be compared with the photo: {error}")
        return True


def told(hits: Sequence[Hit]) -> str:
    """Search hits as a text for a model: each quoted with the address of its page."""
    return "; ".join(quoted(hit.page, f"{hit.title}: {hit.snippet}" if hit.snippet else hit.title, 500) for hit in hits)


def as_data(provider: Provider, hits: Sequence[Hit]) -> dict[str, Any]:
    """Search hits as JSON data: the name of the service that found them under "service", and the hits under "hits"."""
    return {"service": provider.name, "hits": [hit._asdict() for hit in hits]}
