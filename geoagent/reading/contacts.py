"""Finds web and mail addresses in texts, and the countries that they belong to; `texts` makes evidence of them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from geoagent.reading.countries import country_codes

GLOBAL_USE = frozenset(
    "ac ad ag ai am as bz cc cd co cx dj fm gg gl io la ly me ms mu nu pw sc sh sr st tk to tv vc vg ws".split()
)
"""Country endings that are registered all over the world for how they read: they count below an official name only."""
DOUBTFUL = frozenset("cf cm et ga gq im ml ne om".split())
"""Endings that are sold all over the world as well, or that are left of .com and .net when a letter is misread."""
WORDS = frozenset({"is"})
"""Endings that two sentences make where a full stop runs into the next word: doubtful but in an address written out."""
OFFICIAL = frozenset({"gov", "gob", "gouv", "govt", "edu", "ac", "mil"})
NATIONAL = OFFICIAL | {"co", "com", "net", "org"}
HOST = re.compile(r"(?<![\w.-])((?:[a-z0-9][a-z0-9-]{0,62}\.){1,3}([a-z]{2,4}))(?![\w-])", re.IGNORECASE)
_CODE = re.compile(r"/(?=[A-Za-z]*\d|[a-z]*[A-Z])(?!\d+$)[A-Za-z0-9_-]{4,12}(?![\w./-])")
"""What stands behind the host of a short link: letters and digits, or small and large letters, that make no word."""
SHORT_HOST = 8
"""The most letters of the host of a short link, its ending aside."""


class Domain(NamedTuple):
    """The host name of a web or mail address, and the ISO code of the country whose ending it has.

    `doubtful` says that the ending is also used all over the world, or is perhaps a short link's.
    """

    text: str
    country: str
    doubtful: bool = False


def find_domains(text: str) -> Iterator[Domain]:
    """The host names in a text that have a country's own ending.

    Left out are those of services of the whole world, and of endings that are mostly sold for how they read (".tv")
    unless an official name precedes them (".gov.tv").
    """
    for match in HOST.finditer(text):
        host, ending = match[1].lower(), match[2].lower()
        code, above = "GB" if ending == "uk" else ending.upper(), host.split(".")[-2]
        if len(ending) != 2 or code not in country_codes() or _serves_the_world(host) or len(above) < 2:
            continue
        national = above in OFFICIAL or (above in NATIONAL and host.count(".") > 1)
        if ending not in GLOBAL_USE or national:
            written_out = host.startswith("www.") or text[: match.start()].endswith(("@", "//"))
            doubtful = ending in DOUBTFUL or (ending in WORDS and not written_out)
            short = len(above) < SHORT_HOST and host.count(".") == 1 and _CODE.match(text, match.end()) is not None
            yield Domain(host, code, (doubtful and above not in NATIONAL) or short)


def _serves_the_world(host: str) -> bool:
    labels = host.split(".")
    return any(".".join(labels[i:]) in _global_hosts() for i in range(len(labels) - 1))


@lru_cache(maxsize=1)
def _global_hosts() -> frozenset[str]:
    lines = (files("geoagent.reading") / "global_hosts.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(host for line in lines if not line.startswith("#") for host in line.split(","))
