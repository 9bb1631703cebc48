"""Write geoagent/data/prices.json: what hosted models cost, from the package genai-prices (MIT).

pip install genai-prices==0.2.3 && python scripts/build_prices.py
"""

import json
from importlib.metadata import version
from pathlib import Path

from genai_prices.data import providers

HOSTS = {
    "openai": "api.openai.com",
    "anthropic": "api.anthropic.com",
    "google": "generativelanguage.googleapis.com",
    "mistral": "api.mistral.ai",
    "groq": "api.groq.com",
    "together": "api.together.xyz",
    "fireworks": "api.fireworks.ai",
}
OTHERS = ("audio", "tts", "transcribe", "realtime", "live", "image", "search", "embed", "codex", "moderation", "ft:")
FILE = Path(__file__).parent.parent / "geoagent" / "data" / "prices.json"


def dollars(price: object) -> float | None:
    """Dollars per million tokens; of a price that rises with the length the one for short questions."""
    value = getattr(price, "base", price)
    return float(value) if value is not None else None


def main() -> None:
    """Write the table."""
    table: dict[str, dict[str, list[float]]] = {}
    for provider in providers:
        if provider.id not in HOSTS:
            continue
        for model in provider.models:
            prices = model.prices[-1].prices if isinstance(model.prices, list) else model.prices
            pair = [dollars(prices.input_mtok), dollars(prices.output_mtok)]
            if None not in pair and not any(word in model.id for word in OTHERS):
                table.setdefault(HOSTS[provider.id], {})[model.id.lower()] = pair
    source = f"genai-prices {version('genai-prices')} (MIT); dollars per million tokens in and out"
    rows = ",\n".join(
        f" {json.dumps(host)}: {{\n"
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(pair)}" for name, pair in sorted(models.items()))
        + "\n }"
        for host, models in sorted(table.items())
    )
    FILE.write_text(f'{{\n "source": {json.dumps(source)},\n{rows}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
