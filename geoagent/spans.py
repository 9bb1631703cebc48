"""Spans of OpenTelemetry: a case, each call of the model, each call of a tool; nothing unless the person chose both.

The setting `opentelemetry` and the variable OTEL_EXPORTER_OTLP_ENDPOINT together send them there. A span holds names,
counts and durations, as the conventions for generative AI name them: no text, no picture, no place.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from geoagent.errors import ConfigError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Noted = Callable[[str, str | int], None]
Item = TypeVar("Item")
UNTOLD = {"record_exception": False, "set_status_on_exception": False}
"""What an error says may hold text of a photo."""
SENT_MS = 5000
"""How long the end of a process waits for the server that takes spans."""
_switching = threading.Lock()
_provider: Any = None
_tracer: Any = None


def switch_on() -> None:
    """Send the spans of this process from now on. Raises ConfigError where it is not said whither, or with what."""
    global _provider, _tracer
    if not any(os.environ.get(name) for name in ENDPOINTS):
        raise ConfigError(f"opentelemetry: name the server that takes spans in {ENDPOINTS[0]}")
    with _switching:
        _provider = _provider or _made()
        _tracer = _provider.get_tracer("geoagent")


def _made() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            f"opentelemetry needs more: pip install 'geoagent-locate[opentelemetry]' ({error.name} is missing)"
        ) from error
    named = {"service.name": os.environ.get("OTEL_SERVICE_NAME", "geoagent")}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def send_all() -> None:
    """Send what is not sent yet: for a process that ends at once."""
    if _provider is not None:
        _provider.force_flush(SENT_MS)


@contextmanager
def span(name: str, attributes: Mapping[str, str | int]) -> Iterator[Noted]:
    """A span round some work; what is yielded adds attributes to it."""
    if _tracer is None:
        yield lambda name, value: None
        return
    with _tracer.start_as_current_span(name, attributes=attributes, **UNTOLD) as started:
        try:
            yield lambda name, value: started.set_attribute(name, value)
        except BaseException as error:
            started.set_attribute("error.type", type(error).__name__)
            raise


def spanned(name: str, items: Iterator[Item], attributes: Mapping[str, str | int]) -> Iterator[Item]:
    """The items, with a span round the work that yields them, and not round what is done with them meanwhile."""
    if _tracer is None:
        yield from items
        return
    from opentelemetry.trace import use_span

    started = _tracer.start_span(name, attributes=attributes)
    try:
        while True:
            with use_span(started, **UNTOLD):
                item = next(items, None)
            if item is None:
                return
            yield item
    finally:
        started.end()
