"""The line at the bottom that says which keys do something here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.actions import Action
from tui.widgets.tones import Tones

Item = tuple[Action, str]
"""An action with the label it has now."""


class KeyFooter(Widget, Tones):
    """Drops what does not fit, the least important first, and never cuts a word."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--label"}
    ALLOW_SELECT = False

    class Pressed(Message):
        """A key of the footer was clicked."""

        def __init__(self, action: Action) -> None:
            super().__init__()
            self.action = action

    def __init__(self) -> None:
        super().__init__()
        self._left: list[Item] = []
        self._right: list[Item] = []
        self._places: list[tuple[int, int, Action]] = []

    def show(self, left: Sequence[Item], right: Sequence[Item]) -> None:
        """Show these actions at the left end, and these at the right end."""
        if (list(left), list(right)) != (self._left, self._right):
            self._left, self._right = list(left), list(right)
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width, base = self.size.width, self.rich_style
        right_width = sum(map(_width, self._right))
        left = list(self._left)
        while left and sum(map(_width, left)) + right_width > width:
            left.pop()
        gap = max(0, width - right_width - sum(map(_width, left)))
        key_style = base + self.tone("footer--key")
        label_style = base + self.tone("footer--label")
        segments: list[Segment] = []
        self._places = []
        at = 0
        for index, item in enumerate([*left, *self._right]):
            if index == len(left):
                segments.append(Segment(" " * gap, base))
                at += gap
            action, label = item
            segments += [
                Segment(f" {action.shown_key}", key_style),
                Segment(f" {label} ", label_style),
            ]
            self._places.append((at, at + _width(item), action))
            at += _width(item)
        return Strip(segments).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        for start, end, action in self._places:
            if start <= event.x < end:
                self.post_message(self.Pressed(action))


def _width(item: Item) -> int:
    return cell_len(item[0].shown_key) + cell_len(item[1]) + 3
