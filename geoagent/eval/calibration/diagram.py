"""Draws a reliability diagram, stated probabilities against how often they came true, as SVG or PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.eval.metrics.confidence import calibration_error, reliability_bins
from geoagent.files.outputs import Form, Output, has_software, holds, replaced
from geoagent.no_telemetry import load_matplotlib

COLOURS = ("#b4552d", "#1f5a96", "#3f7d4e")
SHIFT = 0.006
"""How far apart the bars of two curves stand that lie on each other."""


SOFTWARE = "geoagent reliability diagram"


def _is_drawing(path: Path) -> bool:
    """Drawings name what made them; those from before that are known by the comments beside their labels."""
    return holds(path, f"<dc:title>{SOFTWARE}</dc:title>") or holds(
        path, "<!-- stated probability -->", "<!-- share right -->", "<!-- samples -->"
    )


FORMS = {
    ".svg": Form("diagram", _is_drawing),
    ".png": Form("diagram", lambda path: has_software(path, SOFTWARE)),
}
METADATA = {".svg": {"Title": SOFTWARE}, ".png": {"Software": SOFTWARE}}


def diagram_output(path: Path, inputs: Sequence[Path] = (), force: bool = False) -> Output:
    """The file of a reliability diagram (flag `--diagram`), to be checked before any work.

    `inputs` are files that are read and must not be written over; `force` lets another kind of file be replaced. Raises
    ConfigError for a suffix other than .svg and .png, or without matplotlib.
    """
    if path.suffix.lower() not in FORMS:
        raise ConfigError(f"{path}: a diagram is drawn as .svg or .png")
    try:
        load_matplotlib()  # told here, before the long work
    except ImportError as error:
        raise ConfigError("drawing needs matplotlib: pip install 'geoagent-locate[eval]'") from error
    return Output(path, FORMS[path.suffix.lower()], "--diagram", tuple(inputs), force)


def draw_reliability(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], output: Output, title: str) -> None:
    """Draw stated probabilities against how often they came true, with 95 % intervals, and how often each was stated.

    `curves` has by its name each curve's stated probabilities and, for each of them, 1 where it came true, else 0.
    `output` is what `diagram_output` gave. Raises ConfigError where the file cannot be written.
    """
    figure = load_matplotlib().figure.Figure(figsize=(5.6, 6.8), layout="constrained")
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    axes.plot([0, 1], [0, 1], color="0.75", linewidth=1, linestyle=(0, (4, 3)))
    for number, (name, (confidences, right)) in enumerate(curves.items()):
        bins, colour = reliability_bins(confidences, right), COLOURS[number % len(COLOURS)]
        at = [b.confidence + SHIFT * (number - (len(curves) - 1) / 2) for b in bins]
        share = [b.accuracy.value for b in bins]
        reach = [[b.accuracy.value - b.accuracy.low for b in bins], [b.accuracy.high - b.accuracy.value for b in bins]]
        label = f"{name}: calibration error {calibration_error(confidences, right).corrected:+.3f}"
        axes.plot(at, share, color=colour, linewidth=1.2, alpha=0.5)
        axes.errorbar(
            at, share, yerr=reach, fmt="o", markersize=6, color=colour, elinewidth=1.4, capsize=0, label=label
        )
        below.hist(confidences, bins=[i / 20 for i in range(21)], color=colour, alpha=0.45)
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), ylabel="share right")
    axes.set_title(title, loc="left", fontsize=11)
    figure.legend(loc="outside lower left", frameon=False, fontsize=9)
    axes.tick_params(length=0)
    below.tick_params(length=0)
    below.set(xlabel="stated probability", ylabel="samples")
    for panel in (axes, below):
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(color="0.93", linewidth=0.8)
        panel.set_axisbelow(True)
    suffix = output.path.suffix.lower()
    with replaced(output) as fresh:
        figure.savefig(fresh, dpi=150, format=suffix[1:], metadata=METADATA[suffix])
