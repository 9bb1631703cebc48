"""A Postgres server of the system's, on a free port of loopback, with nothing in it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.serve.postgres import PostgresDatabase
from tests.servers.server import free_port
from tests.waiting import wait_until


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server that runs as long as this is open; the test is skipped where none is installed."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="geoagent-postgres-") as folder:
        kept, port = Path(folder) / "kept", free_port()
        first: list[str] = []
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres")
            first = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        made = [*first, programs / "initdb", "-D", kept, "-U", "geoagent", "--auth=trust", "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        command = [*first, programs / "postgres", "-D", kept, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        log = Path(folder) / "log"
        with log.open("w") as told, subprocess.Popen([*command, "-F"], stdout=told, stderr=told) as server:
            address = f"postgresql://geoagent@127.0.0.1:{port}/postgres"
            try:
                wait_until(lambda: _answers(address))
                yield address
            finally:
                server.send_signal(signal.SIGINT)  # it would wait for who is connected


def _programs() -> Path:
    found = shutil.which("initdb") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if found is None:
        pytest.skip("no Postgres is installed")
    return Path(found).parent


def _answers(address: str) -> bool:
    try:
        PostgresDatabase(address).close()
    except ConfigError:
        return False
    return True
