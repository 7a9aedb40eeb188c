from __future__ import annotations

import msgspec
import pytest

from promptopt.tasks.example import Example


def test_references_are_needed_and_belong_to_the_choices() -> None:
    with pytest.raises(ValueError, match="needs at least one reference"):
        Example("q", ())
    with pytest.raises(ValueError, match="'c' is not one of the choices"):
        Example("q", ("a", "c"), ("a", "b"))


def test_an_example_survives_being_stored() -> None:
    for example in (Example("q", ("a", "b")), Example("q", ("a",), ("a", "b"))):
        assert msgspec.json.decode(msgspec.json.encode(example), type=Example) == example
