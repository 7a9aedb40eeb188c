"""Choosing one of many known values, or typing another one."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from promptopt.runs.choices import Known
from tui.cells import fit, shown
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.plain_input import PlainInput

NAME_CELLS = 24


class PickDialog(Dialog[str | None]):
    """The result is the value, "" for none."""

    def __init__(self, title: str, known: Sequence[Known], now: str, without: str) -> None:
        """`now` is the value until now, `without` says what leaving it out means."""
        super().__init__()
        self.title_text = title
        self._known = known
        self._now = now
        self._without = without
        self._values: list[str] = []

    def compose_body(self) -> ComposeResult:
        yield PlainInput(placeholder="a part of a name, or a value of your own")
        yield OptionList(markup=False, compact=True)
        before, after = self.key("dialog.before"), self.key("dialog.next")
        hint = f"{before}{after} choose   ⏎ take   {self.key('dialog.cancel')} cancel"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        self._list("")
        self.query_one(Input).focus()

    def _list(self, words: str) -> None:
        parts = words.casefold().split()
        some = [
            each
            for each in self._known
            if all(part in f"{each.value} {each.meaning}".casefold() for part in parts)
        ]
        if not parts:
            some = [Known("", self._without), *some]
        self._values = [each.value for each in some]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_line(each, each.value == self._now)) for each in some])
        if some:
            options.highlighted = (
                0 if parts or self._now not in self._values else (self._values.index(self._now))
            )

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        at = self.query_one(OptionList).highlighted
        self.dismiss(self._values[at] if at is not None and self._values else event.value.strip())

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._values[event.option_index])

    def action_next(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_before(self) -> None:
        self.query_one(OptionList).action_cursor_up()


def _line(known: Known, now: bool) -> Content:
    value = shown(known.value) or "–"
    name = fit(value, NAME_CELLS) if len(value) <= NAME_CELLS else value
    return Content.assemble(
        (" ● " if now else "   ", "$accent"),
        (name, "bold"),
        (f" {shown(known.meaning)}" if known.meaning else "", MUTED),
    )
