"""What servers say when they refuse or fail, a form a line, and what the agent makes of it: played at the wire.

Each text is what the server is documented or reported to send, with other names and numbers.
"""

import json
from typing import Any

import pytest

from geoagent.errors import ConfigError, Refused
from geoagent.reasoners.vlm.client import make_client
from geoagent.reasoners.vlm.model_server import ModelServer, TooLarge
from geoagent.testing import Failure, ScriptedModel

QUESTION = [{"role": "system", "content": "You find places."}, {"role": "user", "content": "Where?"}]
KEY = "sk-0123456789abcdef"
Said = tuple[int, str]


def e(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


LARGE: dict[str, Said] = {
    "openai image": (
        400, e("You uploaded an unsupported image. Please make sure your image is below 20 MB", code="invalid_image")
    ),
    "xai": (400, e("This model's maximum prompt length is 131072 but the request contains 537812 tokens.")),
    "mistral": (
        400,
        json.dumps({"message": "Prompt too large for model with 32768 maximum context length"}),
    ),
    "dashscope": (400, e("Range of input length should be [1, 30720]", code="invalid_parameter_error")),
    "dashscope bytes": (400, e("Exceeded limit on max bytes to request body : 6291456")),
    "cerebras": (
        400, e("Please reduce the length of the messages. Current length is 9000, limit is 8192")
    ),
    "groq images": (400, e("Too many images provided. This model supports up to 5 images")),
    "mistral images": (
        400, json.dumps({"message": "You can only pass 8 images per request"})
    ),
    "bedrock images": (400, json.dumps({"message": "The maximum number of images is 20"})),
    "images max": (400, e("images: maximum of 5 images per request, got 7")),
    "groq tpm": (
        413, e("Request too large for model `x` on tokens per minute (TPM): Limit 6000", code="rate_limit_exceeded")
    ),
    "openai tpm": (
        429, e("Request too large on tokens per min (TPM). The input must be reduced to run successfully.")
    ),
    "lm studio": (
        400, json.dumps({"error": "The model is loaded with context length of only 4096 tokens, which is not enough"})
    ),
    "ollama": (400, e("the input length exceeds the context length")),
    "ollama, a 500": (500, json.dumps({"error": "input length exceeds maximum context length"})),
    "llama.cpp": (
        400, e("request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it")
    ),
    "express": (500, "PayloadTooLargeError: request entity too large"),
    "anthropic dims": (
        400, e("At least one of the image dimensions exceed max allowed size: 8000 pixels")
    ),
    "anthropic prompt": (
        400, e("prompt is too long: 210000 tokens > 200000 maximum")
    ),
    "cloudflare": (
        400,
        json.dumps({"errors": [{"message": "AiError: This exceeded the model context window limit (7968)."}]}),
    ),
    "sglang": (
        400, json.dumps({"message": "The input (5000 tokens) is longer than the model's context length (4096 tokens)."})
    ),
    "vllm images": (400, e("At most 1 image(s) may be provided in one prompt.")),
    "vllm": (400, e("The decoder prompt (length 9000) is longer than the maximum model length of 4096.")),
    "image file size": (400, e("Image file size must be less than 5MB")),
    "image pixels": (400, e("Invalid image: total pixels 33177600, maximum is 12000000")),
    "image too big": (400, e("image is too big")),
    "starlette": (413, json.dumps({"detail": "Part exceeded maximum size of 1024KB."})),
    "litellm": (400, e("litellm.ContextWindowExceededError: OpenAIException - too long", code="400")),
    "copilot": (
        400, e("prompt token count of 40000 exceeds the limit of 12288", code="model_max_prompt_tokens_exceeded")
    ),
    "perplexity": (400, e("Input is longer than 32000 tokens")),
    "fireworks": (400, e("The prompt is too long: 9000, model maximum context length: 8192")),
    "gemini": (
        400,
        json.dumps([{"error": {"message": "The input token count exceeds the maximum number of tokens."}}]),
    ),
    "novita": (
        400, json.dumps({"code": 400, "reason": "INVALID_REQUEST_BODY", "message": "max sequence length exceeded"})
    ),
    "nvidia": (
        422,
        json.dumps({"detail": [{"loc": ["body", "messages"], "msg": "Image too large. Maximum is 180000 bytes"}]}),
    ),
    "github models": (
        413, e("Request body too large for gpt-4o model. Max size: 8000 tokens.", code="tokens_limit_reached")
    ),
}  # fmt: skip
BLIND: dict[str, Said] = {
    "ollama": (500, json.dumps({"error": "this model is missing data required for image input"})),
    "pydantic": (
        422,
        json.dumps({"detail": [{"loc": ["body", "messages", 1, "content"], "msg": "Input should be a valid string"}]}),
    ),
    "rust": (422, "messages[1].content: invalid type: sequence, expected a string at line 1 column 99"),
    "deepseek": (400, e("messages[1]: unknown variant `image_url`, expected `text` at line 1 column 9")),
    "vision model": (400, e("The provided messages contain an image but model X is not a vision model")),
    "no vision": (400, e("Model has no vision capability")),
    "not enabled": (400, e("Image input is not enabled for this model")),
    "mistral": (
        400, json.dumps({"message": "Image content is not supported by this model"})
    ),
    "groq": (400, e("for 'role:user' must be satisfied[('messages.1.content' : value must be a string)]")),
    "only text": (400, e("Only text content is supported for this model")),
    "lm studio": (400, json.dumps({"error": "Model does not support images. Please use a model that does."})),
    "jinja": (500, e("Unexpected item type in content.")),
    "llama.cpp": (500, e("image input is not supported - hint: you may need to provide the mmproj")),
    "openrouter": (404, e("No endpoints found that support image input", code=404)),
    "vllm": (400, e("x is not a multimodal model")),
    "sglang": (400, e("Multimodal inputs are not supported for this model")),
    "cannot": (400, e("This model cannot process images")),
    "perplexity": (400, e("Images are not allowed for this model")),
    "ollama embed": (400, e("this model does not support vision")),
    "attachments": (400, e("image attachments are not supported")),
    "litellm": (400, e("litellm.BadRequestError: model isn't mapped; image input unsupported", code="400")),
    "cloudflare": (
        400,
        json.dumps({"errors": [{"message": "Bad input: mismatch of '/messages/1/content', 'array' not in 'string'"}]}),
    ),
}  # fmt: skip
KEYS: dict[str, Said] = {
    "gemini": (
        400, json.dumps([{"error": {"message": "API key not valid. Please pass a valid API key."}}])
    ),
    "gemini, no key": (
        400, json.dumps([{"error": {"message": "Missing or invalid Authorization header."}}])
    ),
    "openai": (401, e("You didn't provide an API key.")),
    "openrouter": (401, e("No auth credentials found", code=401)),
    "open webui": (403, json.dumps({"detail": "Not authenticated"})),
    "anthropic": (
        401, json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    ),
    "litellm": (400, e("Authentication Error, LiteLLM Virtual Key expected. Received=none", code="400")),
    "azure": (
        401,
        json.dumps({"statusCode": 401, "message": "Access denied due to invalid subscription key."}),
    ),
}  # fmt: skip
MODEL: dict[str, Said] = {
    "ollama": (404, e("model \"llava\" not found, try pulling it first")),
    "openai": (404, e("The model `x` does not exist or you do not have access to it.", code="model_not_found")),
    "litellm": (400, e("litellm.BadRequestError: Invalid model name passed in model=x.", code="400")),
    "vllm": (
        404, json.dumps({"message": "The model `x` does not exist."})
    ),
    "openrouter": (400, e("x is not a valid model ID", code=400)),
    "groq": (404, e("The model `x` does not exist or you do not have access to it.", code="model_not_found")),
    "mistral": (
        400, json.dumps({"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"})
    ),
    "open webui": (404, json.dumps({"detail": "Model not found"})),
    "open webui, a 400": (400, json.dumps({"detail": "Model not found"})),
    "deepseek": (400, e("Model Not Exist")),
    "transformers serve": (400, json.dumps({"detail": "Server is pinned to 'org/tiny'; requested 'x'."})),
    "together": (404, e("Unable to access model x. Please visit the list of supported models.")),
    "lm studio": (
        400, json.dumps({"error": "Invalid model identifier \"x\". Please specify a valid downloaded model"})
    ),
}  # fmt: skip
CREDIT: dict[str, Said] = {
    "anthropic": (
        400, e("Your credit balance is too low to access the Anthropic API.")
    ),
    "deepseek": (402, e("Insufficient Balance")),
    "openai": (
        429, e("You exceeded your current quota, please check your plan and billing details.")
    ),
    "xai": (
        403, json.dumps({"error": "Your team has used all available credits or reached its monthly spending limit."})
    ),
    "dashscope": (400, e("Access denied, please make sure your account is in good standing.", code="Arrearage")),
}  # fmt: skip
HELD: dict[str, Said] = {
    "azure": (
        400, e("The response was filtered due to Azure OpenAI's content management policy.", code="content_filter")
    ),
    "dashscope": (400, e("Input data may contain inappropriate content.", code="DataInspectionFailed")),
    "dashscope, its output": (
        400, e("<400> InternalError.Algo.DataInspectionFailed: Output data may contain bad words.", code="x")
    ),
    "openai": (
        400, e("Invalid prompt: your prompt was flagged as potentially violating our usage policy.")
    ),
    "bedrock": (400, json.dumps({"message": "The response was blocked by a guardrail"})),
    "openai image": (400, e("Your request was rejected as a result of our safety system.", code="moderation_blocked")),
}  # fmt: skip


def asked(said: Said, *then: str, key: str | None = KEY) -> tuple[str | BaseException, int]:
    """What comes of a question to a server that says so, and how often it was asked."""
    with ScriptedModel([Failure(*said), *then]) as model:
        server = ModelServer(make_client(model.url, key, 10), "x", 10)
        try:
            replies, _ = server.complete(QUESTION, 4, ("a", {"type": "object"}))
        except Exception as error:  # whichever comes is what is looked at
            return error, len(model.requests)
        return replies[0].text, len(model.requests)


@pytest.mark.parametrize("said", LARGE.values(), ids=LARGE)
def test_too_much_is_known_as_that(said: Said) -> None:
    """Less room for the answer is tried before the question is made smaller."""
    outcome, requests = asked(said)
    assert isinstance(outcome, TooLarge)
    assert requests <= 3


@pytest.mark.parametrize("said", BLIND.values(), ids=BLIND)
def test_a_model_without_eyes_is_told_at_once(said: Said) -> None:
    outcome, requests = asked(said)
    assert "takes no images; serve a vision-language model" in str(outcome)
    assert requests == 1


@pytest.mark.parametrize("said", KEYS.values(), ids=KEYS)
def test_which_key_is_wrong_is_told_at_once(said: Said) -> None:
    outcome, requests = asked(said)
    assert "set GEOAGENT_API_KEY" in str(outcome)
    assert requests == 1


@pytest.mark.parametrize("said", MODEL.values(), ids=MODEL)
def test_a_model_that_is_not_there_is_told_with_those_that_are(said: Said) -> None:
    outcome, requests = asked(said)
    assert isinstance(outcome, ConfigError)
    assert str(outcome).endswith("; it serves scripted")
    assert requests == 1


@pytest.mark.parametrize("said", CREDIT.values(), ids=CREDIT)
def test_an_empty_account_is_told_at_once(said: Said) -> None:
    outcome, requests = asked(said)
    assert "no credit left" in str(outcome)
    assert requests == 1


@pytest.mark.parametrize("said", HELD.values(), ids=HELD)
def test_a_refusal_of_the_service_is_no_fault(said: Said) -> None:
    outcome, requests = asked(said)
    assert isinstance(outcome, Refused)
    assert requests == 1


PASSING: dict[str, Said] = {
    "Bedrock: too many tokens a minute": (
        400,
        json.dumps({"message": "Too many tokens, please wait before trying again."}),
    ),
    "llama.cpp: no slot": (503, e("no slot available", type="unavailable_error")),
    "Ollama: busy": (503, e("server busy, please try again.  maximum pending requests exceeded")),
    "KoboldCpp: busy": (
        503,
        json.dumps({"detail": {"msg": "Server is busy; please try again later.", "type": "service_unavailable"}}),
    ),
    "a gateway without its server": (502, "<html><h1>502 Bad Gateway</h1></html>"),
    "Cloudflare: no answer of the origin": (524, "error code: 524"),
    "OpenRouter: the provider failed": (
        200,
        json.dumps({"choices": [{"finish_reason": "error", "error": {"code": 502, "message": "Provider error"}}]}),
    ),
    "OpenRouter: a comment and nothing": (200, ": OPENROUTER PROCESSING\n\n"),
    "no content": (204, ""),
    "a page": (200, "<!doctype html><title>Just a moment...</title>"),
    "an empty object": (200, "{}"),
    "null": (200, "null"),
}


@pytest.mark.parametrize("said", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_again(said: Said) -> None:
    assert asked(said, "fine") == ("fine", 2)


def test_nothing_of_what_a_model_wrote_is_no_reason_to_ask_without_a_form() -> None:
    """Groq refuses what does not fit the form; where it holds nothing, the model is asked again, for the form."""
    said = (400, e("Failed to generate JSON.", code="json_validate_failed", failed_generation=""))
    with ScriptedModel([Failure(*said), "fine"]) as model:
        server = ModelServer(make_client(model.url, KEY, 10), "x", 10)
        assert server.complete(QUESTION, 4, ("a", {"type": "object"}))[0][0].text == ""
        server.complete(QUESTION, 4, ("a", {"type": "object"}))
        assert all(request["response_format"]["type"] == "json_schema" for request in model.requests)


@pytest.mark.parametrize(
    "message",
    [
        "Could not finish the message because max_tokens or model output limit was reached.",
        "Failed to validate JSON: max completion tokens reached before generating a valid document",
    ],
)
def test_an_answer_that_thinking_left_no_room_for_was_cut_off(message: str) -> None:
    with ScriptedModel([Failure(400, e(message))]) as model:
        server = ModelServer(make_client(model.url, KEY, 10), "x", 10)
        assert server.complete(QUESTION, 4, ("a", {"type": "object"}))[0][0].cut


def test_the_room_that_a_server_names_is_kept_to_from_then_on() -> None:
    refused = Failure(400, e("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens"))
    with ScriptedModel([refused, "fine"]) as model:
        server = ModelServer(make_client(model.url, KEY, 10), "x", 10)
        for _ in range(2):
            server.complete(QUESTION, 4, more_room=True)
        assert [request["max_tokens"] for request in model.requests] == [8192, 4096, 4096]


def test_reasons_that_stand_in_a_list_are_told_with_their_places() -> None:
    detail = [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}]
    outcome, _ = asked((402, json.dumps({"detail": detail})))
    assert "body.seed: Extra inputs are not permitted" in str(outcome)


def test_a_model_that_thinks_is_asked_without_what_it_does_not_take() -> None:
    """As o-series and GPT-5 models answer, one parameter after the other."""

    def reply(request: dict[str, Any]) -> Failure | str:
        if "max_tokens" in request:
            return Failure(400, e("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."))
        if "temperature" in request:
            return Failure(400, e("Unsupported value: 'temperature' does not support 0 with this model."))
        return "fine"

    with ScriptedModel([reply]) as model:
        server = ModelServer(make_client(model.url, KEY, 10), "gpt-5-mini", 10)
        server.complete(QUESTION, 4, ("a", {"type": "object"}))
        assert model.requests[-1].keys() == {"messages", "model", "max_completion_tokens", "response_format"}
        assert model.requests[-1]["response_format"]["type"] == "json_schema"


def test_a_conversation_that_must_begin_with_the_user_keeps_its_form() -> None:
    def reply(request: dict[str, Any]) -> Failure | str:
        first = request["messages"][0]["role"] == "user"
        return "fine" if first else Failure(400, e("Conversation must start with a user message"))

    with ScriptedModel([reply]) as model:
        server = ModelServer(make_client(model.url, KEY, 10), "x", 10)
        server.complete(QUESTION, 4, ("a", {"type": "object"}))
        assert [request.get("response_format", {}).get("type") for request in model.requests] == 2 * ["json_schema"]
