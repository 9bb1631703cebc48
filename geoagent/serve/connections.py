"""HTTP connections with limits: how many there may be at once, and how long a request may take to arrive."""

import asyncio
import json
from typing import Any

from starlette.types import Message, Receive
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 500
HEAD_S = 15.0
"""How long the head of a request may take to arrive."""
PART_S, BODY_S = 20.0, 900.0
"""How long each part of its body may take, and the whole."""
_BODY = json.dumps({"detail": "too many connections; try again later"}).encode()
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nRetry-After: 10\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Patient(H11Protocol):
    """A uvicorn HTTP connection that is closed if the head of a request takes longer than `HEAD_S` seconds, and
    answered with 503 if more than `MOST_CONNECTIONS` are open.
    """

    _expecting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the time limit for the head of the first request, or refuse the connection with 503 where too many are
        open.
        """
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.write(FULL)
            transport.close()
            return
        self._expect()

    def on_response_complete(self) -> None:
        """Start the time limit for the head of the next request on this connection."""
        self._expect()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the time limit, since the connection is closed."""
        if self._expecting is not None:
            self._expecting.cancel()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._expecting is not None:
            self._expecting.cancel()
        self._expecting = self.loop.call_later(HEAD_S, self._end_if_idle, self.cycle)

    def _end_if_idle(self, earlier: Any) -> None:
        if self.cycle is earlier and not self.transport.is_closing():
            self.transport.close()


def in_time(receive: Receive) -> Receive:
    """The ASGI function `receive` with time limits: `PART_S` seconds for each part of a request's body and `BODY_S` for
    all of it.

    Where a limit passes, the app is told that the client has disconnected. To be called inside a running event loop.
    """
    until, is_whole = asyncio.get_running_loop().time() + BODY_S, False

    async def part() -> Message:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            left = until - asyncio.get_running_loop().time()
            message = await asyncio.wait_for(receive(), min(PART_S, max(0.0, left)))
        except TimeoutError:
            is_whole = True
            return {"type": "http.disconnect"}
        is_whole = not message.get("more_body", False)
        return message

    return part
