from __future__ import annotations

import msgspec
import pytest
from genai_prices import Usage, calc_price

from promptopt.llm.prices import FREE, Price, list_price

OPENAI = "https://api.openai.com/v1"


def test_a_price_of_ones_own_is_per_million_tokens() -> None:
    price = Price(input=2.5, output=10.0)
    assert price.cost(1_000_000, 0) == 2.5
    assert price.cost(0, 1_000_000) == 10.0
    assert price.cost(2_000, 100) == pytest.approx(0.006)
    assert FREE.cost(10**9, 10**9) == 0.0


@pytest.mark.parametrize("table", ['{"input": -1, "output": 1}', '{"input": 1}', '{"inputs": 1}'])
def test_a_price_that_is_none(table: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(table, type=Price)


def test_the_list_knows_models_by_their_endpoint() -> None:
    price = list_price("gpt-4o-mini", OPENAI)
    assert price is not None
    for prompt, completion in [(0, 0), (1_000, 100), (200_000, 16_000)]:
        usage = Usage(input_tokens=prompt, output_tokens=completion)
        expected = calc_price(usage, "gpt-4o-mini", provider_id="openai").total_price
        assert price.cost(prompt, completion) == float(expected)
    assert price.cost(1_000, 100) > 0


@pytest.mark.parametrize(
    ("name", "url"),
    [("gpt-4o-mini", "http://127.0.0.1:8000/v1"), ("no-such-model", OPENAI), ("", OPENAI)],
)
def test_what_the_list_does_not_know_is_unknown_and_not_free(name: str, url: str) -> None:
    assert list_price(name, url) is None
