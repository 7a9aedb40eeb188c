"""Writing a text of several lines: a candidate or a remark."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from promptopt.errors import InputError
from promptopt.results.numbers import counted
from promptopt.runs.commands import AnyCommand
from promptopt.runs.events import Answer, CommandRefused
from tui.actions import bindings
from tui.cells import shown
from tui.editor import edit_text
from tui.kept_text import KeptText
from tui.run_feed import RunFeed
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.key_footer import KeyFooter
from tui.widgets.plain_text_area import PlainTextArea, lines_of


class WritingDialog(Dialog[None]):
    """Sends the text itself, and stays open with it until it is taken.

    What was written and not taken when it is closed is kept, and is there the next time. What
    the field leaves out of a text is kept beside it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("writing")]
    scope = "writing"
    _complained = False

    def __init__(
        self,
        feed: RunFeed,
        title: str,
        about: Content,
        command: Callable[[str], AnyCommand],
        *,
        start: str = "",
        text: str | None = None,
        problem: str = "",
        small: bool = False,
    ) -> None:
        """
        Args:
            about: what stands above the field.
            command: what is asked of the feed's run for a text.
            start: the text to begin with, which has to be changed.
            text: stands in the field in its place where it was written before.
            problem: what was wrong with that.
            small: whether a few lines are enough.
        """
        super().__init__()
        self.title_text = title
        self._feed = feed
        self._about = about
        self._command = command
        self._start = start
        self._text = text
        self._problem = problem
        self._kept = KeptText("")
        self.set_class(small, "-small")

    @property
    def _draft(self) -> tuple[object, ...]:
        return (self._feed.run_id, self.title_text)

    @property
    def area(self) -> PlainTextArea:
        return self.query_one(PlainTextArea)

    def compose_body(self) -> ComposeResult:
        draft = self.workbench.drafts.get(self._draft)
        text = self._text if self._text is not None else draft
        yield Static(self._about, markup=False, id="message")
        self._kept = KeptText(self._start if text is None else text)
        yield PlainTextArea(self._kept.whole)
        yield Static("", markup=False, id="problem")
        yield KeyFooter()

    def on_mount(self) -> None:
        action = self.workbench.keymap.action
        left = [(each, each.label) for each in map(action, ("writing.send", "writing.editor"))]
        self.query_one(KeyFooter).show(left, self.keys_of_all("Close"))
        area = self.area
        area.focus()
        area.move_cursor(area.document.end)
        if self._problem:
            self._tell(self._problem)
        elif self._text is None and self._draft in self.workbench.drafts:
            self._tell("This is what was written before and not sent.", MUTED)
        else:
            self._tell_left_out()

    def _tell_left_out(self) -> None:
        left = self._kept.left_out
        if left:
            told = f"{counted(left, 'character')} that cannot be seen left out here"
            self._tell(f"{told}; where nothing is changed, it is sent with them", "$warning")

    def _complain(self, text: str) -> None:
        """Say what hinders sending, until something else is written."""
        self._tell(text)
        self._complained = True

    def _tell(self, text: str, tone: str = "$error") -> None:
        self._complained = False
        self.query_one("#problem", Static).update(Content.styled(shown(text), tone))

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        self._kept.follow(event.text_area.text)
        if self._complained:  # and is mended, or about to be
            self._tell("")

    @property
    def text(self) -> str:
        """What is written, with what the field does not show."""
        return self._kept.follow(self.area.text)

    @property
    def run_id(self) -> str:
        return self._feed.run_id

    @property
    def unsent(self) -> bool:
        """Whether it would be lost."""
        return self._is_new and not self.area.read_only

    @property
    def _is_new(self) -> bool:
        return self.text.strip() not in ("", lines_of(self._start).strip())

    # Actions

    def action_editor(self) -> None:
        area = self.area
        if area.read_only:
            return
        try:
            text = edit_text(self.app, self.text)
        except InputError as error:
            self._tell(str(error))
            return
        self._kept = KeptText(text)
        area.load_text(self._kept.whole)
        area.move_cursor(area.document.end)
        self._tell("")
        self._tell_left_out()

    def action_send(self) -> None:
        area = self.area
        if area.read_only:
            return
        text = self.text
        if not text.strip():
            self._complain("There is nothing in it yet.")
        elif not self._is_new:
            self._complain("Nothing is changed yet.")
        else:
            area.read_only = True
            self._tell("Asked…", MUTED)
            self.workbench.ask(self._feed, self._command(text), self._answered)

    def action_cancel(self) -> None:
        if self._is_new:
            self.workbench.drafts[self._draft] = self.text
            if not self.area.read_only:
                self.workbench.tell("What you wrote is kept until you come back to it.")
        else:
            self.workbench.drafts.pop(self._draft, None)
        self.dismiss(None)

    def _answered(self, answer: Answer | None, problem: str) -> None:
        if answer is not None and not isinstance(answer, CommandRefused):
            self.workbench.drafts.pop(self._draft, None)
            self.workbench.tell_answer(answer, "")
            self.dismiss(None)
            return
        if not self.is_open:  # closed meanwhile, and what was written is kept
            self.workbench.tell_answer(answer, problem)
            return
        self.area.read_only = False
        self._tell(answer.reason if isinstance(answer, CommandRefused) else problem)
