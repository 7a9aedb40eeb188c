"""Taking part in a search, from every screen that shows a candidate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.screen import Screen

from promptopt.errors import InputError
from promptopt.runs.commands import Add, Mark, Remark, Veto
from promptopt.runs.events import Answer, CommandRefused
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui.prompt_text import remarks_content
from tui.run_feed import RunFeed
from tui.screens.questions import resume_question, veto_question
from tui.themes import MUTED

if TYPE_CHECKING:
    from tui.app import WorkbenchApp
    from tui.screens.writing import WritingDialog


OF_A_SEARCH = ("add", "add_editor", "edit", "edit_editor", "veto")
"""Actions that only a search that goes on, or will, takes any notice of."""


def can_take_part(state: RunState) -> bool:
    """Whether a search takes candidates and vetoes; the engine has the last word."""
    return state.reopened or (state.winner is None and state.status != "done")


class TakingPart:
    """The handlers of the actions of taking part, to be mixed into a screen."""

    if TYPE_CHECKING:

        @property
        def workbench(self) -> WorkbenchApp: ...

    @property
    def subject(self) -> tuple[RunFeed, CandidateState | None]:
        """The run that one takes part in, and the candidate that the actions are about."""
        raise NotImplementedError

    # Candidates of one's own

    def action_add(self) -> None:
        self._write(None)

    def action_add_editor(self) -> None:
        self._write_in_editor(None)

    def action_edit(self) -> None:
        if (candidate := self._chosen()) is not None:
            self._write(candidate)

    def action_edit_editor(self) -> None:
        if (candidate := self._chosen()) is not None:
            self._write_in_editor(candidate)

    def _write(self, parent: CandidateState | None) -> None:
        if not self._hindered(_offer(parent)("")):
            self.workbench.push_screen(_dialog(self.subject[0], parent))

    def _write_in_editor(self, parent: CandidateState | None) -> None:
        from tui.editor import edit_text

        feed, _ = self.subject
        offer, drafts, draft = _offer(parent), self.workbench.drafts, (feed.run_id, _title(parent))
        if self._hindered(offer("")):
            return
        start = drafts.get(draft, parent.text if parent is not None else "")
        try:
            assert isinstance(self, Screen)
            text = edit_text(self.app, start)
        except InputError as error:
            self.workbench.tell(str(error), severity="error")
            return
        if not text.strip() or text.strip() == start.strip():
            self.workbench.tell("Nothing was written, so nothing is sent.")
            return

        def answered(answer: Answer | None, problem: str) -> None:
            if answer is not None and not isinstance(answer, CommandRefused):
                if drafts.get(draft) == text:
                    del drafts[draft]
                self.workbench.tell_answer(answer, problem)
                return
            reason = answer.reason if isinstance(answer, CommandRefused) else problem
            if self.workbench.screen is self:
                self.workbench.push_screen(_dialog(feed, parent, text, reason))
                return
            # Something else is looked at by now, or typed into.
            kept = f"What you wrote for {feed.run_id} is kept until you write there again."
            self.workbench.tell(f"Not taken: {reason}. {kept}", severity="warning")

        drafts[draft] = text
        self.workbench.ask(feed, offer(text), answered)

    # What is said of one that is there

    def action_mark(self) -> None:
        feed, candidate = self.subject
        if candidate is not None:
            self.workbench.ask(
                feed, Mark(candidate.id, candidate.id not in feed.marked), self.told_if_refused
            )

    def action_veto(self) -> None:
        feed, _ = self.subject
        if (candidate := self._chosen()) is None or self._hindered(Veto(candidate.id)):
            return

        def answered(answer: str | None) -> None:
            if answer == "veto":
                self.workbench.ask(feed, Veto(candidate.id))

        self.workbench.push_screen(veto_question(candidate), answered)

    def action_remark(self) -> None:
        if (candidate := self._chosen()) is not None:
            self._remark(candidate.id, f"Remark on {candidate_name(candidate.id)}")

    def action_remark_run(self) -> None:
        self._remark(None, "Remark on the run")

    def _remark(self, candidate: int | None, title: str) -> None:
        from tui.screens.writing import WritingDialog

        feed, _ = self.subject
        earlier = remarks_content(feed.state, candidate)
        about = earlier or Content.styled("There is none yet.", MUTED)
        self.workbench.push_screen(
            WritingDialog(feed, title, about, lambda text: Remark(text, candidate), small=True)
        )

    # Limits

    def action_limits(self) -> None:
        from tui.screens.limits import LimitsDialog

        feed, _ = self.subject
        if feed.status == "done" and not feed.state.reopened and not feed.state.limit:
            self.workbench.tell("The run is done, and no limit ended it: nothing can be raised.")
            return

        def closed(changed: bool | None) -> None:
            if changed and feed.state.reopened and not feed.alive:
                self.workbench.push_screen(resume_question(feed.state), resumed)

        def resumed(answer: str | None) -> None:
            if answer == "resume":
                self.workbench.resume_run(feed.run_id)

        self.workbench.push_screen(LimitsDialog(feed), closed)

    # Helpers

    def _chosen(self) -> CandidateState | None:
        candidate = self.subject[1]
        if candidate is None:
            self.workbench.tell("There is no candidate yet.")
        return candidate

    def _hindered(self, command: Add | Veto) -> bool:
        """Whether it would be refused whatever the text, which is told then."""
        from promptopt.runs.answers import hindrance

        reason = hindrance(command, self.subject[0].state)
        if reason:
            self.workbench.tell(f"{reason[:1].upper()}{reason[1:]}.", severity="warning")
        return bool(reason)

    def told_if_refused(self, answer: Answer | None, problem: str) -> None:
        """What shows by itself needs no notice."""
        if answer is None or isinstance(answer, CommandRefused):
            self.workbench.tell_answer(answer, problem)


def _offer(parent: CandidateState | None) -> Callable[[str], Add]:
    # Nothing is made from one that is vetoed; its text may serve all the same.
    source = parent.id if parent is not None and parent.status != "vetoed" else None
    return lambda text: Add(text, source)


def _title(parent: CandidateState | None) -> str:
    return "Write a candidate" if parent is None else f"Edit {candidate_name(parent.id)}"


def _dialog(
    feed: RunFeed, parent: CandidateState | None, text: str | None = None, problem: str = ""
) -> WritingDialog:
    """To write in; with the text that was refused for `problem`, where there was one."""
    from tui.screens.writing import WritingDialog

    about = "It is scored like all others from the next stage on, and may be of any length."
    if parent is not None:
        name = candidate_name(parent.id)
        about = f"A new candidate goes into the race from the next stage on; {name} stays."
        if parent.status == "vetoed":
            about += f" As {name} is vetoed, the new one has no parent."
    return WritingDialog(
        feed,
        _title(parent),
        Content.styled(about, MUTED),
        _offer(parent),
        start=parent.text if parent is not None else "",
        text=text,
        problem=problem,
    )
