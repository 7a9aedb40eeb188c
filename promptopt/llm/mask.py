"""Mask: keeps what is secret out of everything that an endpoint sends back."""

from __future__ import annotations

from collections.abc import Iterable

from promptopt.llm.addresses import SECRET_LENGTH
from promptopt.llm.wire import whole

LONGEST_MESSAGE = 300
"""Characters of an endpoint's words that are passed on."""

KEY_MARK = "[key]"
HEADER_MARK = "[header]"
"""Stand in the place of a key, or of a header's value, that an endpoint sends back."""


class Mask:
    """Knows what is secret about one endpoint.

    Args:
        key: what it is asked with; "" for none. May be set later.
        headers: the values of those that are sent along.
    """

    def __init__(self, key: str, headers: Iterable[str]) -> None:
        self.key = key
        # The whole of a header, and what follows a word like Bearer.
        values = {part for each in headers if each for part in (each, each.split()[-1])}
        self._headers = sorted((v for v in values if len(v) >= SECRET_LENGTH), key=len)[::-1]

    def reply(self, text: str) -> str:
        """A reply without what is secret, should it hold it: nobody gets to see or store it.

        A key of a few letters is a placeholder for a server that wants none, and may be a word.
        """
        if len(self.key) >= SECRET_LENGTH:
            text = text.replace(self.key, KEY_MARK)
        for value in self._headers:
            text = text.replace(value, HEADER_MARK)
        return text

    def line(self, text: str) -> str:
        """What an endpoint told, in one line of bearable length, without what is secret."""
        if self.key:
            # Before it is cut, or the cut could leave a part of the key.
            text = text.replace(self.key, KEY_MARK)
        return " ".join(whole(self.reply(text)).split())[:LONGEST_MESSAGE]
