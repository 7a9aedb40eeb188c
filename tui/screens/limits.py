"""The limits of a run and its concurrency, to be changed while it goes on or after it has ended."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from promptopt.errors import PromptoptError
from promptopt.runs.events import Answer, CommandRefused, ConcurrencyChanged, LimitChanged
from promptopt.runs.limits_now import LimitsNow, limits_now
from promptopt.runs.store import Store
from tui.actions import bindings
from tui.answer_words import answer_text
from tui.cells import shown
from tui.crash import write_crash
from tui.limits_text import FIELDS, LimitField, change, detail, written
from tui.run_feed import RunFeed
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.threads import in_thread, post
from tui.widgets.key_footer import KeyFooter
from tui.widgets.plain_input import PlainInput

SECONDS_BETWEEN_LOOKS = 3.0
"""What is spent grows while a person thinks, and with it the least that is possible."""


class LimitsDialog(Dialog[bool | None]):
    """The result is whether anything was changed.

    What is in force is worked out in a thread, since it takes an estimate of the run; the fields
    are filled when it is there. While the run is live, that is done again and again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("limits")]
    scope = "limits"
    title_text = "Limits and concurrency"

    class Told(Message):
        """What is in force, or why that is not known."""

        def __init__(self, now: LimitsNow | None, problem: str = "") -> None:
            super().__init__()
            self.now = now
            self.problem = problem

    def __init__(self, feed: RunFeed) -> None:
        super().__init__()
        self._feed = feed
        self._before: dict[LimitField, str] = {}
        self._asked: set[LimitField] = set()
        self._lifted: list[LimitField] = []  # that it lifts these was said
        self._problems: list[str] = []
        self._changed = False
        self._next_look: Timer | None = None
        self._looked_live = False  # at the last look; its end is to be looked at as well

    def compose_body(self) -> ComposeResult:
        about = "An empty field, or none, lifts a limit. All count over the whole life of the run."
        yield Static(Content.styled(about, MUTED), markup=False, id="message")
        for field in FIELDS:
            with Horizontal(classes="limit"):
                yield Label(field.label, markup=False)
                yield PlainInput(placeholder="…")  # what is in force is not known yet
                yield Static("…", markup=False, classes="detail")
        yield Static("", markup=False, id="problem")
        yield KeyFooter()

    def on_mount(self) -> None:
        apply = self.workbench.keymap.action("limits.apply")
        self.query_one(KeyFooter).show([(apply, apply.label)], self.keys_of_all("Close"))
        self.query(Input).first().focus()
        self._look_soon()

    def _look_soon(self) -> None:
        if self._next_look is not None:
            self._next_look.stop()
            self._next_look = None
        self._looked_live = self._feed.live
        self.run_worker(in_thread(self._look, "limits"), group="limits", exit_on_error=False)

    def _look(self) -> None:
        try:
            with Store(self._feed.store.path) as store:
                told = self.Told(limits_now(store, self._feed.run_id))
        except PromptoptError as error:
            told = self.Told(None, str(error))
        except Exception as error:
            told = self.Told(None, write_crash(error))
        post(self, told)

    @on(Told)
    def _told(self, event: Told) -> None:
        if event.now is None:
            self._tell(event.problem)
            return
        state = self._feed.state
        ended_by = state.limit if state.ended and state.status != "stopped" else ""
        for field, row in zip(FIELDS, self.query(".limit"), strict=True):
            limit = event.now.limits.get(field.limit)
            value = written(limit.value if limit is not None else event.now.concurrency)
            box = row.query_one(Input)
            box.placeholder = "no limit" if field.limit else "the default"
            if box.value == self._before.get(field, ""):  # what was typed meanwhile stays
                box.value = value
            self._before[field] = value
            row.query_one(".detail", Static).update(
                Content.styled(detail(field, event.now, ended_by), MUTED)
            )
        if self._looked_live and self._next_look is None:
            self._next_look = self.set_timer(SECONDS_BETWEEN_LOOKS, self._look_soon)

    def _tell(self, text: str, tone: str = "$error") -> None:
        self.query_one("#problem", Static).update(Content.styled(shown(text, newlines=True), tone))

    # Asking

    def action_cancel(self) -> None:
        self.dismiss(self._changed)

    @on(Input.Submitted)
    def action_apply(self) -> None:
        if self._asked:
            return
        boxes = dict(zip(FIELDS, self.query(Input), strict=True))
        changed = [
            field for field in FIELDS if boxes[field].value.strip() != self._before.get(field, "")
        ]
        try:
            commands = [(field, change(field, boxes[field].value)) for field in changed]
        except ValueError as error:
            self._tell(str(error))
            return
        if not commands:
            self._tell("Nothing is changed yet.")
            return
        lifted = [field for field in changed if not boxes[field].value.strip()]
        if lifted and lifted != self._lifted:
            # An empty field is soon made by mistake, and what it lets through may cost money.
            self._lifted = lifted
            key = self.key("limits.apply")
            limits = " and ".join(field.label for field in lifted)
            self._tell(f"This lifts the limit on {limits}. {key} again does it.", "$warning")
            return
        self._asked, self._problems = set(changed), []
        self._tell("Asked…", MUTED)
        for field, command in commands:
            self.workbench.ask(self._feed, command, partial(self._answered, field))

    def _answered(self, field: LimitField, answer: Answer | None, problem: str) -> None:
        self._asked.discard(field)
        if isinstance(answer, LimitChanged | ConcurrencyChanged):
            self._changed = True
            self.workbench.tell(answer_text(answer))
        else:
            reason = answer.reason if isinstance(answer, CommandRefused) else problem
            self._problems.append(reason)
        if not self.is_open:
            if self._problems:
                self.workbench.tell(self._problems.pop(), severity="warning")
        elif self._asked:
            return
        elif self._problems:
            self._tell("\n".join(self._problems))
            # What was taken is in force now, and is not to be asked for again.
            self._look_soon()
        else:
            self.dismiss(self._changed)
