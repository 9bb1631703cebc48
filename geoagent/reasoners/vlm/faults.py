"""What model servers say when they refuse or fail: the signs by which each kind is known.

Servers share no codes for these. The signs are their own words, as their sources and public bug reports give them.
"""

import re

import openai

from geoagent.reasoners.vlm.completion import ServerFault, error_text
from geoagent.retry import asked_wait_s

LONGEST = 20_000
"""Characters of what a server says that are searched for signs."""
TOO_LONG = re.compile(
    r"context (length|size|window)|maximum (context|model) len|max_model_len|n_ctx|(prompt|input) is too long"
    r"|too many (input |prompt )?tokens|context_length_exceeded|input token count"
    r"|(exceed|longer than).{0,60}(token|length|context)|at most \d+ image|(many|number of|multiple) images"
    r"|more than (one|\d+) image|only (one|a single|\d+) image|multi-image|inputs`? (tokens \+|must have less than)"
    r"|payload size|(request|image|payload|body|entity).{0,30}too large|image.{0,60}exceed",
    re.IGNORECASE,
)
TOO_MUCH_ROOM = re.compile(
    r"max_(completion_|output_|new_)?tokens.{0,80}(too (large|high|big|many)|less than|at most|<=|between|exceed"
    r"|maximum|greater|cannot be|valid range)|(supports|limit of|at most) (at most )?\d+ (completion|output) tokens",
    re.IGNORECASE,
)
NO_IMAGES = re.compile(
    r"not a multi-?modal|image input is not support|images? (are|is) not supported|images? .{0,20}not supported"
    r"|(not|n't) (support|accept|process|handle|allow) (any )?(images?|vision|multi-?modal)\b"
    r"|no endpoints found that support image|takes no images|mmproj|unknown (field|variant).{0,20}image_url"
    r"|image_url.{0,40}(only supported|not supported|unsupported|invalid)|vision is not (enabled|supported)"
    r"|content( field)? must be a string|text.only model|(invalid|unsupported) content type.{0,20}image",
    re.IGNORECASE,
)
ABOUT_FORM = re.compile(
    r"response_format|json_schema|grammar|guided|structured|schema|required for format|requested parameters",
    re.IGNORECASE,
)
ABOUT_SYSTEM = re.compile(
    r"system.{0,12}(role|message|prompt|instruction).{0,60}(not|n't|unsupported|invalid|only|unknown|first)"
    r"|(not|n't|unsupported|invalid|unknown).{0,40}['\"]?system['\"]?.{0,12}(role|message|prompt|instruction|\b)"
    r"|roles? must (strictly )?alternate|developer instruction|role.{0,40}must be.{0,30}user",
    re.IGNORECASE | re.DOTALL,
)
ABOUT_MODEL = re.compile(
    r"model.{0,80}(not|n't|no |unknown|exist|pull)|(no such|unknown|invalid).{0,12}model", re.IGNORECASE
)
LOADING = re.compile(
    r"\b(re)?load(ing|ed yet)\b|warming up|starting up|is starting|not (yet )?ready|estimated_time|still initializ"
    r"|cold start|being (loaded|started)|model is not loaded",
    re.IGNORECASE,
)
NOT_PARSED = re.compile(r"model produced output that does not match", re.IGNORECASE)
"""What llama.cpp says where it cannot read what the model wrote."""
NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient (credits?|balance|funds)|credit balance is too low|billing|payment required"
    r"|requires more credits|out of credits?",
    re.IGNORECASE,
)
WITHHELD = re.compile(
    r"content_filter|content management policy|data_inspection_failed|inappropriate content|safety (system|policy)"
    r"|usage (polic|guideline)|moderation|flagged|prohibited_content|sensitive.?content|不安全或敏感",
    re.IGNORECASE,
)
LONGEST_WAIT_S = 1e9
_WAIT = re.compile(
    r"(?:(?:try|retry)(?: again)?|retry_?delay|retry_?after|wait)[\"':]*\s*(?:in|after|for)?\s*[\"']?"
    r"(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)\s*(ms|s\b|sec|\b))?",
    re.IGNORECASE,
)


def fault_of(error: openai.APIStatusError) -> ServerFault:
    """The fault that a server reports with an HTTP error status, with the server's own words."""
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    words = error_text(error.body) or ("" if error.body is None else str(error.body))
    whole = error.response.text[:LONGEST] or str(error)  # the client's own message leaves out an error that is a text
    return ServerFault(error.status_code, words or _bare(str(error)), headers, whole)


def asked_wait_of(error: ServerFault) -> float | None:
    """The seconds that a server asks to wait before the next request, in a header or in its message.

    None where it says nothing.
    """
    milliseconds = error.headers.get("retry-after-ms", "")
    if re.fullmatch("[0-9]{1,12}", milliseconds):
        return int(milliseconds) / 1000
    asked = asked_wait_s(error.headers.get("retry-after", ""))
    if asked is not None:
        return asked
    for match in _WAIT.finditer(error.whole):
        minutes, number, unit = match.groups()
        if minutes or number:
            return min(LONGEST_WAIT_S, 60 * float(minutes or 0) + float(number or 0) / (1000 if unit == "ms" else 1))
    return None


def _bare(text: str) -> str:
    """An error page without its markup."""
    return " ".join(re.sub(r"<[^<>]{0,400}>", " ", text).split())
