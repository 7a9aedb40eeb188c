from __future__ import annotations

from typing import Any

import pytest

from .asking import ask_for


def test_keys_are_those_of_runs_that_are_stored() -> None:
    """Taken from the requests of the version that knew chat and completion alone."""
    assert ask_for().key().hex() == "6feff5009971676da18098177840b0c1"
    other = ask_for(
        "Input: é\n",
        model="openai:x@http://a/v1",
        api="completion",
        temperature=0.9,
        top_p=0.95,
        max_tokens=64,
        stop=("\n", "##"),
        seed=7,
    )
    assert other.key().hex() == "5b73624c1505737bd258689cb3cee276"


def test_whatever_is_asked_differently_has_another_key() -> None:
    requests = [
        ask_for(),
        ask_for(history=(("hello", "hi"),)),
        ask_for(history=(("hello", "ho"),)),
        ask_for(history=(("hello", "hi"), ("so", "yes"))),
        ask_for(api="completion"),
        ask_for(api="completion", suffix="."),
        ask_for(api="likelihood", answer="."),
        ask_for(api="likelihood", answer=".."),
        ask_for(api="embedding"),
    ]
    assert len({request.key() for request in requests}) == len(requests)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api": "completion", "history": (("a", "b"),)},
        {"api": "likelihood", "answer": "x", "history": (("a", "b"),)},
        {"api": "chat", "suffix": "x"},
        {"api": "chat", "answer": "x"},
        {"api": "likelihood"},
        {"api": "embedding", "answer": "x"},
    ],
)
def test_what_does_not_go_together_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"belong|an answer"):
        ask_for(**wrong)


def test_a_transcript_shows_every_turn() -> None:
    assert ask_for("hello").transcript() == "hello"
    asked = ask_for("And now?", history=(("One?", "two"), ("Three?", "four")))
    assert asked.transcript() == (
        "[user]\nOne?\n\n[assistant]\ntwo\n\n"
        "[user]\nThree?\n\n[assistant]\nfour\n\n[user]\nAnd now?"
    )
