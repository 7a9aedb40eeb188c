"""What a reasoning model thinks before it answers."""

from __future__ import annotations

import re

# Some chat templates open the thought themselves: the reply then holds its end alone.
_thought = re.compile(
    r"\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|(?:(?!<think).)*?</think(?:ing)?>",
    re.IGNORECASE | re.DOTALL,
)


def without_thought(reply: str) -> str:
    """The reply without a thought in front of it, and without white space around it.

    A thought that was cut off has no answer: what is left of it is empty.
    """
    thought = _thought.match(reply)
    return (reply[thought.end() :] if thought else reply).strip()
