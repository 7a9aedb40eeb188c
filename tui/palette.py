"""The command palette: the actions that can be done now, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.actions import Action, actions
from tui.screens.live_screen import LiveScreen


class ActionsProvider(Provider):
    """Offers the actions of the screen under the palette, and those of the app."""

    def _now(self) -> Iterator[Action]:
        screen = self.screen
        if isinstance(screen, LiveScreen):
            for action in actions(screen.scope):
                if action.palette and screen.check_action(action.handler, ()) is not False:
                    yield action
        yield from (action for action in actions("app") if action.palette)

    async def _run(self, action: Action) -> None:
        node = self.app if action.scope == "app" else self.screen
        await node.run_action(action.handler)

    async def discover(self) -> Hits:
        for action in self._now():
            yield DiscoveryHit(action.palette, partial(self._run, action), help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._now():
            score = matcher.match(action.palette)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.palette),
                    partial(self._run, action),
                    help=action.help,
                )
