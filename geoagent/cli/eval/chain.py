"""`geoagent eval chain`: scores chains of reasoning against reference chains.

It shows the matched points side by side. A chain is a list of statements (points) that say why a photo was taken where
it was.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_force, positive
from geoagent.errors import DEGRADED, OK, ConfigError

if TYPE_CHECKING:
    from geoagent.eval.chains.pairing import Item, Matched
    from geoagent.eval.chains.scored_pairs import Judge, Row, ScoredPair
    from geoagent.eval.chains.summary import Countries, Group, Summary

    Picture = Callable[[str], str] | None

log = logging.getLogger(__name__)

EMBEDDED = "embedded"
TOLD_EVERY, TOLD_EVERY_S = 10, 10.0
SCORES = ("points", "single-call", "keys", "rubric", "grounded")


def add(actions: Any) -> None:
    """Add the action `geoagent eval chain`, which scores chains of reasoning against reference chains.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    chain = actions.add_parser("chain", help="score reasoning chains against reference chains")
    chain.add_argument(
        "candidate", type=Path, metavar="CANDIDATE",
        help="bullets, numbered steps, prose, JSON, a trace, a run, or a folder of GeoRC",
    )  # fmt: skip
    chain.add_argument(
        "reference", type=Path, metavar="REFERENCE", nargs="?",
        help="of the same kinds; a folder of GeoRC alone holds both",
    )  # fmt: skip
    _add_judges(chain)
    _add_choices(chain)
    chain.add_argument("--json", action="store_true", help="print a chain a line as JSON; the last line sums up")
    chain.set_defaults(command=run)


def _add_judges(chain: argparse.ArgumentParser) -> None:
    chain.add_argument(
        "--judge", action="append", metavar="URL",
        help='the address of a model server, or "embedded" (default), which is a screen; several are compared',
    )  # fmt: skip
    chain.add_argument("--model", action="append", metavar="NAME", help="the model's name, one for each server")
    chain.add_argument(
        "--score", choices=SCORES, default="points",
        help="points: each point by itself (default); single-call: both chains in one question; keys: the key points "
        "of each line; rubric: four marks from 1 to 5; grounded: what of a trace stands on its record (no REFERENCE)",
    )  # fmt: skip
    chain.add_argument(
        "--protocol", choices=("ours", "georc"), default="ours",
        help="georc: split, ask and count as GeoRC's own scorer does",
    )  # fmt: skip
    chain.add_argument(
        "--photos", type=Path, metavar="FOLDER",
        help="let the judge see the photos below this folder, by the chains' ids, and say what is true of them",
    )  # fmt: skip
    chain.add_argument(
        "--baselines", action="store_true",
        help="also score the chain of another photo and, with a model server, what it makes up that knows the place",
    )  # fmt: skip
    chain.add_argument("--human", type=Path, metavar="FILE", help="compare with scores of people (CSV, JSON Lines)")
    chain.add_argument("--workers", type=positive, metavar="N", default=1, help="pairs that are judged at a time (1)")
    chain.add_argument("--keep-places", action="store_true", help="do not mask place names (embedded judge)")


def _add_choices(chain: argparse.ArgumentParser) -> None:
    chain.add_argument("--system", action="append", metavar="NAME", help="only these candidates of a folder of GeoRC")
    chain.add_argument(
        "--expert", action="append", type=positive, metavar="N",
        help="only these experts (all; by --protocol georc the third)",
    )  # fmt: skip
    chain.add_argument(
        "--write-georc", type=Path, metavar="FOLDER",
        help="write CANDIDATE as candidates of GeoRC into the folders of its challenges",
    )  # fmt: skip
    add_force(chain)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval chain`: print the scores. The exit code is 3 if a judge failed on a chain, else 0.

    Raises ConfigError where files cannot be read or options do not fit each other.
    """
    judges = options.judge or [EMBEDDED]
    if options.score in ("single-call", "rubric") and EMBEDDED in judges:
        raise ConfigError(f"--score {options.score} asks a model: give its server with --judge URL")
    if options.score == "grounded":
        return _grounded(options)
    if options.write_georc:
        _write(options)
        if options.reference is None:
            return OK
    return _score(options, judges)


def _score(options: argparse.Namespace, addresses: Sequence[str]) -> int:
    from geoagent.eval.chains.judge_agreement import between_judges, read_people, with_people
    from geoagent.eval.chains.pairing import read_pairs
    from geoagent.eval.chains.scored_pairs import pictures
    from geoagent.eval.chains.summary import Summary, groups

    if options.photos and set(addresses) == {EMBEDDED}:
        raise ConfigError("--photos: only a model can look at them: give its server with --judge URL")
    people = read_people(options.human) if options.human else {}
    matched = read_pairs(
        options.candidate, options.reference, options.protocol, options.expert or (), options.system or ()
    )
    picture = pictures(matched.scenes, options.photos) if options.photos else None
    judges = _judges(options, addresses)
    scored = [row for name, judge in judges.items() for row in _rows(matched.items, options, name, judge, picture)]
    about = {
        "score": options.score,
        "protocol": options.protocol,
        "experts": sorted({item.expert for item in matched.items if item.expert}),
        "screens": [name for name, judge in judges.items() if _is_screen(judge)],
    }
    baselines, unread = _baselines(matched, options, judges) if options.baselines else ([], [])
    aside = matched.aside._replace(unread=(*matched.aside.unread, *unread))
    between, human = between_judges(scored), with_people(scored, people)
    if people and not human:
        raise ConfigError(f"{options.human}: scores none of these chains; its ids must be theirs")
    _print(options, scored, Summary(about, groups(scored, _countries(matched)), baselines, between, human, aside))
    return DEGRADED if any(row.row.fault for row in scored) else OK


def _judges(options: argparse.Namespace, addresses: Sequence[str]) -> "dict[str, Judge]":
    """The judges by the names that tell them apart. Raises ConfigError."""
    from geoagent.eval.chains.open_judges import embedded_judge, model_judge
    from geoagent.settings import read_settings

    servers = [address for address in addresses if address != EMBEDDED]
    models = options.model or [None]
    if len(models) not in (1, len(servers)):
        raise ConfigError(f"--model: {len(models)} names for {len(servers)} servers; give one, or one for each")
    names = dict(zip(range(len(servers)), models * len(servers) if len(models) == 1 else models, strict=False))
    found: dict[str, Judge] = {}
    asked = 0
    for address in addresses:
        if address == EMBEDDED:
            found[EMBEDDED] = embedded_judge(read_settings({}), options.keep_places)
            continue
        judge = model_judge(read_settings({"vlm": address, "model": names[asked]}), options.protocol)
        asked += 1
        found[f"{judge.name} at {judge.where}" if judge.name in found else judge.name] = judge
    return found


def _is_screen(judge: "Judge") -> bool:
    return judge.name == EMBEDDED


def _rows(
    items: "Sequence[Item]", options: argparse.Namespace, name: str, judge: "Judge", picture: "Picture"
) -> "list[ScoredPair]":
    from geoagent.eval.chains.scored_pairs import ScoredPair, score

    workers = 1 if _is_screen(judge) else options.workers
    with ThreadPoolExecutor(workers) as pool:
        scores = pool.map(lambda item: score(item, options.score, judge, picture), items)
        rows = counted(scores, len(items), f"chains scored by {name}")
        return [ScoredPair(item, row, name) for item, row in zip(items, rows, strict=True)]


def counted(scores: "Iterable[Row]", total: int, what: str) -> "Iterator[Row]":
    """The scores as they come; after every 10 chains, or 10 seconds, a line of the log says how many there are."""
    told = time.monotonic()
    for done, row in enumerate(scores, 1):
        if done < total and (done % TOLD_EVERY == 0 or time.monotonic() - told >= TOLD_EVERY_S):
            log.info(f"{done} of {total} {what}")
            told = time.monotonic()
        yield row


def _baselines(
    matched: "Matched", options: argparse.Namespace, judges: "dict[str, Judge]"
) -> "tuple[list[Group], list[str]]":
    """The chain of another photo and the blind chain by each judge, and what there is no baseline for."""
    from geoagent.atlas import open_atlas
    from geoagent.eval.chains.model_judge import ModelJudge
    from geoagent.eval.chains.scored_pairs import blind, of_another_photo
    from geoagent.eval.chains.summary import group
    from geoagent.settings import read_settings

    found, unread = list[Any](), list[str]()
    others = of_another_photo(matched.items, matched.scenes)
    if not others:
        unread.append("baseline, another photo: needs two photos")
    for name, judge in judges.items():
        sides = {"baseline, another photo": others}
        if isinstance(judge, ModelJudge):
            atlas = open_atlas(read_settings({}).cache)
            made, failed = blind(matched.items, matched.scenes, judge, atlas.country_name)
            sides["baseline, blind but for the place"] = made
            unread += [f"baseline, blind: {one}" for one in failed]
        for title, items in sides.items():
            found += [group(title, name, _rows(items, options, name, judge, None))] if items else []
    return found, unread


def _countries(matched: "Matched") -> "dict[str, Countries]":
    from geoagent.atlas import open_atlas
    from geoagent.eval.chains.summary import countries_named
    from geoagent.settings import read_settings

    if not any(scene.country for scene in matched.scenes.values()):
        return {}
    return countries_named(matched.items, matched.scenes, open_atlas(read_settings({}).cache))


def _print(options: argparse.Namespace, scored: "list[ScoredPair]", summary: "Summary") -> None:
    from geoagent.eval.chains.summary import as_json
    from geoagent.eval.chains.terminal import MOST_SHOWN, shown, told

    if options.json:
        for row in scored:
            print(json.dumps(_data(row), ensure_ascii=False))
        if len(scored) > 1 or summary.aside.kinds():
            print(json.dumps({"summary": as_json(summary)}, ensure_ascii=False))
        return
    if len(scored) <= MOST_SHOWN:
        for row in scored:
            print(shown(row))
    print(told(summary, frozenset(summary.about["screens"])))


def _data(scored: "ScoredPair") -> dict[str, Any]:
    from geoagent.eval.chains.scores import RubricScore, as_data

    item, row, judge = scored
    whose: dict[str, Any] = {"system": item.system, "expert": item.expert} if item.system or item.expert else {}
    whose |= {"screen": True} if judge == EMBEDDED else {}
    if isinstance(row, RubricScore):
        marks = row.rubric._asdict() | {"mean": row.rubric.mean} if row.rubric else {}
        return {"id": row.id, **whose, "judge": judge, **marks, "fault": row.fault}
    return {**as_data(row, item.candidate, item.reference, judge), **whose}


def _grounded(options: argparse.Namespace) -> int:
    """Print how much of each argument stands on its record; the exit code."""
    from geoagent.eval.chains.groundedness import grounded_in
    from geoagent.eval.chains.terminal import grounded

    if options.reference is not None:
        raise ConfigError("--score grounded compares a trace with its own record: give no REFERENCE")
    rows = list(grounded_in(options.candidate))
    print("\n".join(json.dumps(row._asdict()) for row in rows) if options.json else grounded(rows))
    return DEGRADED if any(row.fault for row in rows) else OK


def _write(options: argparse.Namespace) -> None:
    """Write the candidates as GeoRC's files, and say which chains cannot be."""
    from geoagent.console import tell
    from geoagent.eval.chains.chains import read_chains
    from geoagent.eval.chains.georc_export import write_candidates
    from geoagent.eval.chains.georc_folder import is_georc
    from geoagent.eval.chains.pairing import SHOWN
    from geoagent.plain_text import listed

    if is_georc(options.candidate):
        raise ConfigError("--write-georc: CANDIDATE is a folder of GeoRC already; give a run, a trace or chains")
    left = write_candidates(read_chains(options.candidate), options.write_georc, [options.candidate], options.force)
    if left:
        tell(f"geoagent: not written: {len(left)}: {listed(left, SHOWN)}")
