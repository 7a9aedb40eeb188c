"""What all dialogs have in common, and the one that asks for a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.actions import bindings
from tui.cells import fit
from tui.themes import MUTED
from tui.widgets.key_footer import Item, KeyFooter

if TYPE_CHECKING:
    from tui.app import WorkbenchApp

Result = TypeVar("Result")

SUDDEN_SECONDS = 0.5
"""A question that opens by itself takes no key for so long: what is typed was meant for a field."""


class Dialog(ModalScreen[Result]):
    """A box in the middle of the screen, with what lies beneath still moving around it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen"), *bindings("dialog")]

    scope: ClassVar[str] = ""
    """The scope of the actions of this dialog alone, where it has any."""

    title_text = ""
    _result: tuple[Result | None] | None = None
    """What it will be closed with, where another screen lies over it."""

    @property
    def workbench(self) -> WorkbenchApp:
        return cast("WorkbenchApp", self.app)

    def key(self, action_id: str) -> str:
        """The key of an action, as it is written for people."""
        return self.workbench.keymap.key(action_id)

    @property
    def is_open(self) -> bool:
        """Whether it still is among the screens, on top or below."""
        return self in self.app.screen_stack

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it: at once, or when what lies over it is gone; closed already, it stays so.

        Textual would close whatever is on top. The palette and the question of quitting may lie
        over every dialog, and a key that is pressed twice may come when it is closed.
        """
        if self.app.screen is self:
            return super().dismiss(result)
        if self._result is None:
            self._result = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self._result is not None and self.app.screen is self:
            super().dismiss(self._result[0])

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = Content(self.title_text)
            yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """What stands in the box."""
        raise NotImplementedError

    def keys_of_all(self, cancel: str) -> list[Item]:
        """What a footer shows in every dialog; `cancel` is what closing it is called here."""
        action = self.workbench.keymap.action
        labels = {"dialog.help": "Help", "dialog.cancel": cancel}
        return [(action(action_id), label) for action_id, label in labels.items()]

    async def on_key_footer_pressed(self, event: KeyFooter.Pressed) -> None:
        await self.run_action(event.action.handler)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_help(self) -> None:
        self.workbench.action_help()

    def action_copy_text(self) -> None:
        """Copy what the mouse has marked; with nothing marked, say what leaves, which this is
        elsewhere."""
        if self.get_selected_text() is not None:
            super().action_copy_text()
            return
        cancel, leave = self.key("dialog.cancel"), self.key("app.quit")
        self.workbench.tell(f"Nothing is marked to be copied. {cancel} closes this, {leave} quits.")

    def action_next(self) -> None:
        self.focus_next()

    def action_before(self) -> None:
        self.focus_previous()

    def action_focus_next(self) -> None:
        self.focus_next()

    def action_focus_previous(self) -> None:
        self.focus_previous()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its key, a word or two for it, and what it means."""

    key: str
    id: str
    label: str
    help: str = ""


class ChoiceDialog(Dialog[str | None]):
    """Asks a question; the result is the id of the answer, None when it was put away."""

    def __init__(
        self,
        title: str,
        message: Content,
        choices: Sequence[Choice],
        *,
        sudden: bool = False,
    ) -> None:
        """`sudden` says that it opens by itself, perhaps into the midst of what is being typed."""
        super().__init__()
        self.title_text = title
        self._sudden = sudden
        self._opened_at = 0.0
        self._message = message
        self._choices = choices

    def compose_body(self) -> ComposeResult:
        width = max(cell_len(choice.label) for choice in self._choices)
        yield Static(self._message, markup=False, id="message")
        yield OptionList(
            *(
                Option(
                    Content.assemble(
                        (f" {choice.key} ", "bold $accent"),
                        f" {fit(choice.label, width)}",
                        (f"  {choice.help}" if choice.help else "", MUTED),
                    ),
                    id=choice.id,
                )
                for choice in self._choices
            ),
            markup=False,
            compact=True,
        )
        hint = f"{self.key('dialog.cancel')}  Cancel"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()
        self._opened_at = monotonic()

    def on_key(self, event: events.Key) -> None:
        if self._sudden and monotonic() - self._opened_at < SUDDEN_SECONDS:
            if event.key != "escape":
                event.stop()
            return
        for choice in self._choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice.id)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
