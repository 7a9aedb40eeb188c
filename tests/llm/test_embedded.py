"""The embedded model with its real weights."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import pytest_asyncio

from promptopt.llm import embedded, weights
from promptopt.llm.embedded import SLOTS, EmbeddedModel
from promptopt.llm.embedder import cosine
from promptopt.llm.errors import RetryableError, SkippedError
from promptopt.llm.model import Request
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.settings import ModelSettings

from ..workspace import wait_until
from .asking import ask_for

pytest.importorskip("xllamacpp", exc_type=ImportError)
pytestmark = [
    pytest.mark.skipif(
        weights.find() is None, reason="no weights; get them with: promptopt models pull"
    ),
    pytest.mark.asyncio(loop_scope="module"),
]

CONTINUE = "Input: cat\nOutput: cats\n\nInput: dog\nOutput: dogs\n\nInput: house\nOutput:"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[EmbeddedModel]:
    opened = EmbeddedModel(ModelSettings("local"))
    await opened.start()
    yield opened
    await opened.close()


def listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        return False
    return True


def plain(prompt: str = CONTINUE, **changes: object) -> object:
    given = {"api": "completion", "max_tokens": 8, "stop": ("\n",), **changes}
    return ask_for(prompt, **given)


async def test_greedy(model: EmbeddedModel) -> None:
    replies = await asyncio.gather(*(model.complete(plain()) for _ in range(SLOTS)))  # type: ignore[arg-type]
    assert {reply.text for reply in replies} == {" houses"}
    assert replies[0].finish_reason == "stop"
    assert replies[0].prompt_tokens is not None
    assert 15 < replies[0].prompt_tokens < 40
    assert replies[0].completion_tokens is not None


async def test_samples_repeat_with_their_seed(model: EmbeddedModel) -> None:
    texts = [
        (await model.complete(plain("Once upon a", temperature=1.0, seed=seed, stop=()))).text  # type: ignore[arg-type]
        for seed in (1, 1, 2, 3, 4)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2


async def test_chat(model: EmbeddedModel) -> None:
    reply = await model.complete(ask_for("Say hello.", max_tokens=12))
    assert reply.text.strip()


async def test_a_prompt_that_is_too_long_is_skipped(model: EmbeddedModel) -> None:
    with pytest.raises(SkippedError, match="the prompt is too long for the model"):
        await model.complete(plain("word " * 20_000))  # type: ignore[arg-type]
    # The others go on.
    assert (await model.complete(plain())).text == " houses"  # type: ignore[arg-type]


async def test_only_who_holds_the_key_is_answered(model: EmbeddedModel) -> None:
    import httpx2

    async with httpx2.AsyncClient(trust_env=False) as client:
        url = f"{model.base_url}/completions"
        reply = await client.post(url, json={"prompt": "a", "max_tokens": 1})
        assert reply.status_code == 401
    assert urlsplit(model.base_url or "").hostname == "127.0.0.1"


async def one_by_one(model: EmbeddedModel, prompt: str, answer: str) -> list[float]:
    """The log-probabilities of an answer's tokens, each looked up in the whole vocabulary."""
    assert model._client is not None
    root = str(model.base_url).removesuffix("/v1")

    async def tokenize(text: str) -> list[int]:
        told: Any = await model._client.post(  # type: ignore[union-attr]
            f"{root}/tokenize", cast_to=object, body={"content": text, "add_special": False}
        )
        return list(told["tokens"])

    asked, ids = await tokenize(prompt), await tokenize(answer)
    values = []
    for at, token in enumerate(ids):
        reply = await model._client.completions.create(
            model="m",
            prompt=asked + ids[:at],
            max_tokens=1,
            temperature=0,
            extra_body={"n_probs": 49152, "cache_prompt": False},
        )
        (told,) = reply.choices[0].logprobs.content  # type: ignore[union-attr]
        values.append(next(each["logprob"] for each in told["top_logprobs"] if each["id"] == token))
    return values


def likelihood(answer: str, prompt: str = CONTINUE) -> Request:
    return ask_for(prompt, api="likelihood", answer=answer)


@pytest.mark.parametrize("answer", [" houses", " a house of cards", " 42"])
async def test_the_likelihood_of_an_answer(model: EmbeddedModel, answer: str) -> None:
    """The numbers are those of a look at every token's own distribution."""
    reply = await model.complete(likelihood(answer))
    assert reply.numbers == pytest.approx(await one_by_one(model, CONTINUE, answer), abs=5e-4)
    again = await model.complete(likelihood(answer))
    assert again.numbers == pytest.approx(reply.numbers, abs=5e-4)


async def test_a_right_answer_is_likelier(model: EmbeddedModel) -> None:
    right, wrong = [
        (await model.complete(likelihood(answer))).numbers for answer in (" houses", " fish")
    ]
    assert sum(right) / len(right) > sum(wrong) / len(wrong) + 2


async def test_an_answer_with_characters_of_several_tokens(model: EmbeddedModel) -> None:
    plain, odd = [
        (await model.complete(likelihood(answer))).numbers for answer in (" houses!", " houses 🎉!")
    ]
    assert len(odd) > len(plain)
    assert odd[0] == pytest.approx(plain[0], abs=5e-4)


async def test_a_server_of_this_kind_is_found_out(model: EmbeddedModel) -> None:
    """Asked like any endpoint, it comes to the same form by two refusals."""
    plain = OpenAICompatibleModel(ModelSettings("openai:m", base_url=model.base_url))
    plain._key = model._key
    await plain.start()
    for _ in range(2):
        with pytest.raises(RetryableError, match="no log-probabilities by"):
            await plain.complete(likelihood(" houses"))
    reply = await plain.complete(likelihood(" houses"))
    await plain.close()
    assert plain.likelihood_form == "llguidance"
    assert reply.numbers == (await model.complete(likelihood(" houses"))).numbers


async def test_vectors(model: EmbeddedModel) -> None:
    texts = ["Write the plural of the noun.", "Give the plural form.", "How tall is the Eiffel?"]
    vectors = [
        np.array((await model.complete(ask_for(text, api="embedding"))).numbers) for text in texts
    ]
    assert {len(vector) for vector in vectors} == {576}
    near, far = cosine(vectors[0], vectors[1]), cosine(vectors[0], vectors[2])
    assert 1 > near > far
    # Completions come out as before.
    assert (await model.complete(plain())).text == " houses"  # type: ignore[arg-type]
    with pytest.raises(SkippedError, match="too long"):
        await model.complete(ask_for("word " * 3_000, api="embedding"))


async def test_a_gap_is_not_filled(model: EmbeddedModel) -> None:
    with pytest.raises(SkippedError, match="does not fill a gap"):
        await model.complete(plain("I told them to", suffix=". They did."))  # type: ignore[arg-type]


async def test_a_second_turn(model: EmbeddedModel) -> None:
    short = await model.complete(ask_for("Who am I?", max_tokens=4))
    long = await model.complete(
        ask_for("Who am I?", max_tokens=4, history=(("My name is Ada.", "Hello, Ada."),))
    )
    assert short.prompt_tokens is not None
    assert long.prompt_tokens is not None
    assert long.prompt_tokens > short.prompt_tokens + 8


async def test_it_is_known_by_its_file(model: EmbeddedModel) -> None:
    found = weights.find()
    assert found is not None
    assert model.identity == f"local:{found.name}:{found.stat().st_size}"


async def test_closing_ends_the_server() -> None:
    opened = EmbeddedModel(ModelSettings("local"))
    await opened.start()
    address = urlsplit(opened.base_url or "")
    await opened.close()
    assert address.hostname
    assert address.port
    here = (address.hostname, address.port)
    await asyncio.to_thread(wait_until, lambda: not listens(here))
    with pytest.raises((RetryableError, RuntimeError)):
        await opened.complete(plain())  # type: ignore[arg-type]


@pytest.mark.parametrize(("idle", "expected"), [(400, 4), (200, 2), (90, 1), (0, 1)])
async def test_threads_are_the_cores_that_are_idle_now(
    monkeypatch: pytest.MonkeyPatch, idle: int, expected: int
) -> None:
    looks = iter([(1000, 5000), (1000 + idle, 5400)])
    monkeypatch.setattr(embedded, "_processor_times", lambda: next(looks))
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: range(4), raising=False)
    assert embedded.threads() == expected


async def test_threads_of_this_machine() -> None:
    assert 1 <= embedded.threads() <= 8
