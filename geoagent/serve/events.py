"""The events of a case as a stream of server-sent events, which a client can take up again after any event."""

import asyncio
from collections.abc import AsyncIterator

from geoagent.serve.case_rows import EventRow
from geoagent.serve.cases import Cases

BEAT_S = 15.0
"""After so long without news a comment is sent, so that nobody between takes the stream for dead."""


class Pulse:
    """Wakes all open event streams when something has happened to any case; each stream then looks whether it was its
    own case.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._happened = asyncio.Event()

    def start(self) -> None:
        """Tie the pulse to the asyncio event loop that is running now; to be called once, when the service starts."""
        self._loop = asyncio.get_running_loop()

    def beat(self) -> None:
        """Wake all event streams; may be called from any thread, and does nothing before `start`."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def next(self) -> asyncio.Event:
        """An asyncio event that is set at the next `beat`. Take it before looking for news, so that none is missed
        between.
        """
        return self._happened

    def _wake(self) -> None:
        self._happened.set()
        self._happened = asyncio.Event()


async def stream(cases: Cases, case_id: str, after: int, pulse: Pulse) -> AsyncIterator[str]:
    """The events of a case with ids above `after`, each as a text in the form of server-sent events, as they happen.

    The stream ends with the event "idle" once the case and all remarks to it are finished. While nothing happens it
    sends a comment every `BEAT_S` seconds. `pulse` wakes it when something has happened.
    """
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
    """An event as a text in the form of server-sent events: its id, its kind, and its data as JSON on one line."""
    return f"id: {event.id}\nevent: {event.kind}\ndata: {event.data}\n\n"
