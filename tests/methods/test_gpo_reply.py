from __future__ import annotations

import pytest

from promptopt.methods.gpo_reply import read_on, read_prompt


@pytest.mark.parametrize(
    ("reply", "prompt"),
    [
        ("<START>Name the letter.<END>", "Name the letter."),
        ("Sure!\n<START>\nName the letter.\n<END>\nI hope it helps.", "Name the letter."),
        ("<start> Name the letter. </end>", "Name the letter."),
        ("<START>Name the letter.</START>", ""),
        ("I wrap it with <START> and <END>.\n<START>Name the letter.<END>", "Name the letter."),
        ("<START>Name the letter.<END> It is within <START> and <END>.", "Name the letter."),
        ("<START>One.\n\nTwo, {with} **bold**.<END>", "One.\n\nTwo, {with} bold."),
        # Broken off, or begun for it.
        ("<START>Name the letter and", "Name the letter and"),
        ("<START>Old.<END><START>Name the new letter", "Name the new letter"),
        # Without <START>.
        ('Here is a new prompt:\n"Name the letter."\n\nIt is shorter.', ""),
        ("Name the letter.", ""),
        ("Name the letter.<END> more", ""),
        ("I'm sorry, but I can't help with that.", ""),
        ("I cannot put it between <START> and <END>.", ""),
        # What a model thinks before.
        ("<think><START>A long draft of it.<END></think><START>Short.<END>", "Short."),
        ("Now <START>A long draft of it.<END></think><START>Short.<END>", "Short."),
        ("<think>So <START>A draft of it.<END> and", ""),
        # What does not belong to it.
        ("<START><Prompt>Name the letter.</Prompt><END>", "Name the letter."),
        ('<START>Prompt: "Name the letter."<END>', "Name the letter."),
        ("<START>**Name the letter.**<END>", "Name the letter."),
        ('<START>"Yes" or "no"<END>', '"Yes" or "no"'),
        ("<START>“Name the letter.”<END>", "Name the letter."),
        ("", ""),
        ("<START><END>", ""),
        ("<END>", ""),
        ("<START>", ""),
    ],
)
def test_what_is_read(reply: str, prompt: str) -> None:
    assert read_prompt(reply) == prompt


@pytest.mark.parametrize(
    ("reply", "prompt"),
    [
        ("Name the letter.<END> more", "Name the letter."),
        ("\nName the letter.\n<END>\n\n<START>Another and a longer one.<END>", "Name the letter."),
        ("One.\n\nTwo.<END>", "One.\n\nTwo."),
        ('"Name the letter."\n\nIt is shorter.', "Name the letter."),
        ("Name the letter", "Name the letter"),
        ("<START>Name the letter.<END>", "Name the letter."),
        ("<think>So</think>Name the letter.<END>", "Name the letter."),
        ("", ""),
        ("<END>", ""),
    ],
)
def test_what_goes_on_behind_the_mark(reply: str, prompt: str) -> None:
    assert read_on(reply) == prompt
