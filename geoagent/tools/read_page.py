"""The tool `read_page`: reads a web page, and shows what of it bears on a question."""

from typing import Annotated

from pydantic import Field

from geoagent.plain_text import fold
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.services.web_page import Page, read_web_page
from geoagent.web.untrusted_text import quoted

SHOWN = 2400
SHOWN_LINKS = 12


def read_page(
    context: ToolContext,
    address: Annotated[str, Field(min_length=8, max_length=2000, description="exactly as an earlier result gave it")],
    looking_for: Annotated[str, Field(max_length=200, description="words that matter; what holds them is shown")] = "",
) -> ToolResult:
    """Read a web page or PDF document. Only an address that an earlier result or the user's hint holds can be read."""
    page = read_web_page(context.wire, address)
    chosen = relevant(page, looking_for)
    if not chosen:
        return ToolResult(text=f"{page.url} holds no text", data={"url": page.url, "links": page.links})
    links = f"; it links to {', '.join(page.links[:SHOWN_LINKS])}" if page.links else ""
    return ToolResult(
        text=quoted(page.url, " ".join(chosen), SHOWN) + links,
        data={"url": page.url, "text": chosen, "links": page.links},
    )


def relevant(page: Page, words: str, longest: int = SHOWN) -> list[str]:
    """The paragraphs of a page that hold most of the given words, in the order in which they stand on the page; without
    words the first ones.

    There are as many as `longest` characters hold; the last of them may go beyond.
    """
    wanted = set(fold(words).split())
    ranked = sorted(
        range(len(page.paragraphs)), key=lambda at: (-len(wanted & set(fold(page.paragraphs[at]).split())), at)
    )
    room, kept = longest, []
    for at in ranked:
        if room <= 0:
            break
        kept.append(at)
        room -= len(page.paragraphs[at]) + 1
    return [page.paragraphs[at] for at in sorted(kept)]
