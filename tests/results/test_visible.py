from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.results.visible import visible

HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}

# Hypothesis draws surrogates only where it is asked to.
any_text = st.text(st.characters(exclude_categories=()))


@given(any_text)
def test_nothing_that_steers_or_hides_is_left(text: str) -> None:
    shown = visible(text)
    assert not [character for character in shown if unicodedata.category(character) in HIDDEN]
    assert visible(shown) == shown


@given(any_text)
def test_with_newlines_only_newlines_are_left(text: str) -> None:
    shown = visible(text, newlines=True)
    left = {character for character in shown if unicodedata.category(character) in HIDDEN}
    assert left <= {"\n"}
    assert shown.count("\n") == text.count("\n")
    assert visible(shown, newlines=True) == shown


def test_every_code_point_by_itself() -> None:
    for code in range(sys.maxunicode + 1):
        shown = visible(chr(code))
        assert shown, f"U+{code:04X} vanished"
        assert all(unicodedata.category(each) not in HIDDEN for each in shown), f"U+{code:04X}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text [/INST] [bold]", "plain text [/INST] [bold]"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\x9b2Jb", "a‹U+009B›2Jb"),
        ("a\u202egnp.exe", "a‹U+202E›gnp.exe"),
        ("a\u2066b\u2069", "a‹U+2066›b‹U+2069›"),
        ("zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›"),
        ("soft\u00adhyphen", "soft‹U+00AD›hyphen"),
        ("tag\U000e0041", "tag‹U+E0041›"),
        ("sel\U000e0100", "sel‹U+E0100›"),
        ("fill\u3164er", "fill‹U+3164›er"),
        ("half\ud800", "half‹U+D800›"),
        ("para\u2029line\u2028", "para‹U+2029›line‹U+2028›"),
        ("\x00\x7f\x85", "␀␡‹U+0085›"),
        ("a\tb", "a    b"),
        ("one\r\ntwo\rthree\nfour", "one⏎two␍three⏎four"),
        ("👩\u200d💻", "👩‹U+200D›💻"),
        ("❤\ufe0f naïve 日本語 עברית", "❤\ufe0f naïve 日本語 עברית"),
        ("", ""),
    ],
)
def test_stand_ins(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_clean_text_is_returned_as_it_is() -> None:
    text = "Write the plural of the word."
    assert visible(text) is text


def test_newlines_stay_where_asked() -> None:
    assert visible("a\r\nb\n\x1b", newlines=True) == "a\nb\n␛"
