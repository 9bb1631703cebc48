"""The tool `lookup_encyclopedia`: looks something up in Wikipedia, or in Wikidata where Wikipedia has nothing."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Kernel, Mixture
from geoagent.plain_text import fold
from geoagent.reading.texts import toponym_group
from geoagent.tools.core.cited_texts import CITED, LONGEST, quoted_text
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.services.wikidata import WIKIDATA, things
from geoagent.web.services.wikipedia import WIKIPEDIA, Article, articles
from geoagent.web.untrusted_text import quoted

SIGMA_KM = 2.0
SHORTEST_TITLE = 6
WEIGHT = 0.6
"""How often a thing whose name is read in a photo is that of the article, and not another of the same name."""


def lookup_encyclopedia(
    context: ToolContext,
    words: Annotated[
        str, Field(min_length=2, max_length=120, description="a name, such as of a church, shop or event")
    ],
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z]{2,8})?$", description='such as "de"')] = "en",
    clue: Annotated[str | None, Field(max_length=LONGEST, description=CITED)] = None,
) -> ToolResult:
    """Look up names and things in Wikipedia: what they are, and where.

    Ask in the language of the place where you can. With `clue` the place of the article counts as evidence.
    """
    found = articles(context.wire, words, language) if context.wire.allows(WIKIPEDIA) else []
    if not found and context.wire.allows(WIKIDATA):
        items = things(context.wire, words, language)
        text = "; ".join(f"{quoted(f'Wikidata {i.item}', f'{i.label}: {i.description}')}" for i in items)
        return ToolResult(text=text or "nothing of that name was found", data={"items": [i._asdict() for i in items]})
    if not found:
        return ToolResult(text="nothing of that name was found", data={"articles": []})
    rows = [{**a._asdict(), "point": a.point.model_dump() if a.point else None} for a in found]
    evidence = tuple(_evidence(context, found, clue))
    return ToolResult(text="; ".join(map(_told, found)), data={"articles": rows}, evidence=evidence)


def _told(article: Article) -> str:
    where = f" at {article.point.lat:.4f}, {article.point.lon:.4f}" if article.point else ""
    return quoted(article.url + where, f"{article.title}: {article.extract}", 700)


def _evidence(context: ToolContext, found: Sequence[Article], cited: str | None) -> Iterator[Evidence]:
    """The places of the articles whose titles stand in a text that OCR has read, as alternatives of one reading."""
    read = quoted_text(context, cited)
    if read is None or not read.is_recognised:
        return
    shown = [a for a in found if a.point is not None and _stands_in(a.title, read.text)]
    if not shown:
        return
    weight = WEIGHT * read.confidence / len(shown)
    kernels = [Kernel(lat=a.point.lat, lon=a.point.lon, sigma_km=SIGMA_KM) for a in shown if a.point]
    names = ", ".join(f'"{a.title}"' for a in shown)
    yield Evidence(
        kind="article",
        witness="tool:lookup_encyclopedia",
        statement=f"Wikipedia knows where {names} is, which was read in the photo",
        likelihood=Mixture(parts=tuple((weight, kernel) for kernel in kernels)),
        level="city",
        group=toponym_group(shown[0].title),
        clues=read.ids,
    )


def _stands_in(title: str, text: str) -> bool:
    name = fold(title.partition(" (")[0])
    return len(name) >= SHORTEST_TITLE and f" {name} " in f" {fold(text)} "
