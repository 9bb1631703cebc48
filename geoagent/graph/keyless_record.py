"""What a node adds is recorded without keys: none gets into the state, its checkpoints and events, or the trace."""

from collections.abc import Callable
from typing import Any

from geoagent.case.evidence import Id
from geoagent.case.trace import State, Trace
from geoagent.secrets import HIDDEN, Secrets

NOUNS = ("clues", "calls", "evidence", "spots", "candidates", "verdicts", "second_looks", "steps")
"""Each cites only itself and those before it."""
CITES = frozenset({
    "clue", "clues", "call", "supersedes", "seen", "evidence", "candidate", "rival", "supporting", "opposing", "cites",
    "renders",
})  # fmt: skip
CITING_PARTS = frozenset({"leanings"})
"""Fields whose parts cite."""


def recorded(added: State, secrets: Secrets) -> State:
    """What a node adds to the state, with all keys (`secrets`) taken out of its trace and notes."""
    if not secrets:
        return added
    kept = added.copy()
    if "trace" in kept:
        kept["trace"] = without_secrets(kept["trace"], secrets.hide)
    if "notes" in kept:
        kept["notes"] = tuple(secrets.hide(list(kept["notes"])))
    return kept


def without_secrets(trace: Trace, hide: Callable[[Any], Any]) -> Trace:
    """A trace with all keys taken out of it by `hide`, which takes and returns JSON data; the trace itself where it
    holds none.

    A record that held a key gets a new id, and is cited by that. Views are references to pictures, which have to be
    found again: of them only the words are looked at.
    """
    data = trace.model_dump(mode="json", exclude={"views"})
    hidden = hide(data)
    outside = [hide(view.outside) for view in trace.views]
    if hidden == data and outside == [view.outside for view in trace.views]:
        return trace
    views = tuple(view.model_copy(update={"outside": said}) for view, said in zip(trace.views, outside, strict=True))
    return rebuilt(trace, hidden)[0].model_copy(update={"views": views})


def rebuilt(trace: Trace, data: dict[str, Any]) -> tuple[Trace, dict[Id, Id]]:
    """A trace whose records have the content given in `data`, and the new id of each record by its old one.

    `data` is the trace as JSON data with the same records in the same order. Citations get the new ids. Views are taken
    over.
    """
    renamed: dict[Id, Id] = {}
    parts: dict[str, Any] = {}
    for name in NOUNS:
        made = []
        for item, noun in zip(data[name], getattr(trace, name), strict=True):
            new = type(noun).model_validate({**_recited(item, renamed), "id": ""})
            renamed[noun.id] = new.id
            made.append(new)
        parts[name] = tuple(made)
    turns = [{**turn, "brought": [renamed.get(i, i) for i in turn.get("brought", ())]} for turn in data["turns"]]
    said = {"views": trace.views, "turns": turns, "prompts": data["prompts"]}
    return Trace.model_validate({**parts, **said}), renamed


def _recited(item: dict[str, Any], renamed: dict[Id, Id]) -> dict[str, Any]:
    """The content of a noun with the new ids in its citations.

    In the name of a witness a hidden key becomes a dash, since such a name holds certain characters only.
    """
    found = dict(item)
    for name in CITES & item.keys():
        ids = item[name]
        found[name] = [renamed.get(i, i) for i in ids] if isinstance(ids, list) else renamed.get(ids, ids)
    for name in CITING_PARTS & item.keys():
        found[name] = [_recited(part, renamed) for part in item[name]]
    for name in ("witness", "proposer"):
        if HIDDEN in str(item.get(name, "")):
            found[name] = item[name].replace(HIDDEN, "-")
    return found
