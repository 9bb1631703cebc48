"""An answer as a notebook shows it: a few lines of HTML, all text escaped."""

from collections.abc import Iterator
from html import escape

from geoagent.case.prediction import Prediction
from geoagent.case.summary import meaning_of_point, reasons, summary
from geoagent.plain_text import percent, printable


def as_html(prediction: Prediction) -> str:
    """A prediction as a fragment of HTML for a Jupyter notebook: the summary, a table of the levels with their
    probabilities, the point, and the strongest reasons.

    Levels that the answer does not state are in brackets. Where nothing tells where, table and point are left out.
    """
    parts = [f"<p>{_text(summary(prediction))}</p>"]
    if not prediction.is_unknown:
        point = prediction.point
        parts.append(f"<table>{''.join(_levels(prediction))}</table>")
        place = f"{meaning_of_point(prediction)}: {point.lat:.4f}, {point.lon:.4f}"
        parts.append(f"<p>{place}; 90 % within {prediction.radius_km_90:,.1f} km</p>")
    found = reasons(prediction).shown
    if found:
        items = (f"<li><b>{item.weight}</b> {_text(item.step.statement)}</li>" for item in found)
        parts.append(f"<ul>{''.join(items)}</ul>")
    return f"<div>{''.join(parts)}</div>"


def _levels(prediction: Prediction) -> Iterator[str]:
    for level in prediction.levels:
        name = _text(level.name) if level.stated else f"({_text(level.name)})"
        yield f"<tr><td>{level.level}</td><td>{name}</td><td>{_text(percent(level.probability))}</td></tr>"


def _text(text: object) -> str:
    return escape(printable(text))
