"""Which web addresses the results of earlier tool calls brought; a model may read only these."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from geoagent.case.evidence import ToolCall
from geoagent.web.public_addresses import addresses_in


def addresses_of(calls: Iterable[ToolCall], links: Callable[[str], bool]) -> set[str]:
    """The web addresses that the results of earlier tool calls brought.

    Tools that ask through a wire brought those that they supplied. Of other tools, those for whose name `links` is True
    brought all addresses in their result, but none that the model had itself written into an argument by then: a result
    that repeats its question supplies nothing.
    """
    written, found = list[str](), set[str]()
    for call in calls:
        written += _words(call.arguments)
        if isinstance(call.data, dict) and isinstance(call.data.get("wire"), list):
            found |= {address for entry in call.data["wire"] for address in entry.get("supplied", ())}
        elif call.status == "ok" and links(call.tool):
            found |= {address for address in addresses_in([call.text, call.data]) if not _repeats(address, written)}
    return found


def _words(arguments: Any) -> list[str]:
    """What of the arguments may be an address, without its scheme."""
    text = unquote(json.dumps(arguments, ensure_ascii=False)).casefold()
    words = re.split(r"[\s\"'<>\\^`{|}]+", text)
    return [word.rpartition("://")[2].strip("/.,;:!?)*") for word in words if "." in word]


def _repeats(address: str, written: Iterable[str]) -> bool:
    """Whether an address is one that was written: the same, or, but for a bare host, a longer one that begins so."""
    bare = unquote(address).casefold().partition("://")[2].strip("/.,;:!?)*")
    return any(word and (bare == word or (re.search("[/?]", word) and bare.startswith(word))) for word in written)
