from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promptopt.tasks.json_places import row_lines

scalar = st.none() | st.integers() | st.text(max_size=5)
entry = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    value=st.lists(entry, max_size=4) | st.dictionaries(st.text(max_size=3), entry, max_size=4),
    indent=st.sampled_from([None, 0, 1, 4]),
    before=st.integers(0, 2),
)
def test_every_entry_is_found_on_its_line(value: Any, indent: int | None, before: int) -> None:
    text = "\n" * before + json.dumps(value, indent=indent)
    found = row_lines(text)
    assert len(found[""]) == len(value)
    inner = value.items() if isinstance(value, dict) else ()
    for key, each in inner:
        if isinstance(each, list | dict) and key:
            assert len(found[key]) == len(each)
    if indent is None:
        assert all(line == before + 1 for lines in found.values() for line in lines)
    elif isinstance(value, list) and value:
        # An entry of so many lines lies between the beginnings of two.
        sizes = [json.dumps(each, indent=indent).count("\n") + 1 for each in value]
        starts = [before + 2 + sum(sizes[:at]) for at in range(len(sizes))]
        assert found[""] == starts


def test_lines_of_rows_that_are_named() -> None:
    text = '{\n"examples": [\n  {"a": "[,"},\n\n  {"b":\n 1}], "x": "y"}'
    assert row_lines(text) == {"": [2, 6], "examples": [3, 5]}
    assert row_lines('{"1": {"a": 1},\n "2": {}}') == {"": [1, 2], "1": [1], "2": []}
    assert row_lines('["a", "b:",\n"c"]') == {"": [1, 1, 2]}
    # A row stands where its key does.
    assert row_lines('{"1":\n\n {"a": 1},\n "2": 3}') == {"": [1, 4], "1": [3]}
