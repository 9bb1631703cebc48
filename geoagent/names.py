"""Names and other text from outside: folded for look-up, made safe for display."""

import unicodedata


def fold(name: str) -> str:
    """A name as it is looked up: compatibility-decomposed, without accents, casefolded, words joined by one space."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(ch for ch in decomposed if not unicodedata.combining(ch)).casefold()
    return " ".join("".join(ch if ch.isalnum() else " " for ch in bare.replace("'", "").replace("’", "")).split())


def printable(text: object) -> str:
    """Text as one line without control, bidirectional or unpaired surrogate characters."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in str(text)).split())
