"""Prints what inspect_ai's own reader finds in a log: `python read_log.py LOG`."""

import json
import sys

from inspect_ai.log import read_eval_log

log = read_eval_log(sys.argv[1])
first = (log.samples or [])[0]
print(
    json.dumps(
        {
            "status": log.status,
            "ids": [sample.id for sample in log.samples or []],
            "means": {score.name: score.metrics["mean"].value for score in (log.results and log.results.scores) or []},
            "scored": {score.name: score.scored_samples for score in (log.results and log.results.scores) or []},
            "said": first.output.completion,
            "sources": [event.source for event in first.events if event.event == "info"],
        }
    )
)
