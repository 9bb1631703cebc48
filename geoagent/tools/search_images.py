"""The tool `search_images`: searches the web for pictures by words."""

from typing import Annotated

from pydantic import Field

from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.search_results import Engine, as_data, first_answer, told
from geoagent.web.services.brave import BRAVE, brave_pictures
from geoagent.web.services.ddgs import DDGS, ddgs_pictures
from geoagent.web.services.google_cse import GOOGLE_CSE, google_cse_pictures
from geoagent.web.services.searxng import SEARXNG, searxng_pictures

ENGINES: tuple[Engine, ...] = (
    (SEARXNG, searxng_pictures),
    (BRAVE, brave_pictures),
    (GOOGLE_CSE, google_cse_pictures),
    (DDGS, ddgs_pictures),
)


def search_images(
    context: ToolContext,
    words: Annotated[str, Field(min_length=2, max_length=200, description='such as "yellow tram steep street church"')],
) -> ToolResult:
    """Search the web for pictures of something that you describe.

    Returns the titles and addresses of the pages that show them, not the pictures. What you describe decides what
    is found, so it proves nothing.
    """
    provider, hits = first_answer(context.wire, ENGINES, words)
    return ToolResult(text=told(hits) or "nothing was found", data=as_data(provider, hits))
