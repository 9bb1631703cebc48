"""The reliability diagram as SVG."""

from collections.abc import Sequence
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.eval.reliability import reliability_bins


def draw_reliability(confidences: Sequence[float], right: Sequence[float], path: Path, title: str) -> None:
    """Draw stated probability against how often it came true, with 95 % intervals. Raises ConfigError."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError("drawing needs matplotlib: pip install 'geoagent-locate[eval]'") from error
    bins = reliability_bins(confidences, right)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    stated = [b.confidence for b in bins]
    share = [b.accuracy.value for b in bins]
    below = [b.accuracy.value - b.accuracy.low for b in bins]
    above = [b.accuracy.high - b.accuracy.value for b in bins]
    axes.errorbar(stated, share, yerr=[below, above], fmt="o", color="#1f5a96", capsize=3)
    for b in bins:
        axes.annotate(f"n = {b.accuracy.n}", (b.confidence, b.accuracy.value), (6, -12), textcoords="offset points")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="stated probability of the country", ylabel="share right", title=title)
    figure.savefig(path)
