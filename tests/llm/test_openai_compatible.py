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

FATAL: dict[str, tuple[Behaviour, str]] = {
    "401": (fails(401, "Incorrect API key"), "refused the key (401); check OPENAI_API_KEY"),
    "403": (fails(403, "no access"), "forbids this (403): no access"),
    "404": (fails(404, "The model does not exist"), "knows no model 'some-model'"),
    "429 quota": (fails(429, "You exceeded it", code="insufficient_quota"), "quota"),
    "400": (fails(400, "nonsense"), "refused the request (HTTP 400): nonsense"),
    "422": (fails(422, "nonsense"), "refused the request (HTTP 422): nonsense"),
    "404 as HTML": (sends("<h1>Not here</h1>", "text/html", 404), "<h1>Not here</h1>"),
}

RETRYABLE: dict[str, tuple[Behaviour, str]] = {
    "429": (fails(429, "slow down"), "HTTP 429: slow down"),
    "500": (fails(500, "oh dear"), "HTTP 500: oh dear"),
    "503 as HTML": (sends("<p>Busy</p>", "text/html", 503), "HTTP 503: <p>Busy</p>"),
    "408": (fails(408, "late"), "HTTP 408"),
    "409": (fails(409, "conflict"), "HTTP 409"),
    "reset": (resets, "cannot reach http://127.0.0.1"),
    "cut short": (cut_short, "cannot reach http://127.0.0.1"),
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
    assert str(error) == "no answer within 0.1 s"
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
    assert f"cannot reach {url}" in str(error)


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
    model = endpoint_model(endpoint.url, timeout=0.2)
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
    from promptopt.errors import InputError

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
    [{"data": []}, {"data": [{"embedding": "text"}]}, {"data": [{"embedding": []}]}, {}, "cats"],
)
async def test_what_is_no_embedding(body: Any) -> None:
    with Endpoint(sends(body)) as endpoint:
        model = endpoint_model(endpoint.url)
        await model.start()
        with pytest.raises(RetryableError):
            await model.complete(ask_for(api="embedding"))
        await model.close()
