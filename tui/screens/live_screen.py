"""What the screens that are no dialogs have in common: the tick, the panes' keys, the footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.screen import Screen

from tui.actions import Action, bindings
from tui.widgets.key_footer import Item, KeyFooter

if TYPE_CHECKING:
    from tui.app import WorkbenchApp
    from tui.run_feed import RunFeed


class LiveScreen(Screen[None]):
    """A screen that is drawn from the store four times a second while it is seen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-short"), (30, "-tall")]  # noqa: RUF012

    scope: ClassVar[str] = ""
    """The scope of the actions of this screen."""

    _trouble = ""

    @property
    def workbench(self) -> WorkbenchApp:
        return cast("WorkbenchApp", self.app)

    def tick(self) -> None:
        """Draw, if there is anything to draw on: not before the screen is made, nor after."""
        if self.is_mounted and self.app.is_running:
            self.read_and_draw()

    def about(self) -> tuple[str, str]:
        """What its help begins with: a heading and a text; "" for nothing."""
        return "", ""

    def read_and_draw(self) -> None:
        """Read what came since and draw what changed."""
        raise NotImplementedError

    def show_trouble(self, trouble: str) -> None:
        """Tell once that the store cannot be read, and again when it says something else."""
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                self.workbench.tell(trouble, severity="error")

    def leave_deleted(self, feed: RunFeed) -> bool:
        """Go back to the runs where the run is no more; returns whether it is so."""
        if feed.deleted:
            # Not from within: the tick still goes through the screens.
            self.workbench.call_later(self.workbench.run_is_gone, feed.run_id)
        return feed.deleted

    def on_screen_resume(self) -> None:
        self.tick()

    def on_resize(self) -> None:
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        """The focus never stays on a pane that a smaller window has hidden."""
        if self.app.screen is not self:
            return
        if self.focused is None or not self.focused.display:
            self.focus_main()
        self.tick()

    def focus_main(self) -> None:
        """Put the focus where it is by default."""

    def action_focus_next(self) -> None:
        self.focus_next()

    def action_focus_previous(self) -> None:
        self.focus_previous()

    def key(self, name: str) -> str:
        """The key of an action of this screen, as it is written for people."""
        return self.workbench.keymap.key(f"{self.scope}.{name}")

    def pane_keys(self, names: Sequence[str]) -> str:
        """The panes of this screen with their keys: "1 prompt · 2 diff"."""
        keyed = (f"{self.key(f'pane-{at}')} {name}" for at, name in enumerate(names, 1))
        return " · ".join(keyed)

    # Footer

    def label_of(self, action: Action) -> str:
        """What the footer calls an action just now."""
        return action.label

    def offers(self, action: str) -> bool:
        """Whether the footer names an action: not where it would only say why it cannot be."""
        return self.check_action(action, ()) is not False

    def as_shown(self, action: Action) -> Action:
        """An action of the app with the key that the footer shows for it."""
        return action

    def update_footer(self) -> None:
        """Show the keys that do something at this moment."""
        keymap = self.workbench.keymap
        left: list[Item] = [
            (action, self.label_of(action))
            for action in sorted(keymap.actions(self.scope), key=lambda each: each.footer)
            if action.footer and self.offers(action.handler)
        ]
        right: list[Item] = [
            (self.as_shown(action), action.label)
            for action in sorted(keymap.actions("app"), key=lambda each: each.footer)
            if action.footer
        ]
        self.query_one(KeyFooter).show(left, right)

    async def on_key_footer_pressed(self, event: KeyFooter.Pressed) -> None:
        node = self.app if event.action.scope == "app" else self
        await node.run_action(event.action.handler)
