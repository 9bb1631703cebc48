"""The process that does what `limited_process` asks for, one piece of work after the other, until its stdin ends."""

import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

from geoagent.errors import GeoAgentError

MOST_MEMORY = 6 << 30


def main() -> None:
    """Do the work that arrives on stdin from `limited_process`, one piece after the other, until stdin ends.

    Only results go to stdout; what libraries print is discarded.
    """
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while line := asked.readline():
        said = json.loads(line)
        body = asked.read(said["size"])
        os.chdir(said["cwd"])
        _limit(said["processor_s"])
        try:
            _answer(said["work"], said["given"], body, answers)
        except GeoAgentError as error:
            _say(answers, {"fault": str(error)})
        except MemoryError:
            _say(answers, {"fault": "it takes more memory than it may"})


def _answer(work: str, given: dict[str, Any], body: bytes, answers: BinaryIO) -> None:
    module, _, name = work.partition(":")
    parts = getattr(import_module(module), name)(given, body)
    _say(answers, {"data": next(parts)})
    for part in parts:
        if part:
            _say(answers, {"bytes": len(part)})
            answers.write(part)
    _say(answers, {"end": True})


def _say(answers: BinaryIO, data: dict[str, Any]) -> None:
    answers.write(json.dumps(data).encode() + b"\n")
    answers.flush()


def _limit(processor_s: float) -> None:
    """Have the system end this process once the next piece of work has taken so much more."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + processor_s) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
