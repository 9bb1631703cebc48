"""Recognises by their words what model servers say when they refuse or fail.

Servers share no codes for these faults, so the patterns are their own words, as their sources and public bug reports
give them.
"""

import re

import openai

from geoagent.reasoners.vlm.chat_completion import ServerFault, error_text
from geoagent.retry import asked_wait_s

LONGEST = 20_000
"""Characters of what a server says that are searched for signs."""
TOO_LONG = re.compile(
    r"context.?(length|size|window)|maximum (context|model|prompt|input|sequence) len|max_model_len|n_ctx"
    r"|(prompt|input) is too long|too many (input |prompt )?tokens|input token count|reduce the length"
    r"|(exceed|longer than|larger than).{0,60}(token|length|context)|(token|sequence).{0,40}exceed"
    r"|range of input length|inputs`? (tokens \+|must have less than)",
    re.IGNORECASE,
)
PICTURES_TOO_LARGE = re.compile(
    r"at most \d+ image|(many|number of|multiple) images|more than (one|\d+) image|multi-image"
    r"|(a|one|single|\d+) images? per"
    r"|only (pass |send |support |accept |allow )?(one|a single|\d+) image|images?.{0,20}: maximum of \d+"
    r"|payload size|(request|image|payload|body|entity).{0,30}too (large|big)|image.{0,60}exceed|max bytes"
    r"|image.{0,60}(below|less than|smaller than|at most|maximum) (is )?\d",
    re.IGNORECASE,
)
REQUEST_TOO_LARGE = re.compile(
    r"request too large|must be reduced|reduce (your|the) (message|prompt|input)", re.IGNORECASE
)
"""What a limit of tokens a minute says of a request that alone is above it: waiting does not mend that."""
TOO_BUSY = re.compile(r"please wait before trying again|throttling", re.IGNORECASE)
TOO_MUCH_ROOM = re.compile(
    r"max_(completion_|output_|new_)?tokens.{0,80}(too (large|high|big|many)|less than|at most|<=|between|exceed"
    r"|maximum|greater|cannot be|valid range)|(supports|limit of|at most) (at most )?\d+ (completion|output) tokens",
    re.IGNORECASE,
)
NO_IMAGES = re.compile(
    r"not a (multi-?modal|vision)|(image|vision|multi-?modal) (inputs?|content)? ?(is|are) not (support|enabled)"
    r"|images? (are|is) not (supported|allowed)|images? .{0,20}(not supported|unsupported)"
    r"|(not|n't) (support|accept|process|handle|allow|have|take) (any )?(images?|vision|multi-?modal)\b"
    r"|no endpoints found that support image|takes no images|mmproj|unknown (field|variant).{0,20}image_url"
    r"|image_url.{0,40}(only supported|not supported|unsupported|invalid)|no vision|missing data required for image"
    r"|multi-?modal inputs? (is|are) not|only (text|string)s? (content|input|message)?s? ?(is|are) (support|accept)"
    r"|content\W.{0,60}(must|should) be a (valid )?string|sequence, expected a string|'array' not in 'string'"
    r"|content\W.{0,40}input should be a valid string|unexpected item type in content"
    r"|text.only model|(invalid|unsupported) content type.{0,20}image",
    re.IGNORECASE,
)
ABOUT_FORM = re.compile(
    r"response_format|json_schema|grammar|guided|structured|schema|required for format|requested parameters",
    re.IGNORECASE,
)
ABOUT_SYSTEM = re.compile(
    r"system.{0,12}(role|message|prompt|instruction).{0,60}(not|n't|unsupported|invalid|only|unknown|first)"
    r"|(not|n't|unsupported|invalid|unknown).{0,40}['\"]?system['\"]?.{0,12}(role|message|prompt|instruction|\b)"
    r"|roles? must (strictly )?alternate|developer instruction|role.{0,40}must be.{0,30}user"
    r"|(must|should) (start|begin) with.{0,20}user|first (non-system )?message must.{0,30}user",
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
NO_SUCH_MODEL = re.compile(
    r"model\b.{0,100}\b(not found|(does not|doesn't|not) exist)|model_not_found|not a valid model"
    r"|unable to access model|server is pinned to|(invalid|unknown|no such) model( name| identifier| id)?\b(?! output)",
    re.IGNORECASE,
)
NOT_PARSED = re.compile(
    r"model produced output that does not match|json_validate_failed|tool_use_failed", re.IGNORECASE
)
"""What llama.cpp and Groq say where they cannot read what the model wrote."""
FULL = re.compile(
    r"could not finish the message|max(imum)?[ _](completion[ _])?tokens.{0,30}(reached|before generating)",
    re.IGNORECASE,
)
"""What OpenAI and Groq say where the room for an answer was used up by thinking."""
KEY_REFUSED = re.compile(
    r"api.?key.{0,20}(not valid|invalid|missing|required|incorrect|expired)|(invalid|incorrect|missing).{0,20}api.?key"
    r"|(missing|invalid).{0,20}authorization|no auth credentials|not authenticated|authentication (error|failed)"
    r"|invalid (authentication|(access|api|bearer) token|subscription key)|invalid x-api-key|API_KEY_INVALID",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient (credits?|balance|funds)|credit balance is too low|billing|payment required"
    r"|requires more credits|out of credits?|all available credits|spending.limit|arrearage|in good standing",
    re.IGNORECASE,
)
WITHHELD = re.compile(
    r"content_filter|content management policy|data.?inspection.?failed|inappropriate content|guardrail"
    r"|safety (system|policy)|usage (polic|guideline)"
    r"|moderation|flagged|prohibited_content|sensitive.?content|不安全或敏感",
    re.IGNORECASE,
)
LONGEST_WAIT_S = 1e9
FEWEST_NAMED = 256
"""Smaller numbers in what a server says are no room for an answer."""
_WAIT = re.compile(
    r"(?:(?:try|retry)(?: again)?|retry_?delay|retry_?after|wait)[\"':]*\s*(?:in|after|for)?\s*[\"']?"
    r"(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)\s*(ms|s\b|sec|\b))?",
    re.IGNORECASE,
)


def fault_of(error: openai.APIStatusError) -> ServerFault:
    """The fault that a server reports by an HTTP error status, as a `ServerFault` with the server's own words."""
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    words = error_text(error.body) or ("" if error.body is None else str(error.body))
    whole = error.response.text[:LONGEST] or str(error)  # the client's own message leaves out an error that is a text
    return ServerFault(error.status_code, words or _bare(str(error)), headers, whole)


def asked_wait_of(error: ServerFault) -> float | None:
    """How many seconds a server asks to wait before the next request, in a header or in its message; None where it says
    nothing of that.
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


def most_tokens_in(text: str, below: int) -> int | None:
    """The room for an answer, in tokens, that a server's message says it grants: the largest number in `text` that is
    at least `FEWEST_NAMED` and smaller than `below`, which was asked for; None where there is none.
    """
    named = [int(number) for number in re.findall(r"(?<![\w.-])\d{3,6}(?![\w-])", text)]
    return max((number for number in named if FEWEST_NAMED <= number < below), default=None)


def _bare(text: str) -> str:
    """An error page without its markup."""
    return " ".join(re.sub(r"<[^<>]{0,400}>", " ", text).split())
