"""A text while it is edited in a field that does not show all of its characters."""

from __future__ import annotations

from tui.widgets.plain_text_area import lines_of, plain


class KeptText:
    """The whole text: what the field leaves out stays where nothing is changed beside it.

    Attributes:
        whole: the text with everything that is in it.
    """

    def __init__(self, text: str) -> None:
        self.whole = lines_of(text)

    @property
    def left_out(self) -> int:
        """How many characters the field does not show."""
        return len(self.whole) - len(plain(self.whole))

    def follow(self, field: str) -> str:
        """Take over what the field holds now; returns the whole text.

        To be called with every change: between two places that were changed since the last call,
        nothing but what the field shows is kept.
        """
        before = plain(self.whole)
        if field != before:
            edited = _edited(self.whole, before, field)
            self.whole = edited if plain(edited) == field else field
        return self.whole


def _edited(whole: str, before: str, after: str) -> str:
    """`whole`, of which `before` can be seen, with the change that made `after` of that."""
    places = _places(whole, before)
    begin = _alike(before, after)
    room = min(len(before), len(after)) - begin
    end = min(_alike(before[::-1], after[::-1]), room)
    last = len(before) - end
    head = whole[: places[begin]]
    tail = whole[places[last - 1] + 1 :] if last > begin else whole[places[begin] :]
    return head + after[begin : len(after) - end] + tail


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _places(whole: str, seen: str) -> list[int]:
    """Where in the whole text each character that is seen stands, and at last its end."""
    places, at = [], 0
    for character in seen:
        at = whole.find(character, at)
        if at < 0:
            break
        places.append(at)
        at += 1
    return [*places, *[len(whole)] * (len(seen) + 1 - len(places))]
