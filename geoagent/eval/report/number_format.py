"""How figures are written in a report: shares in percent, numbers as finely as they deserve."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.report.paired import Difference
from geoagent.eval.report.summary import is_share

SMALLEST = 0.0005
"""What is nearer to 0 is rounding."""


def figure(value: float) -> str:
    """A number as text, as finely as it deserves: "0.123", "1,234", "2.5 million"; "–" for NaN.

    What is nearer to 0 than 0.0005 is "0".
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    size = abs(value)
    text = f"{size / 1e6:,.3g} million" if size >= 1e6 else f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
    if size < SMALLEST:
        return "0"
    return f"−{text}" if value < 0 else text


def share(value: float) -> str:
    """A share from 0 to 1 as text in percent: "41 %". What is nearly none or all is "<1 %" or ">99 %"."""
    if 0 < value < 0.005:
        return "<1 %"
    if 0.995 < value < 1:
        return ">99 %"
    return f"{100 * value:.0f} %"


def words(value: Interval | str | None, name: str) -> Markup:
    """A figure with its interval and its number of samples as HTML; "–" where it is missing.

    `name` is the figure's; it tells whether the figure is a share.
    """
    if value is None or (isinstance(value, Interval) and value.n == 0):
        return Markup('<span class="none">–</span>')
    if isinstance(value, str):
        first, _, rest = value.partition(" ")
        return Markup('<span class="value"><b>{}</b> <span class="ci wide">{}</span></span>').format(
            first.replace("-", "−"), rest.strip("()")
        )
    write = share if is_share(name) else figure
    return Markup(
        '<span class="value"><b>{}</b> <span class="ci">{} to {}</span> <span class="n">n&nbsp;{:,}</span></span>'
    ).format(write(value.value), write(value.low), write(value.high), value.n)


def error_classes(limits_km: Sequence[float]) -> list[str]:
    """The names of the classes of error, the best first: "up to 25 km" and so on, then "farther than 2,500 km".

    `limits_km` are their upper ends, ascending.
    """
    last = f"farther than {figure(limits_km[-1])} km"
    return [f"up to {figure(limit)} km" for limit in limits_km] + [last]


def change(difference: Difference) -> Markup:
    """The difference between two runs with its sign and interval, as HTML; that of shares in percentage points."""
    write = _points if difference.test else signed
    v = difference.difference
    return Markup('<span class="value"><b>{}</b> <span class="ci">{} to {}</span></span>').format(
        write(v.value), write(v.low), write(v.high)
    )


def p_value(p: float) -> str:
    """A p-value as text with three decimals; "<0.001" below that."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _points(value: float) -> str:
    points = round(100 * value)
    return f"{points:+d} pp".replace("-", "−") if points else "0 pp"


def signed(value: float) -> str:
    """A number as text with its sign, as finely as it deserves: "+1.25", "−3", "0"."""
    text = figure(value)
    return text if value < 0 or text == "0" else f"+{text}"
