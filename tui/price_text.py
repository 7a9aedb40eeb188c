"""The price of a model as it is typed: "0.15 / 0.6", in US dollars per million tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promptopt.results.typed_number import typed_number

PRICE_HINT = "write the price of prompts and that of replies, as in 0.15 / 0.60"


def price_written(price: Mapping[str, Any]) -> str:
    """A price as it stands in its field."""
    return f"{price.get('input', '?')} / {price.get('output', '?')}"


def price_read(text: str) -> dict[str, float] | None:
    """The price that a text says, with what its table is to hold; None where it says none."""
    parts = re.split(r"\s*/\s*|\s+", text.strip())
    if len(parts) != 2:
        return None
    try:
        prompts, replies = (typed_number(part.removeprefix("$"), float) for part in parts)
    except ValueError:
        return None
    return {"input": prompts, "output": replies}
