"""Pictures that search services found, fetched only to compare them with the photo."""

from geoagent.web.fetch import PICTURE
from geoagent.web.gate import Wire
from geoagent.web.provider import DAY_S, Provider

WEB_PICTURE = Provider(
    name="web_picture",
    answers="a picture that was found, to tell whether it is the photo itself",
    terms="those of each site; one request a second to each",
    base_url="",
    accepts=PICTURE,
    every_s=1.0,
    keep_s=DAY_S,
    max_bytes=8_000_000,
)


def read_web_picture(wire: Wire, address: str) -> bytes:
    """The content of a picture at an address that a service supplied.

    Raises ToolInputError for an address that must not be asked, ToolUnavailable where it does not answer.
    """
    wire.supply([address])
    return wire.read(WEB_PICTURE, address).body
