"""Reading what comes over the wire from an OpenAI-compatible endpoint, however odd."""

from __future__ import annotations

import json
import math
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai


LONGEST_ASKED = 366 * 86_400.0
"""Seconds. Who asks to wait for longer has not told the time."""


def message_of(error: openai.APIStatusError) -> str:
    """What the endpoint said, in one line."""
    body = _within(error.body)
    told = words_of(body) if isinstance(body, dict) else str(body or error.message)
    return " ".join(told.split())


def words_of(error: dict[str, Any]) -> str:
    """What an error says, with what stands behind it: OpenRouter hands that on as it came."""
    told = str(error.get("message") or error.get("error") or json.dumps(error))
    raw = field_of(error.get("metadata"), "raw")
    return f"{told}: {raw}" if isinstance(raw, str) and raw else told


def codes_of(body: Any) -> set[str]:
    """What an error calls itself: its code, its type, its status, and the code within it."""
    error = _within(body)
    told = [field_of(error, name) for name in ("code", "type", "status")]
    told.append(field_of(field_of(error, "innererror"), "code"))
    return {str(each) for each in told if isinstance(each, str | int)}


def _within(body: Any) -> Any:
    """The error itself, which Gemini wraps in a list and an object."""
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else body


def retry_after_of(error: openai.APIStatusError) -> float | None:
    """Seconds from now that a header names, at least 0; None where none does.

    `Retry-After-Ms`, of OpenAI and Azure, goes before Retry-After, which is a number or a date.
    The date is taken from the endpoint's own clock where it tells what that says.
    """
    headers = error.response.headers
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    told = headers.get("retry-after", "").strip()
    seconds = _number(told)
    if seconds is None:
        until = _date(told)
        if until is None:
            return None
        seconds = until - (_date(headers.get("date", "")) or time.time())
    return max(0.0, seconds) if seconds <= LONGEST_ASKED else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str) -> float | None:
    """Seconds since 1970 of a date in HTTP's form (RFC 9110, section 5.6.7)."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def field_of(value: Any, name: str) -> Any:
    """A field of what was decoded, or of one of the package's typed models; None if missing."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def count_of(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**53 else None


def usage_of(reply: Any) -> tuple[int | None, int | None]:
    """Prompt and completion tokens that a reply tells of; None for what it does not.

    Some, like xAI, count what a model thought in the total alone; it is paid for like the rest.
    """
    usage = field_of(reply, "usage")
    prompt, completion, total = (
        count_of(field_of(usage, name))
        for name in ("prompt_tokens", "completion_tokens", "total_tokens")
    )
    if prompt is not None and completion is not None and total is not None:
        completion = max(completion, total - prompt)
    return prompt, completion


def whole(text: str) -> str:
    """The text with stand-ins for half characters, which no file can hold.

    JSON escapes a character beyond the first 65,536 in two halves, and an endpoint that cuts
    a reply off may send the first alone.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
