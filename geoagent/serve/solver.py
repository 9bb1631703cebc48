"""The process that solves cases, started by the service as `python -m geoagent.serve.solver`.

Its arguments are the folder of the cases, how many it works on at a time, how finely places are told, and the number of
the service.

Its settings come as JSON in the first line of stdin. Each further line says that there is something new to do, and each
line of stdout that something has happened; what it is, is in the SQLite file of cases. When stdin ends the process ends
at once: every finished step of a case is in its checkpoints, from which the next process goes on.
"""

import errno
import logging
import os
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from geoagent.agent import Event, GeoAgent
from geoagent.cancellation import CalledOff, called_off_when
from geoagent.case.trace import Disclosure, Trace, TraceFile, extend
from geoagent.case.views import PhotoRef
from geoagent.console import Progress, heard_by, log_lines
from geoagent.errors import BAD_INPUT, ConfigError, GeoAgentError, set_aside
from geoagent.files.outputs import whole
from geoagent.privacy.disclosure import disclose
from geoagent.reading.ocr.rapidocr import warm_up
from geoagent.retry import waiting
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.trace_files import checked
from geoagent.secrets import hidden_from
from geoagent.serve.case_rows import CaseRow, Remark
from geoagent.serve.case_switches import switched
from geoagent.serve.cases import Cases
from geoagent.serve.database import Unreachable, open_shared
from geoagent.serve.exports import forget_exports, write_exports
from geoagent.serve.follow_ups import as_data, claims_since, correction_of, decided, outvoted, reply_to, take_back
from geoagent.serve.progress import answered, opened, progress
from geoagent.serve.steps import SharedSteps, Steps, StepsInFile
from geoagent.serve.storage_faults import FULL, is_full
from geoagent.settings import Settings
from geoagent.spans import send_all

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

log = logging.getLogger("geoagent.serve.solver")  # the name of the module is __main__ here

SHOWN_SIDE = 1600
"""The longest side in pixels of the picture that is shown of a photo."""
NICENESS = 10
"""The process that answers goes first."""
ROOM_S = 2.0
"""How often it is looked whether there is room on the disk again."""
REPLIES = {"question": reply_to, "correction": correction_of, "take_back": take_back}
SHARED_S = 1.0
"""How often it is looked whether other services have left work."""
LOCKED_S = 10.0
"""How long the solver before this one may take to end."""


class Solver:
    """Solves the cases of a service, with one agent for each combination of reasoner and options.

    `saver` keeps the checkpoints from which an interrupted case goes on; `disclosure` is how finely places are told.
    """

    def __init__(self, cases: Cases, settings: Settings, steps: Steps, disclosure: Disclosure) -> None:
        self.cases = cases
        self.disclosure = disclosure
        self.steps = steps
        self._secrets = settings.secrets()
        self._settings = settings
        self._agents = dict[tuple[str, frozenset[tuple[str, bool]]], GeoAgent]()
        self._making = threading.Lock()
        self._wake = threading.Condition()
        self._woken = 0
        self._at_work: set[str] = set()
        self._is_full = False

    def agent(self, reasoner: str = "rules", switches: Mapping[str, bool] = MappingProxyType({})) -> GeoAgent:
        """The agent that solves cases with a reasoner ("rules" or "model") and the options that a case sets; made at
        first use.

        Raises ConfigError where "model" is asked for and the settings name no model server.
        """
        if reasoner == "model" and not self._settings.vlm:
            raise ConfigError("this service has no model server any more; solve it again without")
        with self._making:
            key = (reasoner, frozenset(switches.items()))
            if key not in self._agents:
                settings = switched(self._settings, switches)
                settings = settings if reasoner == "model" else settings.model_copy(update={"vlm": None})
                self._agents[key] = GeoAgent(settings, checkpointer=self.steps.saver)
            return self._agents[key]

    def wake(self) -> None:
        """Wake all workers, because a case or remark may be in the queue; may be called from any thread."""
        with self._wake:
            self._woken += 1
            self._wake.notify_all()

    def work(self) -> None:
        """Take one case or remark after the other from the queue and work on it; never returns. Each worker thread runs
        this.

        A fault that is not the case's own, such as a damaged file of cases, ends the process; the service starts
        another one.
        """
        try:
            while True:
                self._next()
        except BaseException:  # a worker must not end in silence
            traceback.print_exc()
            os._exit(1)

    def _next(self) -> None:
        woken = self._woken
        try:
            self._forget_deleted()
            task = self.cases.claim()
        except (sqlite3.Error, OSError) as error:
            self._wait_for_room(error)
            return
        if task is None:
            with self._wake:
                self._wake.wait_for(lambda: self._woken != woken, SHARED_S if self.cases.is_shared else None)
            return
        case_id = task.case_id if isinstance(task, Remark) else task.id
        self._at_work.add(case_id)
        try:
            self._do(task)
            self.forget_told()
        except (sqlite3.Error, OSError) as error:
            self._wait_for_room(error)
            self._put_off(task)
        finally:
            self._at_work.discard(case_id)
        self.wake()  # others may have waited for the end of this one
        _say("changed")

    def _wait_for_room(self, error: BaseException) -> None:
        """Wait a while where a full disk is at fault, which may pass; raise any other fault of the cases' file."""
        if not is_full(error):
            raise error
        if not self._is_full:
            log.error(f"{self.cases.folder}: {FULL}")
        self._is_full = True
        time.sleep(ROOM_S)

    def _put_off(self, task: CaseRow | Remark) -> None:
        while True:
            try:
                self.cases.put_off(task)
                return
            except (sqlite3.Error, OSError) as error:
                self._wait_for_room(error)

    def _do(self, task: CaseRow | Remark) -> None:
        case_id = task.case_id if isinstance(task, Remark) else task.id
        try:
            with called_off_when(lambda: self._is_gone(case_id)), heard_by(lambda now: self._tell_step(case_id, now)):
                if isinstance(task, Remark) and task.kind == "export":
                    self._export(task)
                elif isinstance(task, Remark):
                    self._reply(task)
                else:
                    self._solve(task)
        except CalledOff:
            log.debug(f"{case_id}: called off")
        except GeoAgentError as error:
            _raise_if_it_passes(error)
            self._fail(task, str(error))
        except Exception as error:  # whatever breaks costs this case its answer, not the others theirs
            _raise_if_it_passes(error)
            traceback.print_exc()
            self._fail(task, set_aside(error))

    def _tell_step(self, case_id: str, now: Progress) -> None:
        """Tell what is being done, while it is."""
        if self.disclosure == "exact" and self.cases.tell(case_id, "step", self._secrets.hide(now._asdict())):
            _say("changed")

    def _fail(self, task: CaseRow | Remark, fault: str) -> None:
        if isinstance(task, Remark) and task.kind == "export":
            self.cases.end_export(task)
        elif isinstance(task, Remark):
            self.cases.answer(task, "failed", [{"statement": self._without_paths(fault, task.case_id), "cites": []}])
        else:
            self.cases.fail(task.id, self._without_paths(fault, task.id))

    def _without_paths(self, fault: str, case_id: str) -> str:
        """A fault without keys, in which photos are called by the names that they came with."""
        fault = str(self._secrets.hide(fault))
        case = self.cases.find(case_id)
        for number, name in reversed(list(enumerate(case.names if case else (), 1))):
            fault = fault.replace(str(self.cases.photo(case_id, number).absolute()), name)
        return fault.replace(str(self.cases.folder), "")

    def _is_gone(self, case_id: str) -> bool:
        """Whether a case was deleted or cancelled, or is another service's, which took this one for dead."""
        return not self.cases.is_at(case_id)

    def _solve(self, case: CaseRow) -> None:
        agent = self.agent(case.reasoner, case.switches)
        photos = [self.cases.photo(case.id, number).absolute() for number in range(1, len(case.names) + 1)]
        refs = self._show(agent, case, photos) if self.disclosure == "exact" else []
        kept = agent.kept(case.id)
        told = agent.follow(*photos, hint=case.hint, case=case.id)
        self._follow(agent, case.id, told, kept["trace"] if kept else Trace(), refs)

    def _show(self, agent: GeoAgent, case: CaseRow, photos: list[Path]) -> list[PhotoRef]:
        """Write the pictures that are shown of the photos: pixels alone, no metadata; the same picture once."""
        shown, refs = dict[str, tuple[str, tuple[int, int]]](), list[PhotoRef]()
        for path, name in zip(photos, case.names, strict=True):
            photo = agent.resources.photos.load(str(path))
            if photo.ref.id in shown:
                continue
            picture = photo.image.copy()
            picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
            shown[photo.ref.id] = (name, picture.size)
            refs.append(photo.ref)
            if self.cases.folder.joinpath(case.id).exists():
                with whole(self.cases.picture(case.id, len(shown))) as fresh:
                    picture.save(fresh, "JPEG", quality=85)
        self.cases.tell(case.id, "opened", opened(shown.values()))
        _say("changed")
        return refs

    def _follow(
        self, agent: GeoAgent, case_id: str, items: Iterator[Event | TraceFile], trace: Trace, refs: Sequence[PhotoRef]
    ) -> TraceFile | None:
        """Tell what happens as it does; None for a case that is gone meanwhile."""
        for item in items:
            if self._is_gone(case_id):
                return None
            if self.disclosure != "exact":
                if isinstance(item, TraceFile):
                    return self._told_coarsely(agent, case_id, item)
                continue
            if isinstance(item, TraceFile):
                belief = agent.resources.beliefs.of(item.trace.evidence, item.trace.spots)
                forget_exports(self.cases.folder / case_id)
                self.cases.finish(case_id, item, answered(item, belief))
                return item
            trace = extend(trace, item.added)
            belief = agent.resources.beliefs.of(trace.evidence, trace.spots)
            if not self.cases.tell(case_id, "node", progress(item, belief, trace, refs)):
                return None
            _say("changed")
        return None

    def _told_coarsely(self, agent: GeoAgent, case_id: str, exact: TraceFile) -> TraceFile:
        """Keep of an answer what may be told, and nothing else."""
        file = disclose(exact, self.disclosure, agent.resources.beliefs)
        belief = agent.resources.beliefs.of(file.trace.evidence)
        self.cases.tell(case_id, "node", progress(Event("conclude", file.trace), belief, file.trace, ()))
        self.cases.finish(case_id, file, answered(file, belief))
        return file

    def _export(self, remark: Remark) -> None:
        """Write the answer's files, with the beliefs of any agent: they are the same."""
        case, trace = self.cases.find(remark.case_id), self.cases.trace(remark.case_id)
        if case is not None and trace is not None:
            beliefs = self.agent().resources.beliefs
            file = self._without_foreign(case, checked(trace, beliefs, hashed=True, to_be_shown=True).file)
            write_exports(file, case.names, self.cases.folder / case.id, beliefs)
        self.cases.end_export(remark)

    def _reply(self, remark: Remark) -> None:
        case = self.cases.find(remark.case_id)
        agent = self.agent(case.reasoner, case.switches) if case else None
        kept = agent.kept(remark.case_id) if agent else None
        before = self.cases.trace(remark.case_id)
        if case is None or agent is None or kept is None or before is None:
            raise ConfigError("nothing is kept of this case to answer from; solve it again")
        self._check_photos(case, kept["photos"])
        reply = REPLIES[remark.kind](remark, kept, agent.resources)
        sentences = reply.sentences
        if reply.added is not None:
            told = reply.added["trace"]
            trace = extend(kept["trace"], told)
            belief = agent.resources.beliefs.of(trace.evidence, trace.spots)
            refs = kept["photos"]
            self.cases.tell(remark.case_id, "node", progress(Event("user", told), belief, trace, refs))
            again = agent.amend(remark.case_id, reply.added, _after(agent))
            file = self._follow(agent, remark.case_id, again, trace, refs)
            if file is not None:
                sentences += [*claims_since(kept["trace"], file.trace), decided(before.prediction, file.prediction)]
                sentences += outvoted(file, told)
        self.cases.answer(remark, "done", self._secrets.hide(as_data(sentences)))

    def _is_own(self, case: CaseRow, ref: PhotoRef) -> bool:
        """Whether a photo lies where the case has its own: a folder of cases may be anybody's."""
        own = [self.cases.photo(case.id, number) for number in range(1, len(case.names) + 1)]
        return os.path.realpath(ref.path) in map(os.path.realpath, own)

    def _check_photos(self, case: CaseRow, refs: Iterable[PhotoRef]) -> None:
        """Raise ConfigError where a case names other files of this machine."""
        if any(Path(ref.path).exists() and not self._is_own(case, ref) for ref in refs):
            raise ConfigError("what is kept of this case names photos that are not its own; solve it again")

    def _without_foreign(self, case: CaseRow, file: TraceFile) -> TraceFile:
        """A trace in which photos that are not those of the case lie nowhere."""
        refs = [ref if self._is_own(case, ref) else ref.model_copy(update={"path": ""}) for ref in file.photos]
        return file.model_copy(update={"photos": tuple(refs)})

    def _forget_deleted(self) -> None:
        for case_id in self.cases.deleted():
            if case_id not in self._at_work:
                self.steps.forget(case_id)
                self.cases.forgotten(case_id)

    def forget_told(self) -> None:
        """Delete the photos and checkpoints of every finished case, where the service does not tell places exactly;
        otherwise do nothing.
        """
        if self.disclosure == "exact":
            return
        for case_id in self.steps.cases() - self.cases.unfinished():
            self.steps.forget(case_id)
        self.cases.forget_photos()


def _raise_if_it_passes(error: BaseException) -> None:
    """Raise OSError where a full disk is at fault, or a database that is away: the case can wait for that."""
    if isinstance(error, Unreachable):
        raise error
    if is_full(error):
        raise OSError(errno.ENOSPC, "the disk is full") from error


def _after(agent: GeoAgent) -> str:
    """Where a case goes on: the rules name their candidates anew, a model keeps its first look and goes on looking."""
    return "propose" if agent.resources.reasoner.able.can_be_asked_again else "perceive"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the process that solves cases, until stdin ends. Where nothing can be solved with the settings it says why in
    one line and ends with the exit code 2.
    """
    folder, workers, disclosure = Path(sys.argv[1]), int(sys.argv[2]), cast(Disclosure, sys.argv[3])
    settings = Settings.model_validate_json(sys.stdin.readline())
    os.nice(NICENESS)
    with ExitStack() as stack:
        stack.enter_context(hidden_from(settings.secrets()))
        stack.enter_context(log_lines(quiet=True))
        if settings.database:
            shared = open_shared(settings.database, sys.argv[4])
            solver = Solver(Cases(folder, disclosure, shared), settings, SharedSteps(shared), disclosure)
        else:
            steps = StepsInFile(_checkpoints(folder / "checkpoints.sqlite", stack))
            solver = Solver(Cases(folder, disclosure), settings, steps, disclosure)
        try:
            _ = solver.agent().resources
        except ConfigError as error:
            log.error(error)
            sys.exit(BAD_INPUT)
        solver.forget_told()
        for _number in range(workers):
            threading.Thread(target=solver.work, daemon=True).start()
        threading.Thread(target=warm_up, daemon=True).start()
        _say("ready")
        for _line in sys.stdin:
            solver.wake()
        send_all()
        os._exit(0)


def _checkpoints(path: Path, stack: ExitStack) -> "SqliteSaver":
    """The checkpoints, once the solver before this one has let go of them."""
    try:
        return waiting(ConfigError, LOCKED_S, 0.1)(lambda: stack.enter_context(open_checkpoints(path)))
    except ConfigError as error:
        sys.exit(f"geoagent: {error}")


if __name__ == "__main__":
    main()
