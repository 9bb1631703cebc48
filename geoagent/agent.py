"""The interface for Python: a `GeoAgent` solves photos, streams what happens, and offers its graph."""

import asyncio
import hashlib
import threading
import time
import uuid
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Durability, StateSnapshot
from PIL import Image

from geoagent.atlas import open_atlas
from geoagent.belief import Beliefs, made_with
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import LONGEST_POST
from geoagent.case.prediction import Prediction, Usage
from geoagent.case.trace import State, Trace, TraceFile, extend
from geoagent.case.views import Fetched, FilmFrame, PhotoRef
from geoagent.errors import ConfigError, ImageError
from geoagent.film.film import is_film, read_film
from geoagent.gallery.encoder import Encoder
from geoagent.graph.build import build_graph
from geoagent.graph.direct_answer import glance
from geoagent.graph.keyless_record import recorded
from geoagent.graph.langsmith import Graph
from geoagent.graph.resources import Resources
from geoagent.photo import Photos
from geoagent.photo.in_memory import HeldPhotos
from geoagent.plain_text import printable
from geoagent.priors.loader import opening
from geoagent.priors.prior import Prior, checked_prior
from geoagent.reading.evidence_file import read_evidence
from geoagent.reading.tables.user_tables import use_folder
from geoagent.reasoners.direct import DirectReasoner
from geoagent.reasoners.prior import PriorReasoner
from geoagent.reasoners.reasoner import Reasoner
from geoagent.reasoners.rules.reasoner import RuleReasoner
from geoagent.secrets import shown_address
from geoagent.settings import Settings
from geoagent.spans import spanned, switch_on
from geoagent.tools import TOOLS
from geoagent.tools.core.registry import installed_tools, offered
from geoagent.tools.core.tool import Tool, ToolResult, as_tool
from geoagent.tools.core.user_tools import tools_set_up
from geoagent.web.gate import Gate
from geoagent.web.services.photo_address import fetch_photo, is_address, name_in
from geoagent.web.transport import Network

if TYPE_CHECKING:
    from geoagent.reasoners.vlm.prices import Price

MOST_TEXTS = 50
"""So many texts may be given with one case."""
INVOKED = {"gen_ai.operation.name": "invoke_agent"}
GivenTexts = str | Sequence[str]
"""What somebody wrote of the place: a post, a caption, or several of one event."""
GivenPhoto = str | Path | bytes | Image.Image
"""A photo as it may be given: a path, an address (fetched only with `online`), the bytes of a file, or a picture."""


class Event(NamedTuple):
    """One step of a solve: the name of the graph node that has finished, and what it added to the case's records.

    `prediction` is the answer after the last node, and None before.
    """

    node: str
    added: Trace
    prediction: Prediction | None = None


class _Frame(NamedTuple):
    """What is known of a photo that is a frame of a film, beside its pixels."""

    source: FilmFrame
    film_has_position: bool
    unused: tuple[str, ...]


class GeoAgent:
    """Finds out where photos were taken. Safe to share between threads; progress and complaints go to the logger
    "geoagent".

    - `settings` say how; without them the defaults hold. `reliabilities` replace the table of how far witnesses are
      believed.
    - `tools` are functions of your own, offered to the reasoner with the built-in ones (see `geoagent.tools.as_tool`).
    - `priors` are asked about each photo, besides those that the settings name (`geoagent.priors.prior.Prior`);
      `encoders` are known by their names where a gallery was made with one (`geoagent.gallery.encoder.Encoder`).
    - With a `checkpointer` (see `geoagent.runs.checkpoints`) a case that is given a name can go on where it was
      interrupted.
    - `network` is how tools find and reach hosts. `given` holds records that each case begins with, besides the
      evidence that the settings name.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        tools: Sequence[Callable[..., ToolResult | str]] = (),
        reliabilities: Reliabilities | None = None,
        checkpointer: BaseCheckpointSaver[Any] | None = None,
        network: Network | None = None,
        priors: Sequence[Prior] = (),
        encoders: Sequence[Encoder] = (),
        given: Trace | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._own_tools = tools
        self._priors = _each_once(priors, self.settings.prior)
        self._encoders = encoders
        self._reliabilities = reliabilities
        self._given = given or Trace()
        self._checkpointer = checkpointer
        self._gate = Gate(self.settings, network)
        self._opening = threading.Lock()
        self._held = HeldPhotos()
        self._fetched = dict[Path, Fetched]()
        self._frames = dict[Path, _Frame]()

    def solve(self, *photos: GivenPhoto, hint: str = "", text: GivenTexts = ()) -> Prediction:
        """Solve one case, which is one photo or several of one place, and return the answer.

        A photo is a path, the bytes of a file, a picture of Pillow's or, with the setting `online`, a web address. A
        film of one place is its key frames.
        `hint` is what is known of the place, in words; `text` is what somebody wrote of it, in one text or several,
        which is believed less; with a text no photo is needed. Raises ImageError where a photo cannot be read,
        ConfigError where a setting is wrong.
        """
        paths = list[Path]()
        try:
            for photo in photos:
                paths += self._paths_of(photo)
            return self.trace(*paths, hint=hint, text=text).prediction
        finally:
            self._let_go([path for path in paths if path not in photos])

    def _let_go(self, paths: Sequence[Path]) -> None:
        """Remove what is held here of photos that are solved, and were not given as these files."""
        self._held.let_go(paths)
        for path in paths:
            self._frames.pop(path, None)

    def places_in(self, film: str | Path) -> list[list[Path]]:
        """The places that a film shows, each as its key frames: photos to be solved together. Raises ImageError.

        The frames lie in files until the agent, or the process, ends.
        """
        path = Path(film)
        read = read_film(path, positions=bool(self.settings.allow_exif_gps))
        found = []
        for place in read.places:
            held = [self._held.hold(frame.content, frame.name) for frame in place]
            found.append(held)
            for frame, there in zip(place, held, strict=True):
                self._frames[there] = _Frame(frame.source, read.has_position, read.unused)
        return found

    def trace(self, *photos: GivenPhoto, hint: str = "", case: str | None = None, text: GivenTexts = ()) -> TraceFile:
        """Solve one case as `solve` does, and return the trace: everything that happened, with the answer.

        `case` is a name under which a checkpointer keeps the case; one that was interrupted goes on.
        """
        *_, last = self.follow(*photos, hint=hint, case=case, text=text)
        assert isinstance(last, TraceFile)
        return last

    def follow(
        self, *photos: GivenPhoto, hint: str = "", case: str | None = None, text: GivenTexts = ()
    ) -> Iterator["Event | TraceFile"]:
        """Solve one case, and yield an event whenever a node of the graph has finished; the last item is the finished
        trace.

        `case` is a name under which a checkpointer keeps the case; one that was interrupted goes on.
        """
        state = self.start(*photos, hint=hint, text=text)
        config = RunnableConfig(configurable={"thread_id": case or uuid.uuid4().hex})
        interrupted = self._interrupted(config, state) if case else None
        run = self._run(None if interrupted else state, interrupted or config, state)
        yield from spanned("invoke_agent geoagent", run, INVOKED)

    def amend(self, case: str, added: State, after: str) -> Iterator["Event | TraceFile"]:
        """Add records to a finished case that the checkpointer keeps, and decide again: yields what `follow` yields.

        The graph goes on as if its node `after` had added them. An amendment that the case holds already was
        interrupted, and goes on. Raises ConfigError where nothing is kept under the name `case`.
        """
        added = recorded(added, self._gate.secrets)
        config, kept = RunnableConfig(configurable={"thread_id": case}), self.kept(case)
        if kept is None:
            raise ConfigError("nothing is kept of this case; solve it again")
        if not added["trace"].ids() <= kept["trace"].ids():
            config = self.graph.update_state(config, added, as_node=after)
        yield from spanned("invoke_agent geoagent", self._run(None, config, kept), INVOKED)

    def kept(self, case: str) -> State | None:
        """The state of a case at its latest checkpoint; None where there is none. Raises ConfigError where it is
        damaged.
        """
        config = RunnableConfig(configurable={"thread_id": case})
        try:
            values = self.graph.get_state(config).values if self._checkpointer else None
        except ValueError as error:
            raise ConfigError("what is kept of this case is damaged; solve it again") from error
        return cast(State, values) if values else None

    def _run(self, start: State | None, config: RunnableConfig, state: State) -> Iterator["Event | TraceFile"]:
        durability: Durability | None = "async" if self._checkpointer else None
        for mode, update in self.graph.stream(start, config, stream_mode=["updates", "values"], durability=durability):
            if mode == "values":
                state = cast(State, update)
                continue
            for node, added in cast(dict[str, State], update).items():
                yield Event(node, added.get("trace", Trace()), added.get("prediction"))
        yield self._file(state, self.resources)

    def _interrupted(self, config: RunnableConfig, state: State) -> RunnableConfig | None:
        """The latest checkpoint of a case before any fault; None without one, or if photos, hint or texts differ."""
        if self._checkpointer is None:
            return None
        for kept in self._checkpoints(config):
            if any(tuple(kept.values.get(name, ())) != tuple(state[name]) for name in ("photos", "hint", "texts")):
                return None
            if kept.next and not kept.values.get("status"):
                return kept.config
        return None

    def _checkpoints(self, config: RunnableConfig) -> Iterator[StateSnapshot]:
        """The checkpoints of a case, the latest first, as far as they can be read."""
        try:
            yield from self.graph.get_state_history(config)
        except ValueError:  # damaged: the case begins anew
            return

    def stream(self, *photos: GivenPhoto, hint: str = "", text: GivenTexts = ()) -> Iterator[Event]:
        """Solve one case as `solve` does, and yield an event whenever a node of the graph has finished; the last
        carries the answer.
        """
        for item in self.follow(*photos, hint=hint, text=text):
            if isinstance(item, Event):
                yield item

    async def asolve(self, *photos: GivenPhoto, hint: str = "", text: GivenTexts = ()) -> Prediction:
        """Solve one case as `solve` does, in a worker thread, for use with asyncio."""
        return await asyncio.to_thread(self.solve, *photos, hint=hint, text=text)

    async def astream(self, *photos: GivenPhoto, hint: str = "", text: GivenTexts = ()) -> AsyncIterator[Event]:
        """Yield the events that `stream` yields; each wait is in a worker thread, for use with asyncio."""
        events = self.stream(*photos, hint=hint, text=text)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event

    def direct(self, *photos: GivenPhoto, hint: str = "") -> TraceFile:
        """Solve one case by the baseline that asks the model once, without tools, and takes its opinion as the answer;
        return the trace.

        Raises ConfigError without a model server, ModelError where the server fails.
        """
        if not self.settings.vlm:
            raise ConfigError("direct: needs a model server; give its address with vlm")
        model = self.resources.reasoner
        return self._glance(self.start(*photos, hint=hint), DirectReasoner(model))

    def prior(self, *photos: GivenPhoto) -> TraceFile:
        """Solve one case by the baseline that does not look at the photos: the answer is the prior over places. Returns
        the trace.
        """
        return self._glance(self.start(*photos), PriorReasoner())

    def _glance(self, state: State, reasoner: Reasoner) -> TraceFile:
        resources = self.resources.reasoned_by(reasoner)
        return self._file(glance(state, resources), resources)

    @cached_property
    def graph(self) -> Graph:
        """The compiled LangGraph state machine that solves a case; its input is what `start` returns."""
        return build_graph(self.resources, self._checkpointer)

    def start(self, *photos: GivenPhoto, hint: str = "", text: GivenTexts = ()) -> State:
        """The state that a case begins with; the same pixels twice count as one photo.

        Raises ConfigError without a photo, ImageError where one cannot be read.
        """
        texts = _texts(text)
        if not (photos or texts or self._given.evidence):
            raise ConfigError("no photo and no text was given")
        refs, notes = dict[str, PhotoRef](), list[str]()
        for path in (path for photo in photos for path in self._paths_of(photo)):
            ref = self._with_source(self._read(path), path)
            notes += [note for note in self._unused_of(path) if note not in notes]
            if ref.id in refs:
                number = list(refs).index(ref.id) + 1
                notes.append(f"{printable(path.name)} is the same picture as photo {number}: it counts once")
            refs.setdefault(ref.id, ref)
        return {
            "photos": tuple(refs.values()),
            "hint": self.hide(printable(hint)),
            "texts": tuple(map(self.hide, texts)),
            "trace": Trace(),
            "usage": Usage(),
            "notes": tuple(notes),
        }

    def _read(self, path: Path) -> PhotoRef:
        try:
            return self.resources.photos.load(str(path)).ref
        except ImageError as error:
            raise ImageError(str(error).replace(str(path), self._held.called(path))) from error

    def _with_source(self, ref: PhotoRef, path: Path) -> PhotoRef:
        """A photo with the address that it was fetched from, or the film that it is a frame of.

        The position in a film's file is in its frames only where it is allowed.
        """
        changes: dict[str, Any] = {"fetched": self._fetched.pop(path, None)}
        if path in self._frames:
            frame = self._frames[path]
            hidden = not self.settings.allow_exif_gps and frame.film_has_position
            changes |= {"frame": frame.source, "has_position": ref.has_position or hidden}
        return ref.model_copy(update=changes)

    def _unused_of(self, path: Path) -> tuple[str, ...]:
        return self._frames[path].unused if path in self._frames else ()

    def _paths_of(self, photo: GivenPhoto) -> list[Path]:
        """Where a photo lies, or the key frames of a film. Raises ImageError for a film of several places."""
        path = self._path_of(photo)
        if not is_film(path) or path in self._frames:
            return [path]
        places = self.places_in(path)
        if len(places) > 1:
            self._let_go([frame for place in places for frame in place])
            raise ImageError(f"{path}: shows {len(places)} places; solve each by itself: GeoAgent.places_in")
        return places[0]

    def _path_of(self, photo: GivenPhoto) -> Path:
        """Where a photo lies as a file; what has none is held in one. Raises ImageError."""
        if isinstance(photo, bytes | Image.Image):
            return self._held.hold(photo)
        if isinstance(photo, str) and is_address(photo):
            content = fetch_photo(photo, self._gate)
            path = self._held.hold(content, name_in(photo))
            at, digest = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), hashlib.sha256(content).hexdigest()
            self._fetched[path] = Fetched(address=self.hide(shown_address(photo))[:2000], at=at, sha256=digest)
            return path
        return Path(photo)

    def hide(self, text: str) -> str:
        """A text in which the keys that the settings hold are replaced by dots."""
        return str(self._gate.secrets.hide(text))

    def _file(self, state: State, resources: Resources) -> TraceFile:
        return TraceFile(
            geoagent=version("geoagent-locate"),
            photos=state["photos"],
            hint=state.get("hint", ""),
            settings=self.settings.public(),
            reasoner=resources.reasoner.able,
            made_with=made_with(resources.beliefs),
            trace=state["trace"],
            prediction=state["prediction"],
        )

    @property
    def resources(self) -> Resources:
        """What the nodes of the graph work with: photos, beliefs, tools, the reasoner. The atlas is opened here, at
        first use.
        """
        with self._opening:  # the atlas is opened once, whichever thread comes first
            return self._opened

    @cached_property
    def _opened(self) -> Resources:
        if self.settings.opentelemetry:
            switch_on()
        photos = Photos()
        atlas = open_atlas(self.settings.cache)
        if self.settings.knowledge:
            use_folder(self.settings.knowledge, atlas)
        reasoner = self._reasoner()
        beliefs = Beliefs(atlas, self._reliabilities or load_reliabilities())
        told = read_evidence(self.settings.evidence, atlas) if self.settings.evidence else Trace()
        given = extend(told, self._given)
        return Resources(self.settings, photos, beliefs, self._tools(beliefs), reasoner, self._gate, given)

    def _tools(self, beliefs: Beliefs) -> dict[str, Tool]:
        """What the reasoner may call: what geoagent has, what is installed, and the caller's own; a later name wins."""
        own = [as_tool(function, outside=True) for function in self._own_tools]
        added = [
            *tools_set_up(self.settings, beliefs.reliabilities, self._priors, self._encoders),
            *installed_tools(),
            *self._attached(),
            *own,
        ]
        return offered({**TOOLS, **{tool.name: tool for tool in added}}, self.settings)

    def _attached(self) -> list[Tool]:
        """The tools of the MCP servers, which are started here and end with the agent. Raises ConfigError."""
        tools: list[Tool] = []
        for command in self.settings.mcp:
            from geoagent.tools.core.mcp_server import McpServer

            server = McpServer(command)
            weakref.finalize(self, server.close)
            tools += server.tools
        return tools

    def _reasoner(self) -> Reasoner:
        settings = self.settings
        if not settings.vlm:
            return RuleReasoner()
        from geoagent.reasoners.vlm.client import make_client, only_model
        from geoagent.reasoners.vlm.model_server import ModelServer
        from geoagent.reasoners.vlm.reasoner import VLMReasoner

        client = make_client(settings.vlm, settings.api_key, settings.request_limit_s)
        made = [
            VLMReasoner(
                ModelServer(client, name, settings.request_timeout_s, self._gate.secrets, self._price(name)),
                settings.image_side, settings.native_tools, settings.opinion_samples,
            )
            for name in (settings.model or only_model(client, settings.timeout_s), *settings.minds)
        ]  # fmt: skip
        if len(made) == 1:
            return made[0]
        from geoagent.reasoners.vlm.minds import Minds

        return Minds(made)

    def _price(self, model: str) -> "Price | None":
        """What a model costs, as far as it is known. Raises ConfigError where it has to be."""
        from geoagent.reasoners.vlm.prices import price_of

        price = price_of(model, self.settings.vlm or "", self.settings.prices)
        if self.settings.max_cost is not None and price is None:
            raise ConfigError(
                f"max_cost: it is not known what {printable(model)} costs; give its price in the settings, as "
                f'GEOAGENT_PRICES="{printable(model)}=IN/OUT", in dollars for a million tokens'
            )
        return price


def _each_once(priors: Sequence[Prior], named: Sequence[str]) -> tuple[Prior, ...]:
    """The caller's priors. Raises ConfigError where one is none, two have one name, or a named one is not there."""
    for name in named:
        opening(name, Path())
    known = list(named)
    for prior in map(checked_prior, priors):
        if prior.name in known:
            raise ConfigError(f"two priors are called {prior.name}; give each a name of its own")
        known.append(prior.name)
    return tuple(priors)


def _texts(given: GivenTexts) -> tuple[str, ...]:
    """The texts of a case, line by line without what is no writing. Raises ConfigError for empty and endless ones."""
    texts = [given] if isinstance(given, str) else list(given)
    clean = tuple("\n".join(printable(line) for line in text.splitlines()).strip() for text in texts)
    if any(not text for text in clean):
        raise ConfigError("text: an empty text was given; write what was posted")
    if len(clean) > MOST_TEXTS or any(len(text) > LONGEST_POST for text in clean):
        raise ConfigError(f"text: at most {MOST_TEXTS} texts of {LONGEST_POST:,} characters can be given")
    return clean


def json_schemas() -> dict[str, dict[str, Any]]:
    """The published JSON Schemas of an answer and of a trace, by their names "prediction" and "trace"."""
    return {"prediction": Prediction.model_json_schema(), "trace": TraceFile.model_json_schema()}
