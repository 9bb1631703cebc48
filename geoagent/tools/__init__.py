"""The tools that a reasoner can call. One tool a file; who answers is in `providers`."""

from geoagent.tools.compare_candidates import compare_candidates
from geoagent.tools.lookup_encyclopedia import lookup_encyclopedia
from geoagent.tools.lookup_place import lookup_place
from geoagent.tools.observe import observe
from geoagent.tools.providers.web_page import WEB_PAGE
from geoagent.tools.providers.wikidata import WIKIDATA
from geoagent.tools.providers.wikipedia import WIKIPEDIA
from geoagent.tools.read_page import read_page
from geoagent.tools.read_text import read_text
from geoagent.tools.tool import Tool, ToolContext, ToolResult, as_tool, call_tool, schema
from geoagent.tools.whats_at import whats_at
from geoagent.tools.zoom import zoom

TOOLS: dict[str, Tool] = {
    "zoom": as_tool(zoom),
    "read_text": as_tool(read_text),
    "lookup_place": as_tool(lookup_place),
    "whats_at": as_tool(whats_at),
    "observe": as_tool(observe),
    "compare_candidates": as_tool(compare_candidates),
    "lookup_encyclopedia": as_tool(lookup_encyclopedia, providers=(WIKIPEDIA, WIKIDATA), max_calls=8),
    "read_page": as_tool(read_page, providers=(WEB_PAGE,), max_calls=8),
}

__all__ = ["TOOLS", "Tool", "ToolContext", "ToolResult", "as_tool", "call_tool", "schema"]
