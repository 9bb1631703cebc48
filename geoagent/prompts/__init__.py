"""Prompts: one Markdown template a node, rendered with undefined-is-an-error."""

import hashlib
import json
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template


class Prompt(NamedTuple):
    """A rendered prompt and the first digits of the SHA-256 of its template."""

    text: str
    template_hash: str


@lru_cache(maxsize=16)
def _template(name: str) -> tuple[Template, str]:
    source = (files("geoagent.prompts") / f"{name}.md").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    environment.filters["quoted"] = partial(json.dumps, ensure_ascii=False)
    return environment.from_string(source), hashlib.sha256(source.encode()).hexdigest()[:16]


def hashes() -> dict[str, str]:
    """The hash of every template that the agent uses, by name; those of the judges ("judge_…") belong to no trace."""
    names = sorted(path.name for path in files("geoagent.prompts").iterdir() if path.name.endswith(".md"))
    names = [name for name in names if not name.startswith("judge_")]
    return {name.removesuffix(".md"): _template(name.removesuffix(".md"))[1] for name in names}


def render(name: str, **values: Any) -> Prompt:
    """Render a template of this package. A missing value raises jinja2.UndefinedError."""
    template, digest = _template(name)
    return Prompt(template.render(**values).strip(), digest)
