"""Prints the table of services for docs/tools.md, made from the services themselves: `python -m
geoagent.tools.core.services_table`.
"""

from geoagent.tools import TOOLS
from geoagent.web.provider import Provider


def table() -> str:
    """The table for docs/tools.md, in Markdown, of the services that tools may ask: what each answers, which tools ask
    it, what allows it, its pace, how long its answers are kept, and its terms.
    """
    rows = ["| service | answers | asked by | allowed by | pace | kept | terms |", "|---|---|---|---|---|---|---|"]
    providers = {provider.name: provider for tool in TOOLS.values() for provider in tool.providers}
    for name, provider in sorted(providers.items()):
        tools = ", ".join(f"`{tool.name}`" for tool in TOOLS.values() if provider in tool.providers)
        pace = f"{provider.every_s:g} s apart" if provider.every_s else "none"
        kept = f"{provider.keep_s / 86_400:g} days" if provider.keep_s else "no"
        rows.append(
            f"| {name} | {provider.answers} | {tools} | {_allowed(provider)} | {pace} | {kept} | {provider.terms} |"
        )
    return "\n".join(rows)


def _allowed(provider: Provider) -> str:
    needed = f"`{provider.key_variable}`" if provider.key else "`--online`" if provider.base_url is not None else ""
    own = f"`--services {provider.name}=URL`" if provider.base_url != "" else ""
    upload = f", and `--reverse-image {provider.name}`" if provider.uploads else ""
    both = " and " if provider.key and provider.base_url is None else " or "
    return both.join(filter(None, (needed, own))) + upload


if __name__ == "__main__":
    print(table())
