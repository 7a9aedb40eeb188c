"""Reading what comes over the wire from an OpenAI-compatible endpoint, however odd."""

from __future__ import annotations

import json
import math
import time
from email.utils import parsedate_to_datetime
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
    """Seconds from now that a Retry-After header names, as a number or as a date, at least 0.

    The date is taken from the endpoint's own clock where it tells what that says.
    """
    headers = error.response.headers
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        until = _date(told)
        if until is None:
            return None
        seconds = until - (_date(headers.get("date", "")) or time.time())
    return max(0.0, seconds) if math.isfinite(seconds) else None


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


def whole(text: str) -> str:
    """The text with stand-ins for half characters, which no file can hold.

    JSON escapes a character beyond the first 65,536 in two halves, and an endpoint that cuts
    a reply off may send the first alone.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
