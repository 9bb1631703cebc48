"""What a command does to the world outside, seen by strace: whom it asks for names, what it sends, what it writes."""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CALLS = (
    "connect,bind,sendto,sendmsg,sendmmsg,open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,"
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat"
)
STRACE = ["strace", "-ff", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}"]
HARMLESS = re.compile(r"/dev/(null|tty)|/proc/self/.*|/proc/\d+/.*")
NAMES_PORT = 53
KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")  # no more: libraries that report home are quiet where CI is set

_ADDRESS = re.compile(
    r'sa_family=AF_INET6?, sin6?_port=htons\((\d+)\).*?(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")'
)
_NEIGHBOUR = re.compile(r'^connect\(.*sa_family=AF_UNIX, sun_path=@?"([^"]+)"')
_OPENED = re.compile(r"^(?:open|openat|openat2|creat)\(.*\)\s+= \d+<(.*?)>(?:\(deleted\))?$")
_MADE = re.compile(r'^(?:mkdir|mknod|rename|link|symlink)\w*\(.*?(?:<([^<>]*)>, )?"([^"]*)"(?:, [^"<>]*)?\)\s+= 0$')


def needs_strace() -> None:
    """Skip the test where nothing can be traced; fail it where that is asked for, as `.ci/run` does."""
    works = (
        shutil.which("strace")
        and not subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True).returncode
    )
    if not works and os.environ.get("GEOAGENT_TEST_LEAKS"):
        pytest.fail("GEOAGENT_TEST_LEAKS asks for the tests of what leaves the machine, and strace does not work here")
    if not works:
        pytest.skip("strace is not installed, or may not trace here (apt-get install strace)")


class Watched:
    """Commands that run as on a person's machine, watched: an empty home folder, an empty one for temporary files."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._logs = folder / "strace"
        self.folder, self.home, self.temporary = folder / "work", folder / "home", folder / "temporary"
        for each in (self._logs, self.folder, self.home, self.temporary):
            each.mkdir()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment = {
            **kept, "HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONDONTWRITEBYTECODE": "1", **environment
        }  # fmt: skip

    def command(self, *arguments: str | Path) -> list[str]:
        """Python with these arguments, under strace."""
        number = len(list(self._logs.iterdir()))
        log = self._logs / str(number)
        log.mkdir()
        return [*STRACE, "-o", str(log / "calls"), sys.executable, *map(str, arguments)]

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Python with these arguments, to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=600
        )

    def geoagent(self, *arguments: str | Path) -> str:
        """A geoagent command that succeeds; what it prints."""
        done = self.run("-m", "geoagent.cli", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def leaks(self, *allowed: Path) -> list[str]:
        """What left: hosts, lookups of names, and files written outside of the allowed folders and files."""
        calls = [line for log in self._logs.glob("*/calls*") for line in log.read_text(errors="replace").splitlines()]
        assert calls
        inside = [path.resolve() for path in (*allowed, self.temporary)]
        left = [path for folder in (self.home, self.temporary) for path in folder.rglob("*")]
        return sorted(
            {leak for call in calls for leak in self._sent(call) + self._written(call, inside)} | set(map(str, left))
        )

    @staticmethod
    def _sent(call: str) -> list[str]:
        """Whom a call reaches, but for loopback; a name server is one even there, and so is any other local service."""
        found = [(int(port), v4 or v6) for port, v4, v6 in _ADDRESS.findall(call)]
        hosts = [f"{host} port {port}" for port, host in found if port == NAMES_PORT or not _is_loopback(host)]
        return hosts + _NEIGHBOUR.findall(call)

    def _written(self, call: str, inside: list[Path]) -> list[str]:
        opened, made = _OPENED.match(call), _MADE.match(call)
        if opened and re.search(r"O_WRONLY|O_RDWR|O_CREAT|^creat", call):
            path = Path(opened[1])
        elif made:
            path = Path(made[1] or self.folder, made[2])
        else:
            return []
        harmless = HARMLESS.fullmatch(str(path)) or any(path.resolve().is_relative_to(each) for each in inside)
        return [] if harmless else [str(path)]


def _is_loopback(host: str) -> bool:
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
