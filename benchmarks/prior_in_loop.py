"""A prior in the loop, beside the loop without it and the prior alone, on invented cases whose truth is known.

    pip install -c constraints.txt '.[prior]' && pip install --no-deps geoclip==1.3.0
    python benchmarks/prior_in_loop.py [N]      # 100 cases, at least 20: about 6 minutes on one quiet core

A case is a place drawn from the atlas's prior, and a small drawn photo. Every other photo has a sign that the
recogniser reads: a web address, a phone number or words in the country's language, all of them true and in Latin
letters; the others have none. The agent solves each as it is, without the prior and with it.

The prior is GeoCLIP as published but for its image tower, which needs CLIP's weights: in place of a photo's embedding
stands that of the true place plus noise of 0.5, 1 and 2 times its length, as `geoagent.priors.locdiff.places` makes it.
So the figures say how prior and evidence combine, not how good GeoCLIP is on photos.

"alone" is the belief that the prior's evidence of the same run gives by itself. Reliability and temperature are fitted
to the first half of the cases, as by `geoagent eval calibrate`; the second half is scored with those that ship and
with these. It only prints.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import phonenumbers
import torch
from ablations import Part, scored, without
from babel import Locale, localedata
from babel.languages import get_official_languages
from PIL import Image
from torch import Tensor

from geoagent import GeoAgent, TraceFile
from geoagent.agent import Event
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.trace import State
from geoagent.eval.calibration.fit import Labelled, fit
from geoagent.eval.calibration.grouped_rows import FITTED_LEVELS
from geoagent.eval.metrics.aggregate import paired_difference
from geoagent.eval.metrics.confidence import calibration_error
from geoagent.eval.metrics.figures import numbers, share
from geoagent.eval.metrics.intervals import Interval, mean_interval
from geoagent.eval.metrics.judged import Row, find_truth
from geoagent.geo import Point
from geoagent.graph.build import Graph, build_graph
from geoagent.priors.geoclip.locations import geoclip_folder
from geoagent.priors.geoclip.model import GeoClip
from geoagent.priors.locdiff.places import noisy, spread_of
from geoagent.priors.prior import GeoDistribution, Precision
from geoagent.reading.contacts import GLOBAL_USE
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.samples import Sample
from geoagent.settings import read_settings
from geoagent.tools.ask_prior import KIND, NAME, prior_tool
from tests.scenes import scene, sign

NOISES = (0.5, 1.0, 2.0)
WITNESS = "prior:geoclip"
SIZE, LETTERS = (480, 360), 28
ALL = without(lambda item, trace: False)
ONLY = without(lambda item, trace: item.witness != WITNESS)
SYLLABLES = ("to", "li", "bor", "ma", "ren", "ka", "su", "vel", "do", "ni")


class Spot(NamedTuple):
    """A case: its truth, as a country and as what lies within 25 km, and its traces without and with each noise."""

    country: Sample
    near: Sample
    text: bool
    off: TraceFile
    on: dict[float, TraceFile]


class Seen:
    """GeoCLIP without its image tower: every photo has the embedding (1, 512) that was set last."""

    name = "geoclip"

    def __init__(self, clip: GeoClip) -> None:
        self._clip, self.embedding = clip, torch.zeros(1, 512)

    def locate(
        self, photos: Sequence[Image.Image], *, batch: int = 16, device: str | None = None,
        precision: Precision | None = None,
    ) -> GeoDistribution:  # fmt: skip
        """What the embedding says of each photo."""
        return self._clip.distribution(self.embedding.expand(len(photos), -1))


def web(country: str, rng: random.Random) -> list[str]:
    """A web address with the country's ending, where that is not used all over the world."""
    ending = "uk" if country == "GB" else country.lower()
    return [] if ending in GLOBAL_USE else [f"www.{''.join(rng.sample(SYLLABLES, 3))}.{ending}"]


def phone(country: str, rng: random.Random) -> list[str]:
    """A phone number as it is written in the country, with the calling code half of the time."""
    number = phonenumbers.example_number(country)
    forms = phonenumbers.PhoneNumberFormat
    kind = rng.choice((forms.INTERNATIONAL, forms.NATIONAL))
    return [f"Tel. {phonenumbers.format_number(number, kind)}"] if number else []


def words(country: str, rng: random.Random) -> list[str]:
    """Four names of languages in the country's first official one (CLDR), where they need no more than a to z."""
    official = get_official_languages(country, de_facto=True)
    if not official or not localedata.exists(official[0]):
        return []
    named = Locale.parse(official[0]).languages
    plain = [named[code] for code in ("en", "de", "fr", "es", "it", "ru", "pt") if named.get(code, "é").isascii()]
    return [f"{a}, {b}" for a, b in (plain[:2], plain[2:4])] if len(plain) >= 4 else []


SIGNS: tuple[Callable[[str, random.Random], list[str]], ...] = (web, phone, words)


def photo(country: str, number: int, rng: random.Random) -> Image.Image:
    """The photo of a case: every other one with a sign, the kinds of which take turns."""
    first = number // 2 % len(SIGNS)
    lines = next((found for kind in SIGNS[first:] + SIGNS[:first] if (found := kind(country, rng))), [])
    boards = [(sign(line, LETTERS), (20, 40 + 90 * i)) for i, line in enumerate(lines if number % 2 else [])]
    return scene(*boards, size=SIZE)


def solved(agent: GeoAgent, clip: GeoClip, count: int) -> Iterator[Spot]:
    """Draw the cases, and solve each without the prior and with it at each noise."""
    atlas, rng = agent.resources.beliefs.atlas, random.Random(0)
    rows = np.random.default_rng(0).choice(len(atlas), count, p=atlas.prior / atlas.prior.sum())
    embeddings, spread = clip.embed_places(atlas.lat[rows], atlas.lon[rows]), spread_of(clip.gallery.embeddings)
    prior = Seen(clip)
    resources = agent.resources._replace(tools={**agent.resources.tools, NAME: prior_tool(lambda: prior)})
    with tempfile.TemporaryDirectory() as folder, open_checkpoints(Path(folder) / "cases.sqlite") as kept:
        graph = build_graph(resources, kept)
        for number, row in enumerate(rows):
            country = atlas.countries[atlas.country[row]]
            file = Path(folder) / f"{number}.png"
            photo(country, number, rng).save(file)
            read, *_, off = agent.follow(file)
            assert isinstance(read, Event) and isinstance(off, TraceFile)
            on = {}
            for length in NOISES:
                prior.embedding = moved(embeddings[number : number + 1], spread, length, number)
                state = from_propose_on(graph, {**agent.start(file), "trace": read.added}, f"{number} {length}")
                on[length] = off.model_copy(update={"trace": state["trace"], "prediction": state["prediction"]})
            wide = Sample(id=f"{number}", country=country, granularity="country")
            point = Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]))
            near = Sample(id=f"{number}", country=country, point=point, granularity="city", radius_km=25)
            print(f"\r{number + 1} of {count}", end="", file=sys.stderr, flush=True)
            yield Spot(wide, near, bool(number % 2), off, on)
    print(file=sys.stderr)


def from_propose_on(graph: Graph, perceived: State, name: str) -> State:
    """The end of a case whose photo has been read already, since that is the same with every prior."""
    config = graph.update_state({"configurable": {"thread_id": name}}, perceived, as_node="perceive")
    return cast(State, graph.invoke(None, config))


def moved(embedding: Tensor, spread: Tensor, length: float, seed: int) -> Tensor:
    """An embedding (1, 512) with noise that has the same direction at every length."""
    return noisy(embedding, spread, torch.tensor([length]), torch.Generator().manual_seed(seed))


def judged(cases: Sequence[Spot], noise: float | None, evidence: Callable, beliefs: Beliefs) -> list[Row]:
    """The scores of the cases by some of their evidence, without the prior where no noise is given."""
    part = Part(evidence, beliefs.reliabilities)
    return [scored(case.on[noise] if noise else case.off, part, case.country, beliefs) for case in cases]


def line(name: str, rows: list[Row]) -> None:
    """Print one row of a table."""
    p, right = numbers(rows, "country_p"), numbers(rows, "country_right")
    error = calibration_error(p, right)
    cells = [
        written(share(rows, "country_right")), written(share(rows, "country_in_5")),
        written(mean_interval(numbers(rows, "bits"))), f"{np.mean(p):.2f}", written(paired_difference(right, p)),
        f"{error.corrected:+.3f} (raw {error.raw:.3f}, by chance {error.expected:.3f})",
        f"{sum(row['country_outcome'] == 'wrong' for row in rows)} of "
        f"{sum(row['country_outcome'] != 'abstained' for row in rows)}",
    ]  # fmt: skip
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def written(interval: Interval) -> str:
    """A figure with its interval, shortly."""
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def head(title: str) -> None:
    """Print the head of a table."""
    print(
        f"\n{title}\n\n| | country right | in the first 5 | bits | mean p | p − right | ECE, corrected | stated wrong |"
    )
    print("|---|---|---|---|---|---|---|---|")


def compare(title: str, cases: Sequence[Spot], beliefs: Beliefs) -> None:
    """Off, on and alone, and what the prior adds where it is right by itself and where it is wrong."""
    head(f"{title}, n = {len(cases)}")
    off = judged(cases, None, ALL, beliefs)
    line("off", off)
    gains = []
    for noise in NOISES:
        on, alone = judged(cases, noise, ALL, beliefs), judged(cases, noise, ONLY, beliefs)
        line(f"on, noise {noise:g}", on)
        line(f"alone, noise {noise:g}", alone)
        for said, right in (("right", 1.0), ("wrong", 0.0)):
            chosen = [i for i, row in enumerate(alone) if row["country_right"] == right]
            before, after = ([numbers(rows, "bits")[i] for i in chosen] for rows in (off, on))
            if chosen:
                gain = written(paired_difference(before, after))
                gains.append(f"noise {noise:g}, prior {said}: {gain} (n = {len(chosen)})")
    print("\nbits, on less off: " + "; ".join(gains))


def refit(cases: Sequence[Spot], shipped: Reliabilities, atlas: Atlas, beliefs: Beliefs) -> None:
    """Fit the prior's r and temperature to the first half; score the second with what ships and what was fitted."""
    half = len(cases) // 2
    head(f"The second half, n = {len(cases) - half}; fitted to the first, n = {half}")
    notes = []
    for noise in NOISES:
        truths = [find_truth(case.near, beliefs) for case in cases[:half]]
        labelled = [
            Labelled(case.on[noise].trace.evidence, truth.rows, case.country.country or "")
            for case, truth in zip(cases, truths, strict=False)
        ]
        found = fit(labelled, shipped, atlas, f"noise {noise:g}").reliabilities
        table = only_the_prior(found, shipped)
        r = ", ".join(f"{table.known(WITNESS, KIND, level):.2f}" for level in FITTED_LEVELS)
        heat = table.temperatures.get("prior", 1.0)
        notes.append(f"fitted at noise {noise:g}: r = {r} for country, region and city, temperature {heat:.2f}")
        for name, which in (("on", ALL), ("alone", ONLY)):
            for kind, believed in (("shipped", shipped), ("fitted", table)):
                rows = judged(cases[half:], noise, which, Beliefs(atlas, believed))
                line(f"{name}, noise {noise:g}, {kind}", rows)
    print("\n" + "\n".join(notes))


def only_the_prior(found: Reliabilities, shipped: Reliabilities) -> Reliabilities:
    """The table that ships with the prior's rows and temperature of another."""
    rows = [row for row in found.rows if row.witness == WITNESS]
    rows += [row for row in shipped.rows if row.witness != WITNESS]
    heats = {"prior": found.temperatures["prior"]} if "prior" in found.temperatures else {}
    return Reliabilities(gamma=shipped.gamma, rows=tuple(rows), temperatures=heats)


def main(count: int) -> None:
    """Solve, score, fit and print."""
    began, shipped = time.monotonic(), load_reliabilities()
    agent = GeoAgent(read_settings({}))
    clip = GeoClip(Path("unused"), geoclip_folder(), agent.settings.cache / "geoclip")
    cases = list(solved(agent, clip, count))
    print(f"{count} cases, each solved {1 + len(NOISES)} times in {time.monotonic() - began:.0f} s")
    beliefs = agent.resources.beliefs
    compare("all", cases, beliefs)
    compare("with a sign", [case for case in cases if case.text], beliefs)
    compare("without", [case for case in cases if not case.text], beliefs)
    refit(cases, shipped, beliefs.atlas, beliefs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
