"""What the workbench asks of a run that is shown: marks, vetoes, remarks, candidates, limits.

Nothing waits for it: what is asked shows as asked, and what came of it arrives as a message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App
from textual.message import Message
from textual.worker import get_current_worker

from promptopt.runs.commands import AnyCommand
from promptopt.runs.events import Answer, CommandRefused
from promptopt.runs.store import Store
from tui.answer_words import answer_text
from tui.asker import Ask, Asker
from tui.run_feed import RunFeed

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

Then = Callable[[Answer | None, str], None]
"""What is done with an answer; it may be a refusal. With None comes why there is none."""


class Asking(App[None]):
    """Asking something of a run: a part of the app.

    Attributes:
        drafts: texts that were written and not taken, by what they are for.
    """

    store: Store

    class Answered(Message):
        """Something that was asked is answered, or `problem` says why it will not be."""

        def __init__(self, ask: Ask, answer: Answer | None, problem: str) -> None:
            super().__init__()
            self.ask = ask
            self.answer = answer
            self.problem = problem

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.drafts: dict[tuple[object, ...], str] = {}
        self._asker: Asker | None = None
        self._asked: dict[Ask, tuple[RunFeed, Then]] = {}

    # What the rest of the app provides

    def tell(self, message: str, *, severity: SeverityLevel = "information") -> None:
        raise NotImplementedError

    def ask(self, feed: RunFeed, command: AnyCommand, then: Then | None = None) -> None:
        """Ask something of the run of a feed. By default what comes of it is told in a notice."""
        ask = Ask(feed.run_id, feed.asked_here.add(command), command)
        self._asked[ask] = feed, then or self.tell_answer
        if self._asker is None:
            self._asker = Asker(self.store.path, self._answered_in_thread)
        if self._asker.add(ask):
            self.run_worker(self._ask_in_thread, thread=True, group="asking", exit_on_error=False)

    def being_written(self) -> list[tuple[str, str]]:
        """The texts in open dialogs that are not sent, each with the run that it is for."""
        from tui.screens.writing import WritingDialog

        dialogs = (each for each in self.screen_stack if isinstance(each, WritingDialog))
        return [(each.run_id, each.text) for each in dialogs if each.is_mounted and each.unsent]

    def forget_drafts(self, run_ids: Collection[str]) -> None:
        """Drop what was written for runs that are no more."""
        for key in [each for each in self.drafts if each[0] in run_ids]:
            del self.drafts[key]

    def unsent_runs(self) -> list[str]:
        """The runs that something is written for which is lost when the workbench is closed."""
        sent = {getattr(ask.command, "text", None) for ask in self._asked}
        kept = [str(key[0]) for key, text in self.drafts.items() if text not in sent]
        return list(dict.fromkeys([*kept, *(run_id for run_id, _ in self.being_written())]))

    def tell_answer(self, answer: Answer | None, problem: str) -> None:
        """Tell what came of something in a notice."""
        if answer is None:
            self.tell(problem, severity="error")
        else:
            refused = isinstance(answer, CommandRefused)
            self.tell(answer_text(answer), severity="warning" if refused else "information")

    def _ask_in_thread(self) -> None:
        assert self._asker is not None
        worker = get_current_worker()
        self._asker.work(lambda: worker.is_cancelled)

    def _answered_in_thread(self, ask: Ask, answer: Answer | None, problem: str) -> None:
        self.post_message(self.Answered(ask, answer, problem))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        feed, then = self._asked.pop(event.ask)
        feed.asked_here.answer(event.ask.number)
        feed.poll()
        then(event.answer, event.problem)
