"""The events of a case as server-sent events, from any of them on."""

import asyncio
from collections.abc import AsyncIterator

from geoagent.serve.case_rows import EventRow
from geoagent.serve.cases import Cases

BEAT_S = 15.0
"""After so long without news a comment is sent, so that nobody between takes the stream for dead."""


class Pulse:
    """Wakes all open event streams when something has happened to any case."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._happened = asyncio.Event()

    def start(self) -> None:
        """Use the event loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def beat(self) -> None:
        """Wake all event streams; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def next(self) -> asyncio.Event:
        """An asyncio event that is set at the next beat."""
        return self._happened

    def _wake(self) -> None:
        self._happened.set()
        self._happened = asyncio.Event()


async def stream(cases: Cases, case_id: str, after: int, pulse: Pulse) -> AsyncIterator[str]:
    """The events after an id, as they come, until the case and all remarks to it are finished."""
    while True:
        happened = pulse.next()
        busy = await asyncio.to_thread(cases.is_busy, case_id)
        for event in await asyncio.to_thread(cases.events, case_id, after):
            yield as_text(event)
            after = event.id
        if not busy:
            yield "event: idle\ndata: {}\n\n"
            return
        try:
            await asyncio.wait_for(happened.wait(), BEAT_S)
        except TimeoutError:
            yield ": still here\n\n"


def as_text(event: EventRow) -> str:
    """An event in the form of server-sent events; its data is JSON on one line."""
    return f"id: {event.id}\nevent: {event.kind}\ndata: {event.data}\n\n"
