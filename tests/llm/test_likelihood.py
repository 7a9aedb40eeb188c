from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptopt.llm.errors import FatalError, RetryableError, SkippedError
from promptopt.llm.form_finder import probe
from promptopt.llm.likelihood import FormRefusedError, tokens_of_answer
from promptopt.llm.model import Request

from .asking import Asking, ask_for, asking, endpoint_model
from .endpoint import Answer, Behaviour, Endpoint, Received, fails, reply
from .likelihood_servers import chat_alone, echoing, expected, llama_cpp, vllm

PROMPT = "Instruction: Pluralise.\n\nInput: tree house\nOutput:"
SERVERS = {
    "prompt_logprobs": vllm,
    "echo": echoing,
    "llguidance": llama_cpp(),
    "gbnf": llama_cpp(llguidance=False),
}


def likelihood(answer: str = " tree houses", prompt: str = PROMPT) -> Request:
    return ask_for(prompt, api="likelihood", answer=answer)


@pytest.mark.parametrize("form", SERVERS)
@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        (PROMPT, " tree houses"),
        (PROMPT, " 42"),
        ("Is 1 <", "> 2"),
        ("Line\n", "a, b.\nc"),
        ("Input: été\nOutput:", " élan vital"),
    ],
)
async def test_every_form_tells_the_same(
    tmp_path: Path, form: str, prompt: str, answer: str
) -> None:
    with Endpoint(SERVERS[form]) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            reply = await here.client.ask(likelihood(answer, prompt))
    assert reply.response is not None
    assert reply.response.numbers == pytest.approx(expected(prompt, answer), abs=1e-9)
    assert reply.response.finish_reason == form
    assert reply.response.text == ""


@pytest.mark.parametrize(("form", "tries"), list(zip(SERVERS, (1, 2, 3, 4), strict=True)))
async def test_the_form_is_found_once_and_every_try_is_counted(
    tmp_path: Path, form: str, tries: int
) -> None:
    with Endpoint(SERVERS[form]) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model) as here:
            first = await here.client.ask(likelihood(" one"))
            await here.client.ask(likelihood(" two"))
        completions = [each for each in endpoint.requests if each.path == "/v1/completions"]
        assert model.likelihood_form == form
        assert first.attempts == tries
        assert len(completions) == here.budget.spent.calls == tries + 1


@pytest.mark.parametrize("more", [0, 1, 3])
async def test_what_is_generated_behind_the_answer_is_left_aside(tmp_path: Path, more: int) -> None:
    """Some servers generate nothing however they are asked, and some more than they are asked."""
    with Endpoint(lambda received: echoing(received, more)) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            reply = await here.client.ask(likelihood(" tree houses"))
    assert reply.response is not None
    assert reply.response.finish_reason == "echo"
    assert reply.response.numbers == pytest.approx(expected(PROMPT, " tree houses"))


async def test_nothing_is_generated_in_earnest(tmp_path: Path) -> None:
    with Endpoint(vllm) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            await here.client.ask(likelihood())
        (received,) = endpoint.requests
    assert received.body["prompt"] == PROMPT + " tree houses"
    assert received.body["max_tokens"] == 1


async def test_a_prompt_is_not_told_apart_from_its_answer_by_length_alone(tmp_path: Path) -> None:
    """The same text, cut elsewhere, has other tokens of the answer."""
    with Endpoint(vllm) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            long = await here.client.ask(likelihood(" tree houses"))
            short = await here.client.ask(likelihood(" houses", PROMPT + " tree"))
    assert long.response is not None
    assert short.response is not None
    assert long.response.numbers[1:] == short.response.numbers
    assert len(short.response.numbers) == 1


# Refusals


async def ask_failing(here: Asking) -> str:
    with pytest.raises(FatalError) as caught:
        await here.client.ask(likelihood())
    return str(caught.value)


def ignores(received: Received) -> Answer:
    return Answer(reply(received, " x"))


def tells_no_ids(received: Received) -> Answer:
    if received.path == "/tokenize":
        return Answer({"tokens": [{"piece": received.body["content"]}]})
    return ignores(received)


@pytest.mark.parametrize(
    "behaviour", [chat_alone, ignores, tells_no_ids, fails(400, "no"), fails(501, "no")]
)
async def test_an_endpoint_that_cannot_is_refused_with_what_to_do(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    with Endpoint(behaviour) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            told = await ask_failing(here)
            sent = len(endpoint.requests)
            assert await ask_failing(here)
            assert len(endpoint.requests) == sent
    assert "does not tell how likely a given answer is" in told
    assert 'score = "execution_accuracy"' in told
    assert "vLLM or llama.cpp server, or the model local" in told
    assert sent <= 6


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_not_taken_for_a_form(tmp_path: Path, status: int) -> None:
    with Endpoint(fails(status, "who are you")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            assert "who are you" in await ask_failing(here)
        assert len(endpoint.requests) == 1


async def test_a_passing_fault_is_not_taken_for_a_form(tmp_path: Path) -> None:
    with Endpoint(vllm) as endpoint:
        endpoint.script.extend([fails(503, "busy"), fails(429, "slow", retry_after="0")])
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model) as here:
            reply = await here.client.ask(likelihood())
        assert reply.attempts == 3
        assert model.likelihood_form == "prompt_logprobs"


async def test_once_a_form_works_a_refusal_is_of_that_answer_alone(tmp_path: Path) -> None:
    with Endpoint(vllm) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model) as here:
            await here.client.ask(likelihood(" one"))
            endpoint.script.append(fails(400, "odd"))
            failed = await here.client.ask(likelihood(" two"))
            assert failed.response is None
            assert "odd" in (failed.error or "")
            assert (await here.client.ask(likelihood(" three"))).response is not None


async def test_a_prompt_that_is_too_long_is_skipped(tmp_path: Path) -> None:
    with Endpoint(fails(400, "exceeds the context length", code="x")) as endpoint:
        model = endpoint_model(endpoint.url)
        await model.start()
        with pytest.raises(SkippedError, match="too long"):
            await model.complete(likelihood())
        await model.close()


@pytest.mark.parametrize(("told", "kept"), [(-9999.0, -100.0), (-3.4e38, -100.0), (1e-7, 0.0)])
async def test_what_rounds_to_nothing_does_not_drown_the_rest(
    tmp_path: Path, told: float, kept: float
) -> None:
    def extreme(received: Received) -> Answer:
        answer = vllm(received)
        answer.body["choices"][0]["prompt_logprobs"][-1]["5"]["logprob"] = told
        return answer

    with Endpoint(extreme) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            reply = await here.client.ask(likelihood())
    assert reply.response is not None
    assert reply.response.numbers[-1] == kept
    assert reply.response.numbers[0] == pytest.approx(expected(PROMPT, " tree houses")[0])


@pytest.mark.parametrize("value", [None, "x", math.nan])
async def test_a_token_without_a_number_is_no_answer(value: object) -> None:
    def odd(received: Received) -> Answer:
        answer = vllm(received)
        answer.body["choices"][0]["prompt_logprobs"][-1]["5"]["logprob"] = value
        return answer

    with Endpoint(odd) as endpoint:
        model = endpoint_model(endpoint.url)
        await model.start()
        with pytest.raises(RetryableError, match="prompt_logprobs"):
            await model.complete(likelihood())
        await model.close()


# The probe


async def test_the_probe_is_one_call_and_a_resumed_run_makes_none(tmp_path: Path) -> None:
    with Endpoint(llama_cpp()) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as first:
            await probe(first.client)
            assert first.budget.spent.calls == 3  # two forms were refused
        sent = len(endpoint.requests)
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, run_id=first.run_id) as second:
            await probe(second.client)
            assert len(endpoint.requests) == sent
            assert model.likelihood_form == "llguidance"
            # What it learned from the stored reply holds for the next question.
            reply = await second.client.ask(likelihood())
            assert reply.attempts == 1


async def test_a_probe_that_fails_says_what_to_do(tmp_path: Path) -> None:
    with Endpoint(chat_alone) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            with pytest.raises(FatalError, match="execution accuracy"):
                await probe(here.client)


# Tokens


@pytest.mark.parametrize(
    ("pieces", "answer", "count"),
    [
        ([None, "Output", ":", " cats"], " cats", 1),
        (["Output", ":", " ", "4", "2"], " 42", 3),
        (["Output", ":\n", "cats"], "cats", 1),
        (["Output", ": c", "ats"], " cats", 2),
        # Decoded one by one, some lose the blank before them, or are nothing but one.
        (["Output", ":", "cats", "and", "dogs"], " cats and dogs", 3),
        (["Output", ":", "", "42"], " 42", 2),
        (["a", " \n", "b"], "b", 1),
        # An emoji in three pieces, at every place.
        ([":", " �", "�", "�", " é"], " 🎉 é", 4),
        ([":", " a", " �", "�"], " a 🎉", 3),
        ([":", "bytes:\\xf0", "bytes:\\x9f", "!"], " 🎉!", 3),
        ([": b", "�", "�"], " b🎉", 3),
    ],
)
def test_tokens_of_the_answer(pieces: list[str | None], answer: str, count: int) -> None:
    assert tokens_of_answer([str(piece) for piece in pieces], answer) == count


@pytest.mark.parametrize("pieces", [[], ["dogs"], ["cats", " dogs"], ["Output", ":"]])
def test_tokens_of_another_text_are_refused(pieces: list[str]) -> None:
    with pytest.raises(FormRefusedError):
        tokens_of_answer(pieces, " cats")


@given(st.lists(st.text(min_size=1, max_size=4), max_size=6), st.text(min_size=1), st.data())
@example(["a"], "b", None)
def test_however_an_answer_is_cut_all_of_its_tokens_are_found(
    prompt: list[str], answer: str, data: st.DataObject | None
) -> None:
    if "�" in "".join(prompt) + answer or "bytes:" in answer or not answer.strip():
        return
    if answer[0].isspace() and prompt and not prompt[-1].strip():
        return  # a blank on either side of the cut could belong to both
    cuts = sorted(data.draw(st.sets(st.integers(1, len(answer))))) if data else []
    ends = [*cuts, len(answer)] if not cuts or cuts[-1] != len(answer) else cuts
    pieces = [answer[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    found = tokens_of_answer([*prompt, *pieces], answer)
    # A blank that opens the answer in pieces of its own counts once.
    opening = next(at for at, piece in enumerate(pieces) if piece.strip())
    assert found == len(pieces) - max(0, opening - 1)
