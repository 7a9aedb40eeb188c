"""The command palette: the actions that can be done now, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from tui.actions import ACTIONS, Action

if TYPE_CHECKING:
    from tui.app import WorkbenchApp

_FIRST = ("runs", "new", "dashboard", "candidate", "example", "log", "compare", "app")
"""What is looked for by name comes before what a hand on the arrows does sooner."""


class ActionsProvider(Provider):
    """Offers every action within reach of what has the focus under the palette."""

    def _now(self) -> Iterator[tuple[DOMNode, Action]]:
        """The actions in reach, each with the node that does it."""
        keymap = cast("WorkbenchApp", self.app).keymap
        start = self.focused if self.focused is not None else self.screen
        nodes = [*start.ancestors_with_self]
        holders = {binding.id: node for node in reversed(nodes) for binding in _bindings_of(node)}
        here = [action for action in ACTIONS if holders.get(action.id) in nodes]
        for action in sorted(here, key=lambda each: each.scope not in _FIRST):
            node = holders[action.id]
            if node.check_action(action.handler, ()) is not False:
                yield node, keymap.action(action.id)

    async def _run(self, node: DOMNode, action: Action) -> None:
        await self.app.run_action(action.handler, default_namespace=node)

    async def discover(self) -> Hits:
        for node, action in self._now():
            run = partial(self._run, node, action)
            yield DiscoveryHit(action.palette, run, help=_help(action))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for node, action in self._now():
            score = matcher.match(action.palette)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.palette),
                    partial(self._run, node, action),
                    help=_help(action),
                )


def _bindings_of(node: DOMNode) -> Iterator[Binding]:
    for bindings in node._bindings.key_to_bindings.values():
        yield from bindings


def _help(action: Action) -> str:
    # The palette reads this as markup.
    return f"{action.shown_keys}  {action.help}".replace("[", "\\[")
