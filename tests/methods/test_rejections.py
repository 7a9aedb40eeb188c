from __future__ import annotations

import pytest

from promptopt.methods.rejections import by_reason, kind_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("same as c012", "known already"),
        ("10 words from c000, at most 2", "beyond the edit budget"),
        ("5 words, at most 4", "too long"),
        ("lost the placeholder {x}", "lost the placeholder {x}"),
        ("empty", "empty"),
    ],
)
def test_kinds_of_reasons(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind


def test_the_most_frequent_first() -> None:
    assert by_reason({"empty": 2, "too long": 1_000, "copied": 2}) == (
        "1,000 too long, 2 copied, 2 empty"
    )
