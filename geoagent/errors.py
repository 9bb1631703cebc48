"""The errors that geoagent raises, and nothing else.

    GeoAgentError
    ├── ConfigError            a setting or an argument is wrong; raised before any call is made
    ├── ImageError             a photo cannot be read, or is refused
    ├── ModelError             the model server failed
    │   └── UnusableAnswer     it answered, but nothing usable, even after one repair
    │       └── Refused        the model does not want to answer
    ├── TraceError             a trace is damaged, or cites what it does not hold
    │   └── EditedTrace        it is not as it was written
    └── ToolError              one tool call failed; it is shown to the reasoner and the run goes on
        ├── ToolInputError     the arguments are wrong; the reasoner may correct them
        └── ToolUnavailable    the tool cannot answer now (`retry_after` seconds, where known)

Running out of budget is an outcome, not an error. The numbers below are the exit codes of the command.
"""

from collections.abc import Mapping
from typing import Any

OK, UNEXPECTED, BAD_INPUT, DEGRADED, INTERRUPTED = 0, 1, 2, 3, 130
POSSIBLE, CONTRADICTED = 4, 5
"""What `verify` says of a claim that is not supported."""


class GeoAgentError(Exception):
    """Base of everything that geoagent raises on purpose."""


class ConfigError(GeoAgentError):
    """A setting or an argument is wrong. `what` says what is, `mend` what puts it right; `mend` may be empty."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(f"{what}: {mend}" if mend else what)
        self.what = what
        self.mend = mend


class ImageError(GeoAgentError):
    """A photo cannot be read, or is refused; the message names it and says what to do."""


class ModelError(GeoAgentError):
    """The model server failed: it cannot be reached, gives an error, or does not answer in time.

    `model_calls`, the tokens and `dollars` say what was spent nevertheless; `dollars` is None where the price is not
    known.
    """

    def __init__(
        self,
        message: str,
        model_calls: int = 0,
        prompt_tokens: int = 0,
        completion_tokens: int = 0,
        dollars: float | None = None,
    ) -> None:
        super().__init__(message)
        self.model_calls = model_calls
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = completion_tokens
        self.dollars = dollars


UNUSABLE = "the model's answer was unusable"


class UnusableAnswer(ModelError):
    """The model answered, but nothing usable, even after one repair."""


class Refused(UnusableAnswer):
    """The model refuses to answer, and is not asked again."""


class TraceError(GeoAgentError):
    """A trace is damaged, or cites what it does not hold."""


class EditedTrace(TraceError):
    """A trace is not as it was written: somebody has edited it, or it was damaged."""

    def __init__(self, how: str) -> None:
        super().__init__(f"it was edited or damaged: {how}")


class ToolError(GeoAgentError):
    """One tool call failed. The reasoner is shown the message, and the case goes on."""


class ToolInputError(ToolError):
    """The arguments of a tool call are wrong; the reasoner is shown the message, and may call again with others."""


class ToolUnavailable(ToolError):
    """The tool cannot answer now. `retry_after` is in how many seconds it may, None where that is not known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def reason_of(fault: Mapping[str, Any]) -> str:
    """Why a value was refused, in words; `fault` is one of those that pydantic's `ValidationError.errors()` lists."""
    return str(fault["ctx"]["error"]) if fault["type"] == "value_error" else str(fault["msg"])


def set_aside(error: BaseException) -> str:
    """The message for a case that ended by an unexpected fault of geoagent itself, while other cases go on."""
    return f"set aside after a fault of geoagent itself ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
