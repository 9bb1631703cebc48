"""Tools of MCP servers that the user has attached: each server is a process of its own, to which geoagent speaks over
pipes.

It needs the extra `mcp`. A server is given none of geoagent's environment variables but the few that any program needs.
"""

import asyncio
import os
import re
import shlex
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from geoagent.errors import ConfigError, ToolInputError, ToolUnavailable
from geoagent.secrets import Secrets, secrets_of_command, shown_command
from geoagent.tools.core.tool import Tool, ToolResult
from geoagent.web.untrusted_text import clean, quoted

if TYPE_CHECKING:
    from mcp import ClientSession
    from mcp.types import CallToolResult, Implementation
    from mcp.types import Tool as Offered

START_S = 20.0
CONTEXT = "_context"
"""The parameter that the context of a call stands in; no argument of a tool is called so."""
CLOSE_S = 5.0
MAX_TOOLS = 40
_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


class McpServer:
    """An MCP server that runs as a process of its own, and its tools (`tools`), named after server and tool:
    "mcp_SERVER_TOOL".

    If the server ends, its tools become unavailable, and nothing else fails. Raises ConfigError, in one line, where the
    shell `command` starts no MCP server, or the library `mcp` is not installed.
    """

    def __init__(self, command: str) -> None:
        """Start the server and ask for its tools. Raises ConfigError in one line."""
        try:
            import mcp as _  # noqa: F401  # only whether it is there
        except ImportError as error:
            raise ConfigError("--mcp: needs geoagent with its extra `mcp`") from error
        self._words = shlex.split(command)
        if not self._words:
            raise ConfigError("--mcp: name the command that starts the server")
        self.tools: list[Tool] = []
        self._ready: Future[tuple[ClientSession, Implementation, list[Offered]]] = Future()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mcp", daemon=True)
        self._thread.start()
        try:
            self._session, info, offered = self._ready.result(START_S)
        except Exception as error:  # whatever a foreign program does while it starts
            self.close()
            why = clean(Secrets(secrets_of_command(command)).hide(_first_cause(error)), 200) or type(error).__name__
            raise ConfigError(f"--mcp {clean(shown_command(command), 100)}: no MCP server started ({why})") from error
        self.name = info.name or Path(self._words[0]).name
        self.tools = [self._tool(item) for item in offered[:MAX_TOOLS]]

    def close(self) -> None:
        """End the server, and wait up to 5 seconds for that."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # a server that ended by itself has closed the loop meanwhile
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # the thread ends with the server; who waits for it is told
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        from mcp import ClientSession, StdioServerParameters, stdio_client

        parameters = StdioServerParameters(command=self._words[0], args=self._words[1:])
        with Path(os.devnull).open("w") as silence:
            async with stdio_client(parameters, silence) as (read, write), ClientSession(read, write) as session:
                started = await session.initialize()
                listed = await session.list_tools()
                self._ready.set_result((session, started.server_info, listed.tools))
                await self._over.wait()

    def _tool(self, offered: "Offered") -> Tool:
        name = re.sub(r"\W+", "_", f"mcp_{self.name}_{offered.name}", flags=re.ASCII).lower()[:60]
        arguments, names = _arguments(name, offered.input_schema)

        def run(**values: Any) -> ToolResult:
            seconds = values.pop(CONTEXT).wire.seconds_left
            given = {names[field]: value for field, value in values.items() if value is not None}
            return _result(self.name, self._call(offered.name, given, seconds))

        description = clean(offered.description or offered.title or offered.name, 600)
        return Tool(name, description, arguments, run, CONTEXT, outside=True)

    def _call(self, name: str, arguments: dict[str, Any], seconds: float) -> "CallToolResult":
        from mcp.types import CallToolResult

        if not self._thread.is_alive():
            raise ToolUnavailable(f"the MCP server {clean(self.name, 40)} has ended")
        asking = self._session.call_tool(name, arguments, read_timeout_seconds=seconds)
        answer = asyncio.run_coroutine_threadsafe(asking, self._loop)
        try:
            result = answer.result(seconds + 1.0)
        except Exception as error:  # a foreign program's fault, in whatever form it arrives
            answer.cancel()
            why = clean(error, 200) or type(error).__name__
            raise ToolUnavailable(f"the MCP server {clean(self.name, 40)} did not answer ({why})") from error
        if not isinstance(result, CallToolResult):
            raise ToolUnavailable(f"the MCP server {clean(self.name, 40)} asks back, which is not supported")
        return result


def _first_cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _result(server: str, answer: "CallToolResult") -> ToolResult:
    texts = [block.text for block in answer.content if block.type == "text"]
    if answer.is_error:
        raise ToolInputError(quoted(f"the MCP server {server}", " ".join(texts), 1000))
    data = {"texts": texts, "structured": answer.structured_content}
    return ToolResult(text=quoted(f"the MCP server {server}", " ".join(texts) or "(no text)", 3000), data=data)


def _arguments(name: str, form: dict[str, Any]) -> tuple[type[BaseModel], dict[str, str]]:
    """A model of the arguments, and the server's names of its fields; what they may hold the server checks itself."""
    fields: dict[str, Any] = {}
    names: dict[str, str] = {}
    required = form.get("required") or ()
    for number, (own, part) in enumerate((form.get("properties") or {}).items()):
        part = part if isinstance(part, dict) else {}
        kind = part.get("type")
        kind = _TYPES.get(kind, Any) if isinstance(kind, str) else Any
        told = Field(alias=own, description=clean(part.get("description") or part.get("title") or own, 200))
        needed = own in required
        fields[f"a{number}"] = (Annotated[kind if needed else kind | None, told], ... if needed else None)
        names[f"a{number}"] = own
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields), names
