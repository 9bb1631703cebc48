"""The command in this process: what it does, prints and ends with, without the seconds that a new process takes.

What concerns the process itself (signals, limits, what is loaded) is tested with real ones.
"""

import subprocess
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from geoagent.cli.main import main


def geoagent(cache: Path, folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """A geoagent command, in a folder."""
    words, out, err = [str(argument) for argument in arguments], StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("GEOAGENT_CACHE_DIR", str(cache))
        patch.chdir(folder)
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
