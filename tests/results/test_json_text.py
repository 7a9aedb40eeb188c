from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from promptopt.results.json_text import json_text
from promptopt.results.visible import visible


@given(st.text(st.characters(exclude_categories=())), st.sampled_from([None, 2]))
def test_what_is_parsed_is_what_was_given_and_it_is_safe(text: str, indent: int | None) -> None:
    # A lone high surrogate before a low one is one character in JSON, whoever writes it.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    written = json_text({"text": [text]}, indent=indent)
    assert json.loads(written) == {"text": [text]}
    assert visible(written, newlines=True) == written


def test_scripts_stay_readable() -> None:
    assert json_text("日本語 ±.02") == '"日本語 ±.02"'
    assert json_text("\x1b\x7f\x9b\u202e\U000e0041\ud800") == (
        '"\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41\\ud800"'
    )
