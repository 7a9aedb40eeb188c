"""What the screens of one run have in common: its feed, and steering it."""

from __future__ import annotations

from promptopt.results.front import front
from promptopt.results.numbers import counted
from promptopt.runs.state import CandidateState
from tui.actions import Action
from tui.prompt_text import compared_with
from tui.run_feed import RunFeed
from tui.screens.feed_screen import FeedScreen
from tui.screens.taking_part import OF_A_SEARCH, TakingPart, can_take_part

_STEERING = {
    "pause": ("running", "paused"),
    "stop": ("running", "paused"),
    "resume": ("interrupted", "stopped", "failed"),
}
"""In which states of the run an action does something."""


def can_steer(action: str, status: str) -> bool:
    """Whether pausing, stopping or resuming means something in this status."""
    return action not in _STEERING or status in _STEERING[action]


class RunScreen(TakingPart, FeedScreen):
    """A screen of one run. All of them share one feed, which whoever is seen polls."""

    feed: RunFeed

    def __init__(self, feed: RunFeed) -> None:
        super().__init__()
        self.feed = feed

    def read_and_draw(self) -> None:
        self.feed.poll()
        if self.leave_deleted(self.feed):
            return
        self.show_trouble(self.feed.trouble)
        self.update_view()
        self.update_footer()
        self.read_on_soon()

    def update_view(self) -> None:
        """Draw what changed in the feed's state."""
        raise NotImplementedError

    @property
    def candidate(self) -> CandidateState | None:
        """The candidate that actions are about."""
        return None

    @property
    def subject(self) -> tuple[RunFeed, CandidateState | None]:
        return self.feed, self.candidate

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "resume" and self.feed.state.reopened and not self.feed.alive:
            return True  # done, and its limit was raised since
        return can_steer(action, self.feed.status)

    def offers(self, action: str) -> bool:
        if action in OF_A_SEARCH and not can_take_part(self.feed.state):
            return False
        return super().offers(action)

    def label_of(self, action: Action) -> str:
        if action.handler == "pause" and self.feed.status == "paused":
            return "Go on"
        return action.label

    def action_pause(self) -> None:
        self.workbench.pause_or_go_on(self.feed.run_id, self.feed.status)

    def action_stop(self) -> None:
        self.workbench.ask_to_stop(self.feed.run_id, self.feed.state.usage.in_flight)

    def action_resume(self) -> None:
        self.workbench.resume_run(self.feed.run_id)

    def action_compare(self) -> None:
        """The candidate with those marked, or else with what it was made from."""
        candidate = self.candidate
        if candidate is None:
            return
        others = [each for each in self.feed.marked if each in self.feed.state.candidates]
        if not others or others == [candidate.id]:
            parent = compared_with(self.feed.state, candidate)
            others = [parent.id] if parent is not None else []
        if len(others) < 2 or candidate.id in others:
            others = [candidate.id, *(each for each in others if each != candidate.id)]
        if len(others) < 2:
            self.workbench.tell("It has no parent to be compared with; mark another one.")
            return
        self.workbench.compare([(self.feed, each) for each in others])

    def action_export(self) -> None:
        if self.candidate is None:
            self.workbench.tell("There is no candidate to export yet.")
            return
        self.workbench.export(self.feed.state, [self.candidate.id])

    def action_export_several(self) -> None:
        state = self.feed.state
        marked = [each for each in self.feed.marked if each in state.candidates]
        several = marked or [each.id for each in front(state)]
        if not several:
            self.workbench.tell("Nothing is marked, and no candidate was scored on all of dev yet.")
            return
        kind = "marked" if marked else "on the front of score and length"
        self.workbench.export(state, several, f"{counted(len(several), 'candidate')} {kind}")

    def action_copy(self) -> None:
        if self.candidate is not None:
            self.workbench.copy(self.candidate.text, "prompt")
