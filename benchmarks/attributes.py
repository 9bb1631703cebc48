"""What attributes are worth (Recall versus Area): climate, settlement and coast as evidence, on drawn truths.

    python benchmarks/attributes.py [CASES]      # 60, at least 20

Truths are rows of the atlas, drawn by its prior. To each question the tables' own answer is given as often as they say
for the true place's surroundings, and with the probability .3 any answer instead: a viewer who is right in seven of ten
or more, and is believed by r = .5 as shipped. Printed are the bits that the true division gains, and the area in km² of
the densest cells down to the true one, at recall .5 and .8. "Fitted": r of each kind is fitted to the first half of the
cases as by `geoagent eval calibrate`; all figures are those of the second half. It says what such answers can be worth,
not how well a model gives them.
"""

import random
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from geoagent.atlas import Atlas, Mask, open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.density import by_surroundings
from geoagent.belief.questions import sight_tables
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Surroundings
from geoagent.eval.calibration.fit import Labelled, fit
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.eval.metrics.judged import Truth, area_until
from geoagent.settings import read_settings

KINDS = ("landscape", "settlement", "shore")
ANY = 0.3


class Case(NamedTuple):
    """A drawn truth, the rows of its division, and what a viewer answers to each question."""

    row: int
    inside: Mask
    answers: dict[str, Evidence]


def drawn(atlas: Atlas, count: int) -> list[Case]:
    """Truths with answers."""
    rng, chances = random.Random(0), {}
    for kind in KINDS:
        said = {name: answer.likelihood() for name, answer in sight_tables()[kind].answers.items()}
        chances[kind] = {n: (s, by_surroundings(s, atlas)) for n, s in said.items() if isinstance(s, Surroundings)}
    rows = np.random.default_rng(0).choice(len(atlas), count, p=atlas.prior / atlas.prior.sum())
    cases = []
    for row in rows.tolist():
        answers = {}
        for kind, known in chances.items():
            weights = [1.0 if rng.random() < ANY else float(p[row]) for _, p in known.values()]
            (name,) = rng.choices(list(known), weights)
            answers[kind] = Evidence(
                kind=kind, witness="vlm:drawn", statement=name, likelihood=known[name][0], level="region", group=kind
            )
        division = atlas.division_of(row) or atlas.country_of(row)
        cases.append(Case(row, atlas.rows(division), answers))
    return cases


def line(name: str, cases: list[Case], kinds: tuple[str, ...], beliefs: Beliefs) -> None:
    """Print a row of the table."""
    bits, areas = [], []
    for case in cases:
        belief = beliefs.of([case.answers[kind] for kind in kinds])
        bits.append(float(np.log2(belief.probability[case.inside].sum() / belief.atlas.prior[case.inside].sum())))
        here = np.zeros(len(belief.atlas), bool)
        here[case.row] = True
        areas.append(area_until(belief, Truth(here, here)))
    half, most = (float(np.quantile(areas, share)) for share in (0.5, 0.8))
    mean = mean_interval(bits)
    print(f"| {name} | {mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}] | {half:.3g} | {most:.3g} |", flush=True)


def refit(cases: list[Case], shipped: Reliabilities, atlas: Atlas) -> Reliabilities:
    """Reliabilities fitted to cases."""
    labelled = [Labelled(tuple(c.answers.values()), c.inside, atlas.country_of(c.row).country) for c in cases]
    return fit(labelled, shipped, atlas, "drawn").reliabilities


def main(count: int) -> None:
    """Draw, fit and print."""
    atlas, shipped = open_atlas(read_settings({}).cache), load_reliabilities()
    cases = drawn(atlas, count)
    fitted = refit(cases[: count // 2], shipped, atlas)
    rest = cases[count // 2 :]
    print(
        f"n = {len(rest)}\n\n| attributes | bits, division | km² at recall .5 | km² at recall .8 |\n|---|---|---|---|"
    )
    beliefs = Beliefs(atlas, shipped)
    line("none", rest, (), beliefs)
    for kind in KINDS:
        line(kind, rest, (kind,), beliefs)
    line("all", rest, KINDS, beliefs)
    line("all, fitted", rest, KINDS, Beliefs(atlas, fitted))
    print("\nr: " + ", ".join(f"{kind} {fitted.known('vlm:drawn', kind, 'region'):.2f}" for kind in KINDS))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
