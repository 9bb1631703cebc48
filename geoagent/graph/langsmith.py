"""A graph whose runs LangSmith does not hear of, whatever is set for other work of the same machine or program."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing, closing, contextmanager
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tracers.context import tracing_v2_callback_var
from langgraph.graph.state import CompiledStateGraph
from langsmith import tracing_context

from geoagent.case.trace import State

Graph = CompiledStateGraph[State, None, State, State]
_END = object()


class UntracedGraph(Graph):
    """A compiled graph whose runs send nothing to LangSmith, alone or as part of a graph that does.

    LangChain reads variables such as LANGSMITH_TRACING at every run, and hands the tracer of an outer graph on to the
    inner one. Both are kept from each step of a run here, and from nothing outside of it.
    """

    @classmethod
    def of(cls, graph: Graph) -> Self:
        """A copy of a compiled graph whose runs send nothing to LangSmith."""
        return cls(**{name: value for name, value in vars(graph).items() if name != "__orig_class__"})

    def stream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> Iterator[Any]:
        """Stream as LangGraph does, with nothing sent to LangSmith; `invoke` and `batch` call this."""
        events = cast(Generator[Any], super().stream(input, _without_tracers(config), **options))
        with closing(events):
            while True:
                with _untraced():
                    event = next(events, _END)
                if event is _END:
                    return
                yield event

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """Stream as LangGraph does, with nothing sent to LangSmith; `ainvoke` and `abatch` call this."""
        events = cast(AsyncGenerator[Any], super().astream(input, _without_tracers(config), **options))
        async with aclosing(events):
            while True:
                with _untraced():
                    event = await anext(events, _END)
                if event is _END:
                    return
                yield event

    def bulk_update_state(self, config: RunnableConfig, supersteps: Sequence[Sequence[Any]]) -> RunnableConfig:
        """Update states as LangGraph does, with nothing sent to LangSmith; `update_state` calls this."""
        with _untraced():
            return super().bulk_update_state(config, supersteps)

    async def abulk_update_state(self, config: RunnableConfig, supersteps: Sequence[Sequence[Any]]) -> RunnableConfig:
        """Update states as LangGraph does, with nothing sent to LangSmith; `aupdate_state` calls this."""
        with _untraced():
            return await super().abulk_update_state(config, supersteps)


@contextmanager
def _untraced() -> Iterator[None]:
    """Nothing that runs meanwhile in this thread or task, or in those that it starts, is traced."""
    outer = var_child_runnable_config.set(_without_tracers(var_child_runnable_config.get()))
    asked = tracing_v2_callback_var.set(None)
    try:
        with tracing_context(enabled=False):
            yield
    finally:
        tracing_v2_callback_var.reset(asked)
        var_child_runnable_config.reset(outer)


def _without_tracers(config: RunnableConfig | None) -> RunnableConfig | None:
    """A run's configuration without LangSmith's tracers among its callbacks; the others stay."""
    callbacks = (config or {}).get("callbacks")
    if config is None or callbacks is None:
        return config
    if isinstance(callbacks, list):
        return {**config, "callbacks": _others(callbacks)}
    kept = callbacks.copy()
    kept.handlers, kept.inheritable_handlers = _others(kept.handlers), _others(kept.inheritable_handlers)
    return {**config, "callbacks": kept}


def _others(handlers: Sequence[Any]) -> list[Any]:
    from langchain_core.tracers import LangChainTracer

    return [handler for handler in handlers if not isinstance(handler, LangChainTracer)]
