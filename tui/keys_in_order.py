"""Keys and pastes are handled strictly one after the other, however fast they come.

A toolkit that passes a key from widget to widget as a message hands the next one out before the
one before has been acted on. A letter is put into a field at once, while backspace, an arrow or
"/" are bindings that act only when the key has come up to the app: what was typed after them would
overtake them, and go to a field that has the focus no more or to one that does not have it yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.message import Message
from textual.message_pump import MessagePump

ROUNDS = 3
"""How often word is passed up after a key: what it asked for can be messages that are passed up
themselves (a line that is sent, a bar that closes, a screen that opens and takes the focus)."""

LONGEST_HELD = 20
"""Ticks after which the next key is let through, should a widget not come to answer."""


class KeysInOrder(App[None]):
    """Holds a key back until all that came of the one before has been done: a part of the app."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed: deque[events.Key | events.Paste] = deque()
        self._handled = 0
        """How many keys have been let through: the number of the one that is at work."""
        self._at_work = False
        self._held_for = 0

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            await self._next_key()
        else:
            await super().on_event(event)

    def look_after_keys(self) -> None:
        """Let the next key through where the one before has been at work for too long."""
        if not self._at_work:
            return
        self._held_for += 1
        if self._held_for > LONGEST_HELD:
            self._go_on(self._handled)

    async def _next_key(self) -> None:
        if self._at_work or not self._typed:
            return
        self._at_work, self._held_for = True, 0
        self._handled += 1
        number = self._handled
        target = self._target
        try:
            await super().on_event(self._typed.popleft())
        finally:
            self._follow(number, [target, *[None] * (ROUNDS - 1)])

    @property
    def _target(self) -> DOMNode:
        """What a key goes to now."""
        try:
            return self.focused or self.screen
        except ScreenStackError:  # it is about to end
            return self

    def _follow(self, number: int, rounds: list[DOMNode | None]) -> None:
        """Pass word up after what is under way, from each of some widgets to the app in turn.

        Queues are first in, first out: a widget that has got the word has handled the key, and has
        passed on what it made of it ahead of the word. None is whatever has the focus by then.
        """
        if not rounds:
            self._go_on(number)
            return
        node = rounds[0] or self._target
        self._pass_up(node, lambda: self._follow(number, rounds[1:]))

    def _pass_up(self, node: MessagePump | None, then: Callable[[], None]) -> None:
        while node is not None and node is not self:
            above = node._parent
            if node.call_later(self._pass_up, above, then):
                return
            node = above  # it is being removed, and will not answer
        self.call_later(then)

    def _go_on(self, number: int) -> None:
        if self._at_work and number == self._handled:
            self._at_work = False
            self.post_message(NextKey())

    async def on_next_key(self) -> None:
        await self._next_key()


class NextKey(Message, bubble=False):
    """All that came of a key has been done."""
