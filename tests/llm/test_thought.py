from __future__ import annotations

import pytest

from promptopt.llm.thought import without_thought


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("cats", "cats"),
        (" cats\n", "cats"),
        ("<think>one cat, two cats</think>\n\ncats", "cats"),
        ("\n<Thinking>\na <b>\n</Thinking> cats", "cats"),
        # Some templates open it themselves.
        ("one cat, two cats</think>\n\ncats", "cats"),
        # Cut off, there is no answer.
        ("<think>one cat, two", ""),
        ("<think></think>", ""),
        # A later thought, or one that is talked about, is the reply's own.
        ("cats <think>or not</think>", "cats <think>or not</think>"),
        ("I think cats", "I think cats"),
        ("<think>a</think><think>b</think> c", "<think>b</think> c"),
        ("", ""),
    ],
)
def test_a_thought_goes_and_the_answer_stays(reply: str, said: str) -> None:
    assert without_thought(reply) == said
