from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.methods.proposals import clean, fingerprint

WANTED = "Write the plural of the word."


@pytest.mark.parametrize(
    "reply",
    [
        WANTED,
        " write the plural of the word.\n",
        "to write the plural of the word.",
        " to write the plural of the word.\n\nInput: cat\nOutput: cats",
        '"Write the plural of the word."',
        '"write the plural of the word".',
        "“Write the plural of the word.”",
        "`write the plural of the word.`",
        "'to write the plural of the word.'",
        ": write the plural of the word.",
        "The instruction was to write the plural of the word.",
        'The instruction was: "Write the plural of the word."',
        "Instruction: Write the plural of the word.",
        "Output: Write the plural of the word.",
        "Variation: write the plural of the word.",
        "Sure, here it is: The instruction was to write the plural of the word.",
        "Sure! Here is a variation of the instruction:\n\nWrite the plural of the word.",
        "Certainly: write the plural of the word.",
        "Here is a variation: Write the plural of the word.",
        "Here's a variation of the instruction: “Write the plural of the word.”",
        "Write the plural of the word.\nInput: cat\nOutput: cats",
        "Write the plural of the word.\n\nThis instruction is short and clear.",
        '"Write the plural of the word.',
        # of base models, which go on with the text
        " to write the plural of the word.\n\nI gave another friend an instruction",
        " to write the plural of the word.\nInstruction: next",
        ' "to write the plural of the word".',
        # of chat models, which talk
        "**Instruction:** Write the plural of the word.",
        "**Write the plural of the word.**",
        "The instruction was: **Write the plural of the word.**",
        'Sure! Here\'s the missing instruction:\n\n**"Write the plural of the word."**',
        "1. Write the plural of the word.",
        "1) Write the plural of the word.",
        "- Write the plural of the word.",
        "1. Write the plural of the word.\n\n2. Give the plural form.",
        'Based on the pairs, the instruction was likely: "Write the plural of the word."',
        "I think the missing instruction is: write the plural of the word.",
        "It seems that the instruction was to write the plural of the word.",
        "The friend's instruction was to write the plural of the word.",
        "The instruction given to the friend was to write the plural of the word.",
        "The instruction that was given was to write the plural of the word.",
        "Your friend was asked to write the plural of the word.",
        '"Write the plural of the word." This instruction fits all of the pairs.',
        '"Write the plural of the word". The friend did.',
        "[INSERT]: write the plural of the word.",
        "```\nWrite the plural of the word.\n```",
        "```text\nWrite the plural of the word.\n```\nThis should work.",
        "Write the plural of the word.\nExplanation: every input is a noun.",
        "<think>Cat, cats.\n\nSo it is plurals.</think>\n\nWrite the plural of the word.",
        "Cat, cats.\n\nSo it is plurals.</think>Write the plural of the word.",
        # what goes on from "The instruction was"
        'most likely "Write the plural of the word."',
        " likely to write the plural of the word.",
        "as follows: write the plural of the word.",
        "The instruction was most likely to write the plural of the word.",
        'The most likely instruction: "Write the plural of the word."',
        'to write the plural of the word" and the friend did it.',
        "write the plural of the word.”",
    ],
)
def test_clean(reply: str) -> None:
    assert clean(reply).rstrip(".") == WANTED.rstrip(".")


@pytest.mark.parametrize(
    "instruction",
    [
        "Answer with the output of the function",
        'Write "yes" or "no"',
        '"Yes" means that they agree; write it',
        '"Yes" or "no"',
        '"Yes" if they agree, else "no".',
        "To each word, add an s",
        "Say which of the following is larger: the first or the second",
        "Tomorrow is when",
        "Écris le pluriel",
        "複数形を書いてください",
        "First line\nsecond line",
        "Given the instruction, follow it",
        "1. Read the word.\n2. Write its plural.",
        "- Read the word.\n- Write its plural.",
        "Mark the answer with **two stars**",
        "Answer: yes or no",
        '"Negate the statement" and the inputs were all factually correct',
        "__name__ is what to print",
        "3 or more are many: count them",
        "The plural is what to write",
        "Write the output: the plural of the word",
        "Give a variation of the word: synonyms count",
        "Provide the output: a list of words sorted",
        "Likely causes come first",
        'Write 5" as five inches',
        'End with a quotation mark "',
        'Write "cats',
    ],
)
def test_what_is_an_instruction_already_is_left_alone(instruction: str) -> None:
    assert clean(instruction) == instruction


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n ",
        "<think>Cat, cats. So it",
        "1. ",
        "**Instruction:**",
        '""',
        "“”",
        "to",
        "Instruction:",
        ".",
    ],
)
def test_nothing_is_not_much(reply: str) -> None:
    assert len(clean(reply)) <= 2


@given(st.text())
def test_clean_takes_any_text(reply: str) -> None:
    text = clean(reply)
    assert text == text.strip()
    assert "\n\n" not in text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Write the plural.", "write the plural"),
        ("Write  the\nplural", "Write the plural"),
        ('"Write the plural"', "Write the plural!"),
        ("WRITE THE PLURAL", "write the plural"),
        ("Straße", "STRASSE"),
    ],
)
def test_equal_fingerprints(first: str, second: str) -> None:
    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Write the plural", "Write a plural"),
        ("Write it, then stop", "Write it then stop"),
        ("a b", "ab"),
    ],
)
def test_different_fingerprints(first: str, second: str) -> None:
    assert fingerprint(first) != fingerprint(second)


@pytest.mark.parametrize("text", ["", "  ", ".", '"."', "!?"])
def test_nothing_has_an_empty_fingerprint(text: str) -> None:
    assert fingerprint(text) == ""
