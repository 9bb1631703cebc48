"""Results of runs, as they stand in the file, and compared without what no two runs share."""

import json
from pathlib import Path
from typing import Any

from geoagent.runs.run_folder import Result, read_results


def lines_in(run: Path) -> list[dict[str, Any]]:
    """The whole lines of a run's results, in the order of the file; none before there is one."""
    try:
        return [json.loads(line) for line in (run / "results.jsonl").read_bytes().split(b"\n")[:-1]]
    except FileNotFoundError:
        return []


def differing(one: Path, other: Path) -> list[str]:
    """The ids of which two runs do not hold the same."""
    left, right = ({result.id: _timeless(result) for result in read_results(run)} for run in (one, other))
    return sorted(name for name in left | right if left.get(name) != right.get(name))


def _timeless(result: Result) -> Any:
    """Everything of a result but when things were done and how long they took, which the hashes cover too."""
    told = result.model_dump(mode="json", exclude={"sha256"})
    if trace := told["trace"]:
        trace.pop("sha256", None)
        trace["prediction"]["usage"].pop("seconds")
        trace["trace"]["calls"] = [{**call, "at": "", "elapsed_s": 0} for call in trace["trace"]["calls"]]
    return told
