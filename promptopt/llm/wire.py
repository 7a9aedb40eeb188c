"""Reading what comes over the wire from an OpenAI-compatible endpoint, however odd."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai


def message_of(error: openai.APIStatusError) -> str:
    """What the endpoint said, in one line."""
    body = error.body
    if isinstance(body, dict):
        told = body.get("message") or body.get("error") or json.dumps(body)
    else:
        told = body or error.message
    return " ".join(str(told).split())


def retry_after_of(error: openai.APIStatusError) -> float | None:
    """Seconds of a Retry-After header; its date form is left to the client's own pause."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, seconds) if seconds == seconds else None


def count_of(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**53 else None


def whole(text: str) -> str:
    """The text with stand-ins for half characters, which no file can hold.

    JSON escapes a character beyond the first 65,536 in two halves, and an endpoint that cuts
    a reply off may send the first alone.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
