from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.llm.model import Response
from promptopt.llm.prices import FREE, Price
from promptopt.llm.settings import ModelSettings
from promptopt.llm.spend import Spend
from promptopt.llm.tariff import CHAT_PREAMBLE, MOST_TOKENS, MOST_USD, Tariff, price_of, tariff_of
from promptopt.llm.token_counts import PER_MESSAGE, Estimate

from .asking import ask_for

DOLLAR_A_TOKEN = Price(1_000_000, 1_000_000)


def test_the_most_of_each_kind_of_request() -> None:
    tariff = Tariff(Estimate())
    around = PER_MESSAGE
    assert tariff.most(ask_for("four", max_tokens=7)) == (4 + around + CHAT_PREAMBLE, 7)
    turns = ask_for("four", max_tokens=7, history=(("one", "two"),))
    assert tariff.most(turns) == (4 + 3 + 3 + 3 * around + CHAT_PREAMBLE, 7)
    assert tariff.most(ask_for("four", api="completion")) == (4 + around, 16)
    filled = ask_for("four", api="completion", suffix="five!")
    assert tariff.most(filled) == (4 + 5 + 2 * around, 16)
    likely = ask_for("four", api="likelihood", answer=" six", max_tokens=1)
    assert tariff.most(likely) == (8 + around, 4 + around)
    assert tariff.most(ask_for("four", api="embedding")) == (4 + around, 0)


def test_what_an_endpoint_tells_is_what_counts() -> None:
    tariff = Tariff(Estimate(), DOLLAR_A_TOKEN)
    told = Response("", prompt_tokens=3, completion_tokens=0)
    assert tariff.used(ask_for(), told, (50, 16)) == (3, 0)
    assert tariff.used(ask_for(), Response("x", completion_tokens=2), (50, 16)) == (50, 2)
    assert tariff.used(ask_for(), Response("x"), (50, 16)) == (50, 16)
    assert tariff.spend(3, 4) == Spend(1, 7, 7 * 10**12)


def test_an_endpoint_that_counts_more_is_believed_and_expected_to_do_it_again() -> None:
    tariff = Tariff(Estimate())
    prompt, completion = tariff.most(ask_for())
    told = Response("x", prompt_tokens=prompt + 30, completion_tokens=completion + 5)
    assert tariff.used(ask_for(), told, (prompt, completion)) == (prompt + 30, completion + 5)
    assert tariff.most(ask_for()) == (prompt + 30, completion + 5)
    tariff.used(
        ask_for(), Response("x", prompt_tokens=1, completion_tokens=1), tariff.most(ask_for())
    )
    assert tariff.most(ask_for()) == (prompt + 30, completion + 5)


def test_calls_that_were_out_together_tell_of_the_same_excess_once() -> None:
    tariff = Tariff(Estimate())
    assert not tariff.learned
    most = tariff.most(ask_for())
    for more in (30, 30, 10):
        tariff.used(ask_for(), Response("x", prompt_tokens=most[0] + more), most)
    assert tariff.learned
    assert tariff.exceeded
    assert tariff.most(ask_for()) == (most[0] + 30, most[1])


@given(prompt=st.integers(0, 2**53), completion=st.integers(0, 2**53))
def test_nothing_that_is_told_breaks_a_sum(prompt: int, completion: int) -> None:
    spend = Tariff(Estimate(), DOLLAR_A_TOKEN).spend(prompt, completion)
    assert spend.tokens <= MOST_TOKENS
    assert spend.usd <= MOST_USD


def test_where_a_price_comes_from() -> None:
    own = Price(1.0, 2.0)
    assert price_of(ModelSettings("openai:m", base_url="http://127.0.0.1:1/v1", price=own)) is own
    assert price_of(ModelSettings("openai:m", base_url="http://127.0.0.1:1/v1")) is None
    assert price_of(ModelSettings("local")) is price_of(ModelSettings("scripted:echo")) is FREE
    # A machine costs money, too, if one says so.
    assert price_of(ModelSettings("local", price=own)) is own
    listed = price_of(ModelSettings("openai:gpt-4o-mini", base_url="https://api.openai.com/v1"))
    assert listed is not None
    assert listed.cost(1_000, 10) > 0


def test_what_has_no_price_costs_nothing_that_is_known(tmp_path: Path) -> None:
    tariff = tariff_of(ModelSettings("openai:m", base_url="http://127.0.0.1:1/v1"))
    assert tariff.price is None
    assert tariff.spend(5, 5) == Spend(1, 10, 0)
    with pytest.raises(InputError, match="there is no tokenizer file"):
        tariff_of(ModelSettings("local", tokenizer=str(tmp_path / "tokenizer.json")))
