"""Pairs candidate chains with reference chains of the same photos, and names what has no partner or was not read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import Chain, bare_id, expert_of, read_chains
from geoagent.eval.chains.georc_folder import GeoRC, Scene, is_georc, read_georc
from geoagent.eval.chains.georc_text import Protocol
from geoagent.plain_text import listed, printable

ITS_EXPERT = 3
"""The expert whose chains GeoRC's own scorer takes."""
SHOWN = 3


class Item(NamedTuple):
    """A candidate chain and the reference that it is scored against.

    `system` says whose the candidate is, `expert` whose the reference; both are known in a folder of GeoRC only ("" and
    None otherwise).
    """

    candidate: Chain
    reference: Chain
    system: str = ""
    expert: int | None = None

    @property
    def name(self) -> str:
        """The candidate's id, with system and expert where they are known: "CHALLENGE_1 SYSTEM expert 3"."""
        system, expert = self.system and f" {self.system}", f" expert {self.expert}" if self.expert else ""
        return f"{self.candidate.id}{system}{expert}"


class Aside(NamedTuple):
    """The names of chains that are left out of the scores, by reason.

    `unread` could not be read; `candidates` have no reference, `references` no candidate; `twice` are further chains
    with the same id. `concluding` are lines of chains that only name the place.
    """

    unread: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    concluding: tuple[str, ...] = ()

    def kinds(self) -> dict[str, tuple[str, ...]]:
        """The reasons, in words, for which any chain was left out, each with the names of these chains."""
        told = {
            "not read": self.unread,
            "candidates without a reference": self.candidates,
            "references without a candidate": self.references,
            "of a second time the same id": self.twice,
            "lines that only name the place, no points": self.concluding,
        }
        return {kind: names for kind, names in told.items() if names}


class Matched(NamedTuple):
    """The pairs to be scored (`items`), the chains that are left out, and what is known of the photos.

    `scenes` has the photos by the ids of the chains.
    """

    items: list[Item]
    aside: Aside
    scenes: Mapping[str, Scene]


def read_pairs(
    candidate: Path,
    reference: Path | None,
    protocol: Protocol = "ours",
    experts: Sequence[int] = (),
    systems: Sequence[str] = (),
) -> Matched:
    """Pair the chains of a candidate with those of a reference, by their ids.

    Each of both is a file, a run or a folder of GeoRC. A folder of GeoRC alone (`reference` None) holds both candidates
    and experts' references. `systems` chooses candidates by name (all if empty), `experts` references by number;
    without them the protocol "georc" takes the third expert, as GeoRC's scorer does, and "ours" all. Raises ConfigError
    where nothing can be paired, or what was chosen is not there.
    """
    if reference is None and not is_georc(candidate):
        raise ConfigError(f"{candidate}: give REFERENCE too; only a folder of GeoRC holds candidates and experts")
    bare = any(path is not None and is_georc(path) for path in (candidate, reference))
    mine = _source(candidate, protocol, bare)
    theirs = mine if reference is None else _source(reference, protocol, bare)
    chosen = _chosen_systems(mine, systems, candidate)
    references = _chosen_experts(theirs, experts, protocol, reference or candidate)
    items, aside = _matched(chosen, references)
    unread = _unread(mine, theirs, chosen, references)
    concluding = _concluding(chosen, references)
    if not items:
        raise ConfigError(_nothing(chosen, references))
    return Matched(items, aside._replace(unread=unread, concluding=concluding), {**mine.scenes, **theirs.scenes})


def _source(path: Path, protocol: Protocol, bare: bool) -> GeoRC:
    """A folder of GeoRC, or any other chains in its form: of one system, and of an expert without a number.

    `bare` says that ids are those of GeoRC, photos' names without their suffix.
    """
    if is_georc(path):
        return read_georc(path, protocol)
    chains = read_chains(path, protocol)
    chains = [chain._replace(id=bare_id(chain.id)) for chain in chains] if bare else chains
    return GeoRC({"": chains}, {expert_of(path) or 0: chains})


def _chosen_systems(found: GeoRC, systems: Sequence[str], path: Path) -> dict[str, list[Chain]]:
    missing = [name for name in systems if name not in found.candidates]
    if missing or not found.candidates:
        there = ", ".join(sorted(found.candidates)) or "none"
        what = f"no candidates of {', '.join(map(printable, missing))}" if missing else "no candidates"
        raise ConfigError(f"{path}: {what}; there are: {printable(there)}")
    return {name: chains for name, chains in sorted(found.candidates.items()) if not systems or name in systems}


def _chosen_experts(found: GeoRC, experts: Sequence[int], protocol: Protocol, path: Path) -> dict[int, list[Chain]]:
    if 0 in found.experts:
        return found.experts
    wanted = list(experts) or ([ITS_EXPERT] if protocol == "georc" else sorted(found.experts))
    missing = [str(number) for number in wanted if number not in found.experts]
    if missing or not wanted:
        there = ", ".join(map(str, sorted(found.experts))) or "none"
        what = f"no chains of expert {', '.join(missing)}" if missing else "no chains of experts"
        raise ConfigError(f"{path}: {what}; there are: {there} (choose with --expert)")
    return {number: found.experts[number] for number in wanted}


def _matched(systems: Mapping[str, list[Chain]], experts: Mapping[int, list[Chain]]) -> tuple[list[Item], Aside]:
    if [len(chains) for chains in (*systems.values(), *experts.values())] == [1, 1]:
        ((system, (mine,)),), ((expert, (theirs,)),) = systems.items(), experts.items()
        return [Item(mine, theirs, system, expert or None)], Aside()
    twice: list[str] = []
    known = {expert: _by_id(chains, f"expert {expert}" if expert else "", twice) for expert, chains in experts.items()}
    items, alone, unmet = list[Item](), list[str](), list[str]()
    for system, chains in systems.items():
        own = _by_id(chains, system, twice)
        for chain in own.values():
            met = [Item(chain, known[number][chain.id], system, number or None) for number in known
                   if chain.id in known[number]]  # fmt: skip
            items += met
            alone += [] if met else [_called(chain.id, system)]
        ids = dict.fromkeys(identity for chains in known.values() for identity in chains)
        unmet += [_called(identity, system) for identity in ids if identity not in own]
    return items, Aside((), tuple(alone), tuple(unmet), tuple(twice))


def _by_id(chains: Sequence[Chain], whose: str, twice: list[str]) -> dict[str, Chain]:
    """Chains by their ids, the first of each; the others are named."""
    found: dict[str, Chain] = {}
    for chain in chains:
        if chain.id in found:
            twice.append(_called(chain.id, whose))
        found.setdefault(chain.id, chain)
    return found


def _called(identity: str, whose: str) -> str:
    return f"{identity} ({whose})" if whose else identity


def _unread(mine: GeoRC, theirs: GeoRC, *chosen: Mapping[Any, list[Chain]]) -> tuple[str, ...]:
    of_folders = [*mine.unread, *(theirs.unread if theirs is not mine else ())]
    of_chains = (part for side in chosen for chains in side.values() for chain in chains for part in chain.unread_parts)
    return tuple(dict.fromkeys((*of_folders, *of_chains)))


def _concluding(*chosen: Mapping[Any, list[Chain]]) -> tuple[str, ...]:
    """The lines that only name the place, each with the id of its chain."""
    chains = [chain for side in chosen for chains in side.values() for chain in chains]
    return tuple(dict.fromkeys(f"{chain.id}: {line}" for chain in chains for line in chain.concluding))


def _nothing(systems: Mapping[str, list[Chain]], experts: Mapping[int, list[Chain]]) -> str:
    def some(side: Mapping[Any, list[Chain]]) -> str:
        return listed((chain.id for chains in side.values() for chain in chains), SHOWN)

    return f"candidates and references share no id of a chain: {some(systems)} / {some(experts)}"
