"""Reads where in a picture a model says that something is, for clues and tool arguments alike, in whatever unit the
model writes.

The prompt asks for fractions. Models of some families write what they were trained on instead: pixels of the picture
that they were sent, or thousandths of its sides.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

Size = tuple[int, int]
Unit = Literal["fractions", "per cent", "thousandths", "pixels"]
PLACED = frozenset({"box", "corners", "lines"})
"""The arguments of tools that hold coordinates in a view."""
ROUNDED = 1.03
"""How far a coordinate may lie beyond the edge: models round, and servers bring pictures to sizes of their own."""
_PIXELS = r"qwen-?2[._-]?5-?vl|qwen-vl-(max|plus)|ui-tars|mimo-vl|holo-?1|claude|\bgpt-|\bo[134]\b"
_THOUSANDTHS = (
    r"qwen-?2-?vl|qwen-?3|qwen-vl|internvl|glm-?4|cogvlm|cogagent|gemini|gemma|minicpm|doubao|seed|deepseek-vl|ernie"
    r"|step-?[13]"
)
_DOWN_FIRST = r"gemini|gemma"
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


class Taught(NamedTuple):
    """How a family of models writes coordinates where it does not write fractions; `unit` is None for a family that is
    not known.

    `down_first` means that y comes before x.
    """

    unit: Literal["thousandths", "pixels"] | None = None
    down_first: bool = False


def taught(model: str) -> Taught:
    """How the model with that name writes coordinates, as far as its family is known: "qwen2.5-vl" in pixels, "gemini"
    in thousandths.
    """
    name = model.lower().replace("_", "-").replace("qwen2.5vl", "qwen2.5-vl")
    unit: Literal["thousandths", "pixels"] | None = None
    if re.search(_PIXELS, name):
        unit = "pixels"
    elif re.search(_THOUSANDTHS, name):
        unit = "thousandths"
    return Taught(unit, re.search(_DOWN_FIRST, name) is not None)


def unit_of(placed: Iterable[tuple[Any, Size | None]], model: Taught) -> Unit:
    """The unit of all coordinates in one answer of a model: "fractions", "per cent", "thousandths" or "pixels".

    `placed` are pairs of coordinates (a list, or lists of them) and the (width, height) in pixels of the picture that
    they are in, or None. It is told by the largest number and by how the `model` was taught.
    """
    values = [(value, size) for numbers, size in placed for value in zip(*_sides(numbers), strict=False) if value]
    top = max((max(pair) for pair, _ in values), default=0.0)
    if top <= ROUNDED:
        return "fractions"
    inside = all(size is None or (x <= size[0] * ROUNDED and y <= size[1] * ROUNDED) for (x, y), size in values)
    if model.unit == "pixels" and inside and any(size for _, size in values):
        return "pixels"
    if model.unit is None and top <= 100:
        return "per cent"
    return "thousandths" if top <= 1000 * ROUNDED else "pixels"


def fractions(numbers: Any, unit: Unit, size: Size | None, down_first: bool = False) -> Any:
    """Coordinates [x, y, x, y, ...], or lists of them in any depth, turned from `unit` into fractions of the picture
    from 0 to 1; whatever is no number stays as it is.

    `size` is the (width, height) of the picture in pixels. `down_first` says that y comes before x in each pair;
    fractions are then taken as x before y all the same.
    """
    if not isinstance(numbers, list):
        return numbers
    if numbers and all(isinstance(item, list) for item in numbers):
        return [fractions(item, unit, size, down_first) for item in numbers]
    if not all(_is_number(item) for item in numbers):
        return numbers
    sides = {"fractions": (1.0, 1.0), "per cent": (100.0, 100.0), "thousandths": (1000.0, 1000.0)}
    wide, high = (size or (1000, 1000)) if unit == "pixels" else sides[unit]
    if down_first and unit != "fractions":
        numbers = [number for y, x in zip(numbers[::2], numbers[1::2], strict=False) for number in (x, y)]
    return [min(max(value / (high if i % 2 else wide), 0.0), 1.0) for i, value in enumerate(numbers)]


def four_numbers(value: Any) -> list[float] | None:
    """The four numbers of a box that a model wrote as a list, as text, with named edges, or as two corners; None where
    it is no box.

    Their unit and order stay as they were written; only per cent in a text become fractions.
    """
    if isinstance(value, str):
        scale = 100 if "%" in value else 1
        value = [float(number) / scale for number in _NUMBER.findall(value)]
    if isinstance(value, dict):
        value = _edges(value)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list | dict | str):
        return four_numbers(value[0])
    if isinstance(value, list) and len(value) > 1 and all(map(_corner, value)):
        across, down = zip(*map(_corner, value), strict=True)
        value = (
            [min(across), min(down), max(across), max(down)]
            if len(value) > 2
            else [across[0], down[0], across[1], down[1]]
        )
    if not isinstance(value, list) or len(value) != 4:
        return None
    numbers = [_number(item) for item in value]
    return [number for number in numbers if number is not None] if None not in numbers else None


def down_then_right(value: Any) -> list[float] | None:
    """A box that a model wrote as [y0, x0, y1, x1] in thousandths (Gemini's `box_2d`), as [x0, y0, x1, y1] in
    fractions; None where it is no box.
    """
    box = four_numbers(value)
    if box is None:
        return None
    scale = 1.0 if max(box) <= ROUNDED else 1000.0
    return [box[1] / scale, box[0] / scale, box[3] / scale, box[2] / scale]


def _edges(value: dict[str, Any]) -> list[Any] | None:
    named = {re.sub(r"[^a-z0-9]", "", str(name).lower()): edge for name, edge in value.items()}
    for names in (
        ("x0", "y0", "x1", "y1"), ("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"),
        ("left", "top", "right", "bottom"), ("minx", "miny", "maxx", "maxy"),
    ):  # fmt: skip
        if all(name in named for name in names):
            return [named[name] for name in names]
    for across, down, wide, high in (("x", "y", "width", "height"), ("x", "y", "w", "h"),
                                     ("left", "top", "width", "height")):  # fmt: skip
        numbers = [_number(named.get(name)) for name in (across, down, wide, high)]
        if None not in numbers:
            x, y, w, h = (number or 0.0 for number in numbers)
            return [x, y, round(x + w, 9), round(y + h, 9)]
    for names in (("cx", "cy", "w", "h"), ("cx", "cy", "width", "height"), ("centerx", "centery", "width", "height")):
        numbers = [_number(named.get(name)) for name in names]
        if None not in numbers:
            x, y, w, h = (number or 0.0 for number in numbers)
            return [round(edge, 9) for edge in (x - w / 2, y - h / 2, x + w / 2, y + h / 2)]
    corners = [named.get("topleft"), named.get("bottomright")]
    return four_numbers(corners) if all(corners) else None


def _corner(value: Any) -> list[float] | None:
    """A point, as two numbers or by the names of its coordinates."""
    if isinstance(value, dict) and {"x", "y"} <= set(value):
        value = [value["x"], value["y"]]
    return value if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float | None:
    if _is_number(value):
        return float(value)
    if isinstance(value, str) and (match := _NUMBER.search(value)):
        return float(match.group()) / (100 if "%" in value else 1)
    return None


def _sides(numbers: Any) -> tuple[list[float], list[float]]:
    flat = list(_flat(numbers))
    return flat[::2], flat[1::2]


def _flat(numbers: Any) -> Iterator[float]:
    if isinstance(numbers, list):
        for item in numbers:
            yield from _flat(item)
    elif _is_number(numbers):
        yield float(numbers)
