"""What all dialogs have in common, and the one that asks for a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.actions import bindings
from tui.cells import fit

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box in the middle of the screen, with what lies beneath still moving around it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen"), *bindings("dialog")]

    title_text = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = Content(self.title_text)
            yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """What stands in the box."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        self.dismiss(None)

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

    def __init__(self, title: str, message: Content, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.title_text = title
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
                        (f"  {choice.help}" if choice.help else "", "$foreground-muted"),
                    ),
                    id=choice.id,
                )
                for choice in self._choices
            ),
            markup=False,
            compact=True,
        )
        yield Static(Content.styled("esc  Cancel", "$foreground-muted"), id="hint", markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice.id)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
