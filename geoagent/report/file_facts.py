"""What a photo's file tells of how it was made, in sentences that do not judge it."""

from collections.abc import Iterator

from geoagent.case.views import Credentials, FileFacts
from geoagent.plain_text import joined

INSTALL = "pip install 'geoagent-locate[credentials]'"
ACTIONS = {
    "c2pa.created": "made", "c2pa.opened": "opened", "c2pa.edited": "edited", "c2pa.cropped": "cropped",
    "c2pa.resized": "resized", "c2pa.color_adjustments": "colours adjusted", "c2pa.orientation": "turned",
    "c2pa.filtered": "filtered", "c2pa.converted": "saved in another form", "c2pa.transcoded": "saved anew",
    "c2pa.published": "published", "c2pa.placed": "other pictures put in", "c2pa.removed": "parts taken out",
    "c2pa.drawing": "drawn on", "c2pa.redacted": "facts taken out", "c2pa.watermarked": "watermarked",
    "c2pa.unknown": "something that is not told",
}  # fmt: skip
"""The edits that C2PA names, in words; others stand as they are coded."""


def file_facts(facts: FileFacts | None) -> Iterator[str]:
    """Sentences on a photo's file: metadata, signs of having been saved again, content credentials.

    None at all for None, as older traces have it.
    """
    if facts is None:
        return
    if facts.metadata:
        yield f"The file holds {joined(facts.metadata)}."
    else:
        yield (
            "The file holds no metadata. Messengers, websites and many programs leave them out, and that alone says "
            "nothing of the picture."
        )
    if facts.jpeg_quality:
        yield (
            f"It is coded as common programs save a JPEG at quality {facts.jpeg_quality}, and some cameras too: it may "
            "have been saved again after it was taken."
        )
    if facts.credentials:
        yield credentials_in_words(facts.credentials)


def credentials_in_words(found: Credentials) -> str:
    """What the content credentials (C2PA) of a photo's file say, and what that is worth, as one text."""
    if found.outcome == "unread":
        return f"The file holds content credentials (C2PA), which were not read; {INSTALL} adds what reads them."
    if found.outcome == "damaged":
        return (
            "The file holds content credentials (C2PA) that could not be read: they are damaged, or of an unknown form."
        )
    who = f"by {found.signer}" if found.signer else "by somebody whom the certificate does not name"
    when = f" at {found.signed_at}" if found.signed_at else ", at a time that no time stamp tells"
    what = f" with {found.software}" if found.software else ""
    steps = [ACTIONS.get(action, action) for action in dict.fromkeys(found.actions)]
    edits = f" Edits that it tells: {', '.join(steps)}." if steps else " It tells of no edits."
    holds = (
        " The signature holds: the picture is as it was signed."
        if found.outcome == "holds"
        else f" The signature does not hold: the picture or what is said of it was changed ({', '.join(found.faults)})."
    )
    unasked = " No list of trusted certificates was asked, so the name is what the certificate says of itself."
    return f"Content credentials (C2PA): signed {who}{when}{what}.{holds}{edits}{unasked}"
