"""Recognises that a model refuses to answer, in words where an answer should stand."""

import re

from geoagent.errors import Refused
from geoagent.plain_text import printable

_REFUSING = re.compile(
    r"\W*(?:(?:i'?m|i am|i’m)?\s*(?:very |so |really )?(?:sorry|afraid|unable|not able)|i apologi[sz]e|unfortunately"
    r"|i (?:can'?t|can’t|cannot|can not|won'?t|won’t|must decline|decline|do not|don'?t|don’t|am not|will not)\b"
    r"|as an ai\b|es tut mir leid|leider|je suis désolé|désolé|lo siento|lamento|mi dispiace|desculpe|sinto muito"
    r"|извините|к сожалению|抱歉|很抱歉|对不起|對不起|申し訳|すみません|죄송)",
    re.IGNORECASE,
)
"""How a refusal in words begins; it counts only where there is no object in the answer."""


def is_refusal(said: str) -> bool:
    """Whether a model's text begins as refusals do ("I'm sorry", "Es tut mir leid" ...), in any of a dozen languages,
    and holds no JSON object.
    """
    return "{" not in said and _REFUSING.match(said) is not None


def refused(said: str) -> Refused:
    """The error, for the caller to raise, that quotes the words with which a model refused to answer."""
    return Refused(f"the model refuses: {printable(said)[:300]}")
