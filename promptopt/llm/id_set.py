"""IdSet: which rows of the store were met, one bit each."""

from __future__ import annotations


class IdSet:
    """A set of numbers that lie close together, like the ids of a run's replies.

    A long run meets hundreds of thousands; its memory is not to grow with them.
    """

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, number: int) -> None:
        page, byte, bit = _place(number)
        self._pages.setdefault(page, bytearray(_PAGE))[byte] |= bit

    def __contains__(self, number: int) -> bool:
        page, byte, bit = _place(number)
        return page in self._pages and bool(self._pages[page][byte] & bit)


_PAGE = 512


def _place(number: int) -> tuple[int, int, int]:
    """Page, byte and bit of a number."""
    place, bit = divmod(number, 8)
    page, byte = divmod(place, _PAGE)
    return page, byte, 1 << bit
