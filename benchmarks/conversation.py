"""What a case sends, turn by turn: prompt tokens, hits of the prefix cache and seconds, as real vLLM counts them.

python benchmarks/conversation.py http://127.0.0.1:8000/v1 MODEL

A scripted model decides, so that every run asks the same; each request also goes to vLLM, for one token.
"""

import json
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from geoagent import GeoAgent, Settings
from geoagent.testing import ScriptedModel, action, look

PHOTO = Path(__file__).parent.parent / "examples" / "photos" / "spain_zaragoza.jpg"
ZOOMS = [
    action("zoom", thought="It may name a street.", view=1, box=[n / 20, 0.1, n / 20 + 0.4, 0.6]) for n in range(6)
]
SCRIPT = [
    look({"country": "Spain", "region": "Aragon", "city": "Zaragoza", "probability": 0.7}),
    *ZOOMS,
    action("lookup_place", name="Zaragoza"),
    action("conclude", claims=[]),
]


def hits(url: str) -> float:
    """The tokens that vLLM did not have to compute so far."""
    text = urllib.request.urlopen(url.removesuffix("/v1") + "/metrics").read().decode()
    found = re.findall(r"^vllm:prefix_cache_hits(?:_total)?{[^}]*} ([\d.e+]+)$", text, re.MULTILINE)
    return sum(map(float, found))


def main(url: str, model: str) -> None:
    """Solve one photo, and print a line for each request."""
    script = iter(SCRIPT)

    def relay(request: dict[str, Any]) -> dict[str, Any]:
        asked = json.dumps({**request, "model": model, "max_tokens": 1}).encode()
        before, began = hits(url), time.monotonic()
        sent = urllib.request.Request(f"{url}/chat/completions", asked, {"Content-Type": "application/json"})
        tokens = json.load(urllib.request.urlopen(sent, timeout=600))["usage"]["prompt_tokens"]
        seconds, kept = time.monotonic() - began, hits(url) - before
        form = len(json.dumps(request.get("response_format")))
        print(f"{tokens:6} tokens, {kept / tokens:5.0%} kept, {seconds:5.1f} s, schema {form} characters", flush=True)
        return next(script)

    with ScriptedModel([relay]) as scripted:
        GeoAgent(Settings(vlm=scripted.url, model="scripted", online=True, timeout_s=3600)).solve(PHOTO)


if __name__ == "__main__":
    main(*sys.argv[1:3])
