"""Draws diagrams as SVG without a library: axes, step curves, points with intervals, rows of intervals.

A run is given by its place in the report, from 0 on. Its colour comes from the style sheet by its class (`r0`, `r1` …);
shapes tell runs apart without colour.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from geoagent.eval.metrics.intervals import Interval

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 12, 46
ROW_WIDTH, ROW_HEIGHT = 150, 13
SHAPES = (
    "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "M-3.6 -3.6H3.6V3.6H-3.6Z", "M0 -4.6L4.4 3.6H-4.4Z", "M0 -5L5 0L0 5L-5 0Z",
    "M0 4.6L4.4 -3.6H-4.4Z", "M-4 -1.4H-1.4V-4H1.4V-1.4H4V1.4H1.4V4H-1.4V1.4H-4Z",
)  # fmt: skip
"""One a run: circle, square, triangle, diamond, inverted triangle, cross."""


class Axis(NamedTuple):
    """An axis of a diagram: its name, its ends, its ticks (value, label), and whether it is logarithmic."""

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def fraction(self, value: float) -> float:
        """Where a value lies between the ends of the axis, from 0 to 1; a value beyond an end is put at that end."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            return math.log(inside / self.low) / math.log(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)


SHARE = Axis("", 0.0, 1.0, [(share / 100, f"{share} %") for share in (0, 25, 50, 75, 100)])


class Mark(NamedTuple):
    """A dot of a diagram at `x`, with its value `y` and the interval of that."""

    x: float
    y: Interval


def diagram(x: Axis, y: Axis, body: Sequence[Markup], label: str) -> Markup:
    """A whole diagram as SVG: axes, grid and labels round what was drawn.

    `x` and `y` are the axes. `body` is what `steps`, `marks` and `diagonal` drew on these axes. `label` describes the
    diagram for readers who do not see it.
    """
    lines = [
        Markup('<path class="grid" d="M{:.1f} {}V{}"/>').format(_x(x, v), TOP, HEIGHT - BOTTOM) for v, _ in x.ticks
    ]
    lines += [
        Markup('<path class="grid" d="M{} {:.1f}H{}"/>').format(LEFT, _y(y, v), WIDTH - RIGHT) for v, _ in y.ticks
    ]
    texts = [
        Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            _x(x, v), HEIGHT - BOTTOM + 17, "end" if x.fraction(v) > 0.98 else "middle", name
        )
        for v, name in x.ticks
    ]
    texts += [
        Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(LEFT - 7, _y(y, v) + 4, name)
        for v, name in y.ticks
    ]
    texts.append(
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.label
        )
    )
    return Markup('<svg class="diagram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join([*lines, *texts, *body])
    )


def steps(x: Axis, y: Axis, values: Sequence[float], n: int, run: int) -> Markup:
    """A step curve as SVG: the share of `n` samples whose value is at most x.

    `x` and `y` are the axes. `values` may be in any order; infinite ones, and samples without a value, count in `n`
    alone. `run` is the run's place.
    """
    path = [f"M{_x(x, x.low):.1f} {_y(y, sum(v <= x.low for v in values) / n):.1f}"]
    done = 0
    for done, value in enumerate(sorted(v for v in values if v <= x.high), 1):
        if value > x.low:
            path.append(f"H{_x(x, value):.1f}V{_y(y, done / n):.1f}")
    path.append(f"H{_x(x, x.high):.1f}")
    return Markup('<path class="curve r{}" d="{}"/>').format(run, "".join(path))


def marks(x: Axis, y: Axis, points: Sequence[Mark], run: int, runs: int) -> Markup:
    """Dots with their intervals as SVG; those without a value are left out.

    `x` and `y` are the axes. `run` is the run's place among the `runs` that are drawn; dots of several runs stand a
    little apart.
    """
    shift = 7 * (run - (runs - 1) / 2)
    drawn = [
        Markup(
            '<g class="mark r{}"><path class="whisker" d="M{x:.1f} {:.1f}V{:.1f}"/>'
            '<path d="{}" transform="translate({x:.1f} {:.1f})"><title>{}</title></path></g>'
        ).format(run, _y(y, v.low), _y(y, v.high), SHAPES[run], _y(y, v.value), str(v), x=_x(x, at) + shift)
        for at, v in points
        if not math.isnan(v.value)
    ]
    return Markup("").join(drawn)


def diagonal(x: Axis, y: Axis) -> Markup:
    """The diagonal of a reliability diagram as SVG: the line on which stated probabilities come true exactly.

    `x` and `y` are the axes.
    """
    ends = (_x(x, x.low), _y(y, y.low), _x(x, x.high), _y(y, y.high))
    return Markup('<path class="diagonal" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(*ends)


def interval_row(intervals: Sequence[Interval | None]) -> Markup:
    """Shares of several runs with their intervals as a small SVG, a line for each run on one scale from 0 to 1.

    A run whose interval is None has an empty line.
    """
    height = ROW_HEIGHT * len(intervals) + 4
    width = ROW_WIDTH - 12
    drawn = [Markup('<path class="grid" d="M{0} 0V{1}"/>').format(6 + width * at / 4, height) for at in range(5)]
    for run, v in enumerate(intervals):
        if v is None or math.isnan(v.value):
            continue
        y = 2 + ROW_HEIGHT * (run + 0.5)
        drawn.append(
            Markup(
                '<g class="mark r{}"><path class="whisker" d="M{:.1f} {y}H{:.1f}"/>'
                '<path d="{}" transform="translate({:.1f} {y})"/></g>'
            ).format(run, 6 + width * v.low, 6 + width * v.high, SHAPES[run], 6 + width * v.value, y=y)
        )
    return Markup('<svg class="row" viewBox="0 0 {} {h}" width="{}" height="{h}" aria-hidden="true">{}</svg>').format(
        ROW_WIDTH, ROW_WIDTH, Markup("").join(drawn), h=height
    )


def key(run: int) -> Markup:
    """The sign of a run as a small SVG for a legend. `run` is the run's place, from 0 to 5."""
    return Markup(
        '<svg class="key" viewBox="-6 -6 12 12" width="12" height="12" aria-hidden="true">'
        '<g class="mark r{}"><path d="{}"/></g></svg>'
    ).format(run, SHAPES[run])


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.fraction(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.fraction(value) * (HEIGHT - TOP - BOTTOM)
