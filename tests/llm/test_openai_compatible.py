from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.llm.backends import check_model
from promptopt.llm.errors import FatalError, ModelError, RetryableError, SkippedError
from promptopt.llm.model import Response
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.settings import ModelSettings

from .asking import ask_for, asking, endpoint_model
from .endpoint import (
    Answer,
    Behaviour,
    Endpoint,
    Received,
    cut_short,
    drips,
    echoes_the_key,
    fails,
    hangs,
    resets,
    says,
    sends,
    wants_new_parameters,
)

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with Endpoint() as server:
        yield server


@pytest.fixture
async def model(endpoint: Endpoint) -> AsyncIterator[OpenAICompatibleModel]:
    opened = endpoint_model(endpoint.url, timeout=5)
    await opened.start()
    yield opened
    await opened.close()


async def error_of(model: OpenAICompatibleModel, **request: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.complete(ask_for(**request))
    return caught.value


# What is sent, and what comes of a good reply


async def test_chat_sends_one_user_message(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = says("two words")
    response = await model.complete(
        ask_for("one two three", temperature=0.5, top_p=0.9, stop=("\n",), seed=3)
    )
    assert response == Response("two words", "stop", 3, 2)
    (request,) = endpoint.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "one two three"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 16,
        "stop": ["\n"],
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"


async def test_completion_sends_plain_text(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = says(" cats")
    response = await model.complete(ask_for("Input: cat\nOutput:", api="completion"))
    assert response.text == " cats"
    (request,) = endpoint.requests
    assert request.path == "/v1/completions"
    assert request.body["prompt"] == "Input: cat\nOutput:"


async def test_an_empty_completion_is_an_answer(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = says("")
    assert (await model.complete(ask_for(api="completion"))).text == ""


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "many"}, 7, [], {"x": -1}])
async def test_strange_usage_counts_as_unknown(
    endpoint: Endpoint, model: OpenAICompatibleModel, usage: Any
) -> None:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a"}}
    endpoint.behaviour = sends({"choices": [choice], "usage": usage})
    assert await model.complete(ask_for()) == Response("a", "stop", None, None)


@pytest.mark.parametrize("count", [-1, 10**30, True, 1.5])
async def test_impossible_token_counts_are_unknown(
    endpoint: Endpoint, model: OpenAICompatibleModel, count: Any
) -> None:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a"}}
    endpoint.behaviour = sends({"choices": [choice], "usage": {"prompt_tokens": count}})
    assert (await model.complete(ask_for())).prompt_tokens is None


@pytest.mark.parametrize(
    ("total", "completion"), [(135, 103), (41, 9), (0, 9), (None, 9), ("many", 9), (10, 9)]
)
async def test_thinking_that_is_told_in_the_total_alone_is_counted(
    endpoint: Endpoint, model: OpenAICompatibleModel, total: Any, completion: int
) -> None:
    """xAI: 32 of the prompt, 9 of the reply, 94 of reasoning, 135 in all."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a"}}
    usage = {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": total}
    endpoint.behaviour = sends({"choices": [choice], "usage": usage})
    assert await model.complete(ask_for()) == Response("a", "stop", 32, completion)


async def test_half_a_character_does_not_get_through(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    # A reply that is cut off between the two escapes of an emoji.
    body = json.dumps({"choices": [{"message": {"content": "fine X"}, "finish_reason": "length"}]})
    endpoint.behaviour = sends(body.replace("X", "\\ud83d"))
    text = (await model.complete(ask_for())).text
    assert text == "fine \ufffd"
    text.encode()


# Errors, sorted by what to do about them


def refuses(status: int, **error: Any) -> Behaviour:
    """An error of these fields."""
    return sends({"error": error}, status=status)


FATAL: dict[str, tuple[Behaviour, str]] = {
    "401": (fails(401, "Incorrect API key"), "refused the key (401); check OPENAI_API_KEY"),
    "403": (fails(403, "no access"), "forbids this (403): no access"),
    "404": (fails(404, "The model does not exist"), "knows no model 'some-model'"),
    "429 quota": (fails(429, "You exceeded it", code="insufficient_quota"), "quota"),
    "400": (fails(400, "nonsense"), "refused the request (HTTP 400): nonsense"),
    "422": (fails(422, "nonsense"), "refused the request (HTTP 422): nonsense"),
    "404 as HTML": (sends("<h1>Not here</h1>", "text/html", 404), "<h1>Not here</h1>"),
    "402": (fails(402, "Insufficient Balance"), "the quota at http"),
    "429 quota by its type": (refuses(429, message="No more", type="insufficient_quota"), "quota"),
    "429 quota of Moonshot": (
        refuses(429, message="Your account is suspended", type="exceeded_current_quota_error"),
        "quota",
    ),
    "400 key of Gemini": (
        sends([{"error": {"code": 400, "message": "API key not valid. Pass one."}}], status=400),
        "refused the key (400); check OPENAI_API_KEY: API key not valid. Pass one.",
    ),
    "401 with 200": (refuses(200, message="No credentials", code=401), "refused the key (401)"),
    "402 with 200": (refuses(200, message="No credits", code=402), "the quota at http"),
    "403 with 200": (refuses(200, message="Not you", code=403), "forbids this (403): Not you"),
    "quota with 200": (refuses(200, message="No more", code="insufficient_quota"), "the quota"),
    "a length that is none of a prompt": (
        fails(400, "max_tokens must be <= 4096"),
        "refused the request (HTTP 400)",
    ),
}

RETRYABLE: dict[str, tuple[Behaviour, str]] = {
    "429": (fails(429, "slow down"), "HTTP 429: slow down"),
    "500": (fails(500, "oh dear"), "HTTP 500: oh dear"),
    "503 as HTML": (sends("<p>Busy</p>", "text/html", 503), "HTTP 503: <p>Busy</p>"),
    "408": (fails(408, "late"), "HTTP 408"),
    "409": (fails(409, "conflict"), "HTTP 409"),
    "reset": (resets, "was lost: closed without a reply"),
    "cut short": (cut_short, "was lost: in the middle of a reply"),
    "malformed JSON": (sends('{"choices": ['), "answered what is no"),
    "HTML": (sends("<html>Welcome</html>", "text/html"), "answered what is no completion"),
    "nothing": (sends(""), "answered what is no"),
    "no choices": (sends({"object": "x"}), "a reply without choices"),
    "empty choices": (sends({"choices": []}), "a reply without choices"),
    "choices are a text": (sends({"choices": "many"}), "a reply without choices"),
    "a number for a choice": (sends({"choices": [1]}), "a choice without a message"),
    "a list": (sends([1, 2]), "answered what is no"),
    "content is a number": (sends({"choices": [{"message": {"content": 5}}]}), "without a message"),
    "an error with 200": (sends({"error": {"message": "overloaded"}}), "overloaded"),
    "429 with 200": (refuses(200, message="slow down", code=429), "HTTP 429: slow down"),
    "502 with 200": (refuses(200, message="the provider is down", code=502), "HTTP 502"),
    "an odd error with 200": (refuses(200, message=["x"], code={"a": 1}), "no reply: ['x']"),
    "an odd error": (refuses(500, message="oh dear", code=["a"]), "HTTP 500: oh dear"),
    "429 about a length": (
        fails(429, "This would exceed the rate limit; please reduce the length of the prompt"),
        "HTTP 429",
    ),
    "deep JSON": (sends("[" * 100_000), "answered what is no"),
    "a deep error": (sends("[" * 100_000, status=500), "HTTP 500"),
}

SKIPPED: dict[str, tuple[Behaviour, str]] = {
    "filter": (fails(400, "flagged", code="content_filter"), "content filter refused: flagged"),
    "overflow by code": (fails(400, "too much", code="context_length_exceeded"), "too long"),
    "overflow in words": (fails(400, "This model's maximum context length is 8"), "too long"),
    "overflow in llama.cpp": (
        fails(400, "the request exceeds the available context size, try increasing it"),
        "too long",
    ),
    "content null": (says(None), "an empty reply (stop)"),
    "refusal": (
        says(None, message={"role": "assistant", "content": None, "refusal": "I won't"}),
        "an empty reply (I won't)",
    ),
    "filtered": (says(None, finish_reason="content_filter"), "an empty reply (content_filter)"),
    "cut by a filter": (says("Sorry, I ca", finish_reason="content_filter"), "the content filter"),
    "blank": (says(" \n "), "an empty reply (stop)"),
    "refusal beside a text": (
        says("x", message={"role": "assistant", "content": "x", "refusal": "I won't"}),
        "the model refused to reply (I won't)",
    ),
    "filter of Azure": (
        refuses(400, message="no", innererror={"code": "ResponsibleAIPolicyViolation"}),
        "content filter refused: no",
    ),
    "filter of Azure in words": (
        fails(400, "filtered due to the prompt triggering Azure's content management policy."),
        "content filter",
    ),
    "filter of OpenRouter": (
        refuses(403, message="x requires moderation. Your input was flagged for y.", code=403),
        "content filter",
    ),
    "filter of OpenRouter with 200": (
        refuses(200, message="x requires moderation. Your input was flagged for y.", code=403),
        "content filter",
    ),
    "a code with 200": (
        refuses(200, message="flagged by moderation", code=403),
        "content filter",
    ),
    "overflow behind OpenRouter": (
        refuses(
            400,
            message="Provider returned error",
            code=400,
            metadata={"raw": '{"error":{"message":"maximum context length is 8"}}'},
        ),
        "too long for the model: Provider returned error: {",
    ),
    "overflow far behind": (fails(400, "." * 500 + " maximum context length"), "too long"),
    "filter of DashScope": (refuses(400, message="no", code="data_inspection_failed"), "filter"),
    "overflow in Gemini": (
        sends(
            [
                {
                    "error": {
                        "code": 400,
                        "message": "The input token count (12) exceeds the maximum number of "
                        "tokens allowed (8).",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
            status=400,
        ),
        "too long for the model: The input token count (12)",
    ),
    "overflow in xAI": (
        sends(
            {
                "code": "Client specified an invalid argument",
                "error": "This model's maximum prompt length is 8 but the request contains 12.",
            },
            status=400,
        ),
        "too long",
    ),
    "overflow in TGI": (
        sends(
            {
                "error": "`inputs` tokens + `max_new_tokens` must be <= 8.",
                "error_type": "validation",
            },
            status=422,
        ),
        "too long",
    ),
    "overflow in Bedrock": (fails(400, "Input is too long for requested model."), "too long"),
    "overflow in vLLM": (
        fails(500, "The decoder prompt (12) is longer than the maximum model length of 8."),
        "too long",
    ),
    "overflow of Groq": (
        refuses(413, message="Request too large for model x", code="rate_limit_exceeded"),
        "too long",
    ),
    "overflow of a proxy": (
        sends("<html><title>413 Request Entity Too Large</title></html>", "text/html", 413),
        "too long",
    ),
    "a prompt beyond the tokens of a minute": (
        refuses(
            429,
            message="Request too large for gpt-4 on tokens per min (TPM): Limit 10, Requested 20",
            type="tokens",
            code="rate_limit_exceeded",
        ),
        "too long",
    ),
}


def cases(table: dict[str, tuple[Behaviour, str]]) -> Any:
    return pytest.mark.parametrize(("behaviour", "told"), table.values(), ids=table.keys())


@cases(FATAL)
async def test_fatal(
    endpoint: Endpoint, model: OpenAICompatibleModel, behaviour: Behaviour, told: str
) -> None:
    endpoint.behaviour = behaviour
    error = await error_of(model)
    assert type(error) is FatalError
    assert told in str(error)
    assert len(endpoint.requests) == 1


@cases(RETRYABLE)
async def test_retryable(
    endpoint: Endpoint, model: OpenAICompatibleModel, behaviour: Behaviour, told: str
) -> None:
    endpoint.behaviour = behaviour
    error = await error_of(model)
    assert type(error) is RetryableError
    assert told in str(error)
    assert len(str(error)) < 400
    # Attempts are the client's: one call is one request.
    assert len(endpoint.requests) == 1


@cases(SKIPPED)
async def test_skipped(
    endpoint: Endpoint, model: OpenAICompatibleModel, behaviour: Behaviour, told: str
) -> None:
    endpoint.behaviour = behaviour
    error = await error_of(model)
    assert type(error) is SkippedError
    assert told in str(error)


async def test_a_completion_that_a_filter_cut_is_skipped(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = says("Sorry, I ca", finish_reason="content_filter")
    assert type(await error_of(model, api="completion")) is SkippedError


async def test_an_error_in_the_place_of_a_vector_is_told(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = refuses(200, message="No credits", code=402)
    assert type(await error_of(model, api="embedding")) is FatalError


async def test_a_completion_without_text_is_retried(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = sends({"choices": [{"text": 5}]})
    error = await error_of(model, api="completion")
    assert isinstance(error, RetryableError)
    assert "a choice without a text" in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *[("0", 0.0), ("1.5", 1.5), ("-3", 0.0), ("nan", None), ("inf", None), ("soon", None)],
        *[("Wed, 21 Oct 2026 07:28:30 GMT", 30.0), ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0)],
        ("Wed, 99 Oct 2026 07:28:00 GMT", None),
        *[("1e300", None), ("Wed, 21 Oct 2099 07:28:00 GMT", None), ("7200", 7200.0)],
    ],
)
async def test_retry_after(
    endpoint: Endpoint, model: OpenAICompatibleModel, header: str, seconds: float | None
) -> None:
    # The date is read by the endpoint's clock, which need not be ours.
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    endpoint.behaviour = fails(429, "slow down", retry_after=header, date=date)
    error = await error_of(model)
    assert isinstance(error, RetryableError)
    assert error.retry_after == seconds
    assert error.overload
    assert error.throttled


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [("5000", 5.0), ("250", 0.25), ("-1", 0.0), ("x", 9.0)]
)
async def test_retry_after_in_milliseconds_goes_first(
    endpoint: Endpoint, model: OpenAICompatibleModel, milliseconds: str, seconds: float
) -> None:
    endpoint.behaviour = fails(429, "slow down", retry_after="9", retry_after_ms=milliseconds)
    error = await error_of(model)
    assert isinstance(error, RetryableError)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("behaviour", "billed"),
    [
        (fails(400, "flagged", code="content_filter"), True),
        (refuses(403, message="requires moderation", code=403), True),
        (fails(400, "This model's maximum context length is 8"), False),
        (sends("too large", "text/html", 413), False),
        (fails(429, "Request too large for gpt-4"), False),
        (says("Sor", finish_reason="content_filter"), True),
        (says(""), True),
        (refuses(200, message="No credits", code=402), False),
        (refuses(200, message="overloaded"), True),
    ],
)
async def test_what_may_have_to_be_paid_for(
    endpoint: Endpoint, model: OpenAICompatibleModel, behaviour: Behaviour, billed: bool
) -> None:
    endpoint.behaviour = behaviour
    assert (await error_of(model)).billed == billed


@pytest.mark.parametrize(
    ("behaviour", "overload", "throttled"),
    [
        (fails(429, "slow"), True, True),
        (fails(503, "busy"), True, False),
        (fails(503, "busy", retry_after="1"), True, True),
        (fails(529, "overloaded"), True, False),
        (fails(500, "oh dear", retry_after="1"), False, False),
        (resets, False, False),
    ],
)
async def test_what_speaks_of_overload(
    endpoint: Endpoint,
    model: OpenAICompatibleModel,
    behaviour: Behaviour,
    overload: bool,
    throttled: bool,
) -> None:
    endpoint.behaviour = behaviour
    error = await error_of(model)
    assert isinstance(error, RetryableError)
    assert (error.overload, error.throttled) == (overload, throttled)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("behaviour", [hangs, drips])
async def test_silence_is_retried(endpoint: Endpoint, behaviour: Behaviour) -> None:
    endpoint.behaviour = behaviour
    model = endpoint_model(endpoint.url, timeout=0.1)
    await model.start()
    error = await error_of(model)
    await model.close()
    assert isinstance(error, RetryableError)
    assert str(error) == f"no answer within 0.1 s ({endpoint.url})"
    assert error.reason == "no answer within 0.1 s"
    assert error.overload


async def test_nobody_listens() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{placeholder.getsockname()[1]}/v1"
        model = endpoint_model(url)
        await model.start()
        error = await error_of(model)
        await model.close()
    assert isinstance(error, RetryableError)
    assert str(error) == f"cannot reach {url}: connection refused"


# Connections


async def test_more_than_a_hundred_calls_at_once(endpoint: Endpoint) -> None:
    everyone = threading.Barrier(256)

    def together(received: Received) -> Answer:
        everyone.wait(30)
        return says("fine")(received)

    endpoint.behaviour = together
    model = endpoint_model(endpoint.url, timeout=30)
    await model.start()
    replies = await asyncio.gather(*(model.complete(ask_for(str(each))) for each in range(256)))
    await model.close()
    assert {each.text for each in replies} == {"fine"}
    assert endpoint.most_at_once == 256


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
async def test_calls_that_are_given_up_leave_no_connection(endpoint: Endpoint) -> None:
    endpoint.behaviour = hangs
    model = endpoint_model(endpoint.url, timeout=3.0)
    await model.start()
    calls = [asyncio.create_task(model.complete(ask_for(str(each)))) for each in range(16)]
    while len(endpoint.requests) < 16:
        await asyncio.sleep(0)
    for call in calls[:8]:
        call.cancel()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ends[:8]} == {asyncio.CancelledError}
    assert {type(each) for each in ends[8:]} == {RetryableError}
    await asyncio.sleep(0)
    assert connections(endpoint.port) == 0
    endpoint.behaviour = says("fine")
    assert (await model.complete(ask_for())).text == "fine"
    assert connections(endpoint.port) == 1
    await model.close()
    await asyncio.sleep(0)
    assert connections(endpoint.port) == 0


async def test_this_machine_is_asked_without_a_proxy(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    endpoint.behaviour = says("fine")
    model = endpoint_model(endpoint.url)
    await model.start()
    assert (await model.complete(ask_for())).text == "fine"
    await model.close()


async def test_others_are_asked_through_the_proxy(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", endpoint.url.removesuffix("/v1"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    endpoint.behaviour = says("fine")
    model = endpoint_model("http://models.invalid/v1")
    await model.start()
    assert (await model.complete(ask_for())).text == "fine"
    await model.close()
    assert endpoint.requests[0].path == "http://models.invalid/v1/chat/completions"


async def test_a_proxy_that_is_none_is_told_without_its_password(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:port")
    with pytest.raises(InputError, match="HTTP_PROXY holds no address of a proxy") as caught:
        await endpoint_model("http://models.invalid/v1").start()
    assert "secret" not in str(caught.value)


async def test_no_request_is_sent_twice_by_the_transport(endpoint: Endpoint) -> None:
    """A connection that was kept and is gone when it is used again is an error of one call."""
    model = endpoint_model(endpoint.url)
    await model.start()
    endpoint.behaviour = says("fine")
    await model.complete(ask_for())
    endpoint.behaviour = resets
    assert isinstance(await error_of(model), RetryableError)
    await model.close()
    assert len(endpoint.requests) == 2


def connections(port: int) -> int:
    """Sockets of this process that are connected to a port."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as found:
            count += found.family == socket.AF_INET and found.getpeername()[1] == port
    return count


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["/v1/chat/completions", "http://me:pw@127.0.0.1:9/v1?k=x"])
async def test_a_redirect_is_told_and_not_followed(
    tmp_path: Path, endpoint: Endpoint, status: int, location: str
) -> None:
    """Each would be a request that nobody counts, to an address that nobody named."""
    endpoint.behaviour = lambda received: Answer("", status, {"location": location})
    async with asking(tmp_path, endpoint_model(endpoint.url), max_calls=5) as here:
        with pytest.raises(FatalError, match=rf"another address \({status}\)") as caught:
            await here.client.ask(ask_for())
        assert len(endpoint.requests) == here.store.calls_sent(here.run_id) == 1
        assert here.store.spent(here.run_id).tokens == 0
    assert ("127.0.0.1:9/v1;" if "@" in location else location) in str(caught.value)
    assert "pw" not in str(caught.value)
    assert "k=x" not in str(caught.value)


# Parameters that newer models refuse


async def test_refused_parameters_are_learned(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = wants_new_parameters
    for _ in range(2):
        error = await error_of(model, temperature=0.7)
        assert isinstance(error, RetryableError)
        assert error.retry_after == 0
    await model.complete(ask_for("Instruction: x\n\nInput: cat\nOutput:"))
    body = endpoint.requests[-1].body
    assert body["max_completion_tokens"] == 16
    assert not {"max_tokens", "temperature", "top_p"} & body.keys()


async def test_refused_parameters_are_learned_from_calls_at_once(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = wants_new_parameters
    # All go out before the first refusal is back; none of them may count as fatal.
    errors = await asyncio.gather(
        *(model.complete(ask_for(str(number))) for number in range(6)), return_exceptions=True
    )
    assert {type(error) for error in errors} == {RetryableError}


async def test_a_refusal_that_teaches_nothing_is_fatal(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = fails(400, "temperature is out of order")
    assert isinstance(await error_of(model), RetryableError)
    assert isinstance(await error_of(model), FatalError)


# The key


async def test_no_message_holds_the_key(endpoint: Endpoint, model: OpenAICompatibleModel) -> None:
    endpoint.behaviour = echoes_the_key
    told = str(await error_of(model))
    assert "Bearer [key]" in told
    assert KEY not in told


@pytest.mark.parametrize("filler", range(270, 301, 3))
@pytest.mark.parametrize("status", [401, 500])
async def test_no_part_of_the_key_is_left_where_a_message_is_cut(
    endpoint: Endpoint, model: OpenAICompatibleModel, filler: int, status: int
) -> None:
    endpoint.behaviour = fails(status, "." * filler + f" key {KEY} is not known")
    assert KEY[:6] not in str(await error_of(model))


async def test_no_part_of_the_key_is_left_of_a_body_that_is_no_reply(
    endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    for filler in range(200, 300, 9):
        endpoint.behaviour = sends("." * filler + KEY, "text/html")
        assert KEY[:6] not in str(await error_of(model))


async def test_blanks_around_the_key_are_dropped(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    endpoint.behaviour = says("fine")
    model = endpoint_model(endpoint.url)
    await model.start()
    await model.complete(ask_for())
    endpoint.behaviour = echoes_the_key
    assert KEY not in str(await error_of(model))
    await model.close()
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["sk-\nsecret", "sk-“secret”", "sk- secret"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(InputError) as caught:
        check_model(ModelSettings("openai:m", base_url="http://127.0.0.1:9/v1"))
    assert "OPENAI_API_KEY" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_base_url_from_the_environment(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    endpoint.behaviour = says("fine")
    model = OpenAICompatibleModel(ModelSettings("openai:m"))
    assert model.identity == f"openai:m@{endpoint.url}"
    await model.start()
    await model.complete(ask_for())
    await model.close()
    assert len(endpoint.requests) == 1


async def test_a_key_of_another_name(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    endpoint.behaviour = says("fine")
    model = endpoint_model(endpoint.url, api_key_env="OTHER_KEY")
    await model.start()
    await model.complete(ask_for())
    await model.close()
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-other"


OURS = {
    "OPENAI_ORG_ID": "org-marked-1",
    "OPENAI_PROJECT_ID": "proj-marked-2",
    "OPENAI_ADMIN_KEY": "sk-admin-marked-3",
    "OPENAI_CUSTOM_HEADERS": "X-Mine: hidden-marked-4\nAuthorization: Bearer marked-5\nno header",
}


async def test_headers_of_the_environment_go_to_no_other_endpoint(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OURS.items():
        monkeypatch.setenv(name, value)
    endpoint.behaviour = says("fine")
    model = endpoint_model(endpoint.url)
    await model.start()
    await model.complete(ask_for())
    await model.close()
    headers = endpoint.requests[0].headers
    assert not [name for name, value in headers.items() if "marked" in value]
    assert headers["authorization"] == f"Bearer {KEY}"


async def test_headers_of_the_environment_go_to_its_own_endpoint_and_are_hidden(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    for name, value in OURS.items():
        monkeypatch.setenv(name, value)
    model = OpenAICompatibleModel(ModelSettings("openai:m"))
    await model.start()
    endpoint.behaviour = lambda received: says(str(received.headers))(received)
    told = (await model.complete(ask_for())).text
    headers = endpoint.requests[0].headers
    assert headers["x-mine"] == "hidden-marked-4"
    assert headers["openai-organization"] == "org-marked-1"
    assert headers["openai-project"] == "proj-marked-2"
    assert headers["authorization"] == "Bearer marked-5"
    assert "'x-mine': '[header]'" in told
    assert "marked" not in told
    endpoint.behaviour = fails(500, "hidden-marked-4, marked-5")
    assert str(await error_of(model)) == f"HTTP 500: [header], [header] ({endpoint.url})"
    await model.close()


async def test_closing_twice_and_unstarted_is_harmless(endpoint: Endpoint) -> None:
    model = endpoint_model(endpoint.url)
    await model.close()
    await model.start()
    await model.close()
    await model.close()


# Turns and gaps


async def test_earlier_turns_are_sent_in_order(tmp_path: Path) -> None:
    with Endpoint(says("B")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            request = ask_for("Which?", history=(("A or B?", "B, I think."), ("Sure?", "Yes.")))
            await here.client.ask(request)
        (received,) = endpoint.requests
    assert received.body["messages"] == [
        {"role": "user", "content": "A or B?"},
        {"role": "assistant", "content": "B, I think."},
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Which?"},
    ]


async def test_a_suffix_is_sent(tmp_path: Path) -> None:
    with Endpoint(says("sort")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            await here.client.ask(ask_for("I told them to", api="completion", suffix=" them."))
            await here.client.ask(ask_for("I told them to", api="completion"))
        with_suffix, without = endpoint.requests
    assert with_suffix.body["suffix"] == " them."
    assert "suffix" not in without.body


async def test_a_refused_suffix_leaves_other_questions_open(tmp_path: Path) -> None:
    with Endpoint(says("cats")) as endpoint:
        endpoint.script.append(fails(400, "Unsupported param: suffix"))
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            refused = await here.client.ask(ask_for("a", api="completion", suffix="b"))
            assert refused.response is None
            assert "does not fill a gap between prompt and suffix" in (refused.error or "")
            assert (await here.client.ask(ask_for("a", api="completion"))).response is not None


@pytest.mark.parametrize(
    "body",
    [
        *[{"data": []}, {"data": [{"embedding": "text"}]}, {"data": [{"embedding": []}]}, {}],
        *["cats", '{"data": [{"embedding": [1' + "0" * 400 + "]}]}"],
    ],
)
async def test_what_is_no_embedding(body: Any) -> None:
    with Endpoint(sends(body)) as endpoint:
        model = endpoint_model(endpoint.url)
        await model.start()
        with pytest.raises(RetryableError):
            await model.complete(ask_for(api="embedding"))
        await model.close()
