import json
from typing import Any

import ormsgpack
import pytest

from geoagent.json_safe import MAX_DEPTH, MAX_INTEGER, MAX_VALUES, json_safe

HELD: list[Any] = []
HELD.extend([HELD] * 5)


@pytest.mark.parametrize(
    "value",
    [10**400, -(2**63) - 1, 1e999, float("nan"), 1j, b"\xff", object(), {1, 2}, {(1, 2): 3, None: 4, 5.5: 6}, "\ud800",
     {"\udfff": "\ud800"}, HELD, json.loads("[" * 900 + "]" * 900), range(3), ...],
)  # fmt: skip
def test_whatever_it_is_it_can_be_kept(value: Any) -> None:
    kept = json_safe(value)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    ormsgpack.packb(kept)
    json.dumps(kept, ensure_ascii=False).encode()


def test_what_can_be_kept_stays_as_it_is() -> None:
    value = {"a": [1, MAX_INTEGER, 0.5, True, None, "ä\n"], "b": {"c": {}}}
    assert json_safe(value) == value


def test_what_is_too_much_is_left_out() -> None:
    assert len(json_safe(["x"] * 10 * MAX_VALUES)) == 10 * MAX_VALUES
    assert json_safe(["x"] * 2 * MAX_VALUES).count("x") == MAX_VALUES - 1
    deep: Any = json_safe(json.loads("[" * 30 + "]" * 30))
    for _ in range(MAX_DEPTH):
        deep = deep[0]
    assert deep == "…"
