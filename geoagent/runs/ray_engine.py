"""Ray as the engine of a run: photos are solved by processes on this machine, or on all machines of a cluster.

This process alone keeps results, so that each is kept once. It gives every worker its photos one by one: it thereby
knows which photos a worker that died was at, gives them to others, and sets those aside that workers keep dying at.
"""

import logging
import math
import shutil
import socket
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

from geoagent.agent import GeoAgent
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.no_telemetry import start_ray
from geoagent.reading.ocr import rapidocr
from geoagent.runs.run import Work, solve_sample
from geoagent.runs.run_folder import Manifest, Result, versions
from geoagent.runs.samples import Sample
from geoagent.settings import Settings

log = logging.getLogger(__name__)

TRIES = 3
"""So many workers may die at a photo before it is set aside, or before any of them has begun, which ends the run."""
REACHED_S = 10.0
WITH_MODEL = 16
"""So many photos one process is at where a model is asked, since it mostly waits."""


class SolvingProcess:
    """What runs in each process of the cluster: one agent, whose atlas and text recognition are loaded once."""

    def __init__(self, settings: Settings, manifest: Manifest) -> None:
        rapidocr.read_many(1)
        self._agent = GeoAgent(settings, reliabilities=manifest.reliabilities)
        self._manifest = manifest

    def begin(self) -> tuple[dict[str, str], str]:
        """Load everything: the versions here, and what prevents work, or nothing."""
        try:
            self._agent.resources  # noqa: B018  # the atlas is opened
            rapidocr.warm_up()
        except GeoAgentError as error:
            return versions(), self._agent.hide(str(error))
        return versions(), ""

    def solve(self, sample: Sample) -> Result:
        """The result of one sample. Raises ConfigError where no sample at all could be solved."""
        return solve_sample(self._agent, sample, self._manifest.mode, self._manifest.hints)


class OnRay:
    """The engine: a cluster of this machine that is started when it is needed, or the one at an address.

    Raises ConfigError where Ray is not installed.
    """

    def __init__(self, address: str | None) -> None:
        if find_spec("ray") is None:
            raise ConfigError("--engine ray needs Ray: pip install 'geoagent-locate[ray]'")
        self._address = address

    def workers_for(self, settings: Settings) -> int:
        """How many photos are solved at a time if nobody says so: one for each processor, more where a model is
        asked.
        """
        processors = int(self._ray.cluster_resources().get("CPU", 1))
        return max(1, processors) * (WITH_MODEL if settings.vlm else 1)

    def solve(self, work: Work) -> Iterator[Result]:
        """The result of each sample, as they come; the cluster is left, or ended, at the end."""
        ray = self._ray
        try:
            yield from _Shift(ray, work).results()
        finally:
            ray.shutdown()
            shutil.rmtree(self._folder, ignore_errors=True)

    @cached_property
    def _folder(self) -> str:
        return tempfile.mkdtemp(prefix="geoagent-ray-")

    @cached_property
    def _ray(self) -> Any:
        """Ray, connected. Raises ConfigError."""
        try:
            _reach(self._address)
            return start_ray(self._address, self._folder)
        except (OSError, ValueError, RuntimeError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            told = " ".join(str(error).split())[:200]
            here = f"--address {self._address}: no Ray cluster answers there"
            raise ConfigError(f"{here if self._address else 'Ray does not start here'}: {told}") from error


def _reach(address: str | None) -> None:
    """Raise OSError where nobody listens at an address of host and port: Ray itself tries for many minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), REACHED_S).close()


class _Worker(NamedTuple):
    """One process of the cluster: the handle by which Ray calls it, and how many photos it may be at."""

    handle: Any
    room: int


class _Shift:
    """The work on one run: who is at which photo, and which photos are left."""

    def __init__(self, ray: Any, work: Work) -> None:
        self._ray, faults = ray, ray.exceptions
        self._deaths = (faults.RayActorError, faults.OutOfMemoryError, faults.NodeDiedError)
        self._settings, self._manifest = work.settings, work.manifest
        self._room = WITH_MODEL if work.settings.vlm else 1
        self._left = deque(work.samples)
        self._suspects = deque[Sample]()
        self._died = Counter[str]()
        self._at = dict[Any, tuple[_Worker, Sample | None]]()
        self._workers = list[_Worker]()
        self._never_began = 0
        for _ in range(min(math.ceil(work.workers / self._room), len(work.samples))):
            self._hire()

    def results(self) -> Iterator[Result]:
        """Each result as it comes. Raises ConfigError where no sample at all could be solved."""
        while self._at and (self._left or self._suspects or any(sample for _, sample in self._at.values())):
            (done, *_), _ = self._ray.wait(list(self._at), num_returns=1)
            worker, sample = self._at.pop(done)
            try:
                answer = self._ray.get(done)
            except self._deaths as error:
                yield from self._bury(worker, sample, error)
                continue
            except self._ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, GeoAgentError):
                    raise ConfigError(str(error.cause)) from error
                raise
            if sample is None:
                self._check(*answer)
            else:
                yield answer
            self._give(worker)

    def _hire(self) -> None:
        remote = self._ray.remote(SolvingProcess).options(num_cpus=1, max_restarts=0, max_concurrency=self._room)
        worker = _Worker(remote.remote(self._settings, self._manifest), self._room)
        self._at[worker.handle.begin.remote()] = (worker, None)
        self._workers.append(worker)

    def _check(self, here: dict[str, str], fault: str) -> None:
        """Raise ConfigError where a worker cannot solve, or would solve otherwise than the run was begun."""
        if fault:
            raise ConfigError(fault)
        asked = self._manifest.versions
        differ = [f"{name} {here[name]} instead of {asked.get(name)}" for name in here if here[name] != asked.get(name)]
        if differ:
            raise ConfigError(
                f"a worker of the cluster has {', '.join(differ)}; install the same versions on every machine"
            )

    def _give(self, worker: _Worker) -> None:
        """Give a worker what it has room for. A photo that workers died at is given to one that is at nothing else."""
        busy = [sample for one, sample in self._at.values() if one is worker and sample]
        if any(self._died[sample.id] for sample in busy):
            return
        if self._suspects and not busy:
            self._send(worker, self._suspects.popleft())
            return
        for _ in range(0 if self._suspects else worker.room - len(busy)):
            if self._left:
                self._send(worker, self._left.popleft())

    def _send(self, worker: _Worker, sample: Sample) -> None:
        self._at[worker.handle.solve.remote(sample)] = (worker, sample)

    def _bury(self, worker: _Worker, sample: Sample | None, error: Exception) -> Iterator[Result]:
        """Take note that a worker has died: what it was at goes to others, and another worker takes its place.

        One that was at several photos died at any of them, so that each of them is tried by itself.
        """
        at = [sample, *(one for of, one in self._at.values() if of is worker)]
        self._at = {task: (of, one) for task, (of, one) in self._at.items() if of is not worker}
        self._workers.remove(worker)
        self._ray.kill(worker.handle)  # it may live on where the network was at fault
        reason = " ".join(str(error).split())[:200]
        self._never_began = self._never_began + 1 if at == [None] else 0
        if self._never_began == TRIES:
            raise ConfigError(f"workers of the cluster die before they have begun: {reason}")
        photos = [one for one in at if one is not None]
        for one in photos:
            self._died[one.id] += 1
            if self._died[one.id] < TRIES:
                self._suspects.append(one)
            else:
                told = f"set aside: {TRIES} workers died at it, the last one with nothing else to do ({reason})"
                yield Result(id=one.id, fault=told)
        log.info(f"a worker died, with {len(photos)} photos, which others try again")
        self._hire()
        for other in self._workers:
            if not any(of is other and one is None for of, one in self._at.values()):
                self._give(other)
