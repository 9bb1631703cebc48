"""What a case sends, turn by turn: prompt tokens, hits of the prefix cache and seconds, as real vLLM counts them.

python benchmarks/conversation.py http://127.0.0.1:8000/v1 MODEL
python benchmarks/conversation.py

A scripted model decides, so that every run asks the same; each request also goes to vLLM, for one token. Without an
address texts and schema are counted with the tokenizer of Pixtral and Mistral Small 3 (`pip install mistral-common`),
pictures by the patches of Qwen2.5-VL, which are 28 pixels wide and high.
"""

import base64
import io
import json
import re
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

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


def tokenizer() -> Callable[[str], int]:
    """How many tokens a text is."""
    import mistral_common
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

    file = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    tekken = MistralTokenizer.from_file(str(file)).instruct_tokenizer.tokenizer
    return lambda text: len(tekken.encode(text, bos=False, eos=False))


def patches(url: str) -> int:
    """The tokens of a picture."""
    width, height = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size
    return round(width / 28) * round(height / 28)


def count(request: dict[str, Any], tokens: Callable[[str], int]) -> None:
    """Print what a request consists of."""
    parts = [part for message in request["messages"] for part in _parts(message["content"])]
    texts = sum(tokens(part["text"]) for part in parts if part["type"] == "text")
    pictures = [patches(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]
    form = json.dumps(request["response_format"]["json_schema"]["schema"], ensure_ascii=False)
    schema = tokens(form)
    whole = texts + schema + sum(pictures)
    made_of = f"texts {texts}, schema {schema} ({len(form)} characters), {len(pictures)} pictures {sum(pictures)}"
    print(f"{whole:6} tokens: {made_of}")


def _parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def ask(request: dict[str, Any], url: str, model: str) -> None:
    """Send a request to vLLM, for one token, and print what it says of it."""
    asked = json.dumps({**request, "model": model, "max_tokens": 1}).encode()
    before, began = hits(url), time.monotonic()
    sent = urllib.request.Request(f"{url}/chat/completions", asked, {"Content-Type": "application/json"})
    tokens = json.load(urllib.request.urlopen(sent, timeout=600))["usage"]["prompt_tokens"]
    seconds, kept = time.monotonic() - began, hits(url) - before
    print(f"{tokens:6} tokens, {kept / tokens:5.0%} kept, {seconds:5.1f} s", flush=True)


def main(url: str = "", model: str = "") -> None:
    """Solve one photo, and print a line for each request."""
    script, tokens = iter(SCRIPT), tokenizer() if not url else len

    def relay(request: dict[str, Any]) -> dict[str, Any]:
        ask(request, url, model) if url else count(request, tokens)
        return next(script)

    with ScriptedModel([relay]) as scripted:
        settings = Settings(vlm=scripted.url, model="scripted", online=True, timeout_s=3600, no_second_look=True)
        GeoAgent(settings).solve(PHOTO)


if __name__ == "__main__":
    main(*sys.argv[1:3])
