"""The tool `search_web`: searches the web for words."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from geoagent.case.evidence import Evidence
from geoagent.plain_text import fold
from geoagent.tools.core.cited_texts import CITED, LONGEST, Quoted, quoted_text
from geoagent.tools.core.places_in_pages import agreement, counted, places_named
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.search_results import Engine, Hit, as_data, first_answer, told
from geoagent.web.services.brave import BRAVE, brave_pages
from geoagent.web.services.ddgs import DDGS, ddgs_pages
from geoagent.web.services.google_cse import GOOGLE_CSE, google_cse_pages
from geoagent.web.services.searxng import SEARXNG, searxng_pages
from geoagent.web.services.tavily import TAVILY, tavily_pages

ENGINES: tuple[Engine, ...] = (
    (SEARXNG, searxng_pages),
    (BRAVE, brave_pages),
    (TAVILY, tavily_pages),
    (GOOGLE_CSE, google_cse_pages),
    (DDGS, ddgs_pages),
)
"""Who is asked, the first that is allowed and answers."""


def search_web(
    context: ToolContext,
    words: Annotated[str, Field(min_length=2, max_length=200, description="such as the name of a shop and its slogan")],
    clue: Annotated[str | None, Field(max_length=LONGEST, description=CITED)] = None,
) -> ToolResult:
    """Search the web. Returns titles, snippets and addresses.

    With `clue`, and only words that stand there, the places that several sites name count as evidence, weakly. Words
    of your own prove nothing.
    """
    provider, hits = first_answer(context.wire, ENGINES, words)
    shown = quoted_text(context, clue)
    counts = shown is not None and shown.is_recognised and shown.holds(words)
    evidence = tuple(_evidence(context, hits, shown)) if shown and counts else ()
    return ToolResult(text=told(hits) or "nothing was found", data=as_data(provider, hits), evidence=evidence)


def _evidence(context: ToolContext, hits: Sequence[Hit], shown: Quoted) -> Iterator[Evidence]:
    """The places that sites agree on, but for those that the sign itself names: it was read already."""
    places = places_named(hits, context.belief.atlas, but=(shown.text,))
    if places:
        yield Evidence(
            kind="page",
            witness="tool:search_web",
            statement=f'pages found for "{shown.text[:100]}", which was read in the photo, name {counted(places)}',
            likelihood=agreement(places),
            level="city",
            group=f"search:{fold(shown.text)}"[:200],
            clues=shown.ids,
        )
