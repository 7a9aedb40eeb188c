"""What the screens of one run have in common: its feed, and steering it."""

from __future__ import annotations

from promptopt.runs.state import CandidateState
from tui.actions import Action
from tui.prompt_text import compared_with
from tui.run_feed import RunFeed
from tui.screens.live_screen import LiveScreen

_STEERING = {
    "pause": ("running", "paused"),
    "stop": ("running", "paused"),
    "resume": ("interrupted", "stopped", "failed"),
}
"""In which states of the run an action does something."""

SECONDS_FOR_KEYS = 0.005
"""Between two parts of a long run that is being read, keys are answered."""


def can_steer(action: str, status: str) -> bool:
    """Whether pausing, stopping or resuming means something in this status."""
    return action not in _STEERING or status in _STEERING[action]


class RunScreen(LiveScreen):
    """A screen of one run. All of them share one feed, which whoever is seen polls."""

    def __init__(self, feed: RunFeed) -> None:
        super().__init__()
        self.feed = feed
        self._reads_on = False

    def read_and_draw(self) -> None:
        self.feed.poll()
        self.show_trouble(self.feed.trouble)
        self.update_view()
        self.update_footer()
        self._read_on_soon()

    def _read_on_soon(self) -> None:
        if self.feed.behind and not self._reads_on:
            self._reads_on = True
            self.set_timer(SECONDS_FOR_KEYS, self._read_on)

    def _read_on(self) -> None:
        """Read more of a long run; it is drawn at the next tick, and once it is all there."""
        self._reads_on = False
        if not self.is_current or not self.app.is_running:
            return
        self.feed.poll()
        if self.feed.behind:
            self._read_on_soon()
        else:
            self.tick()

    def update_view(self) -> None:
        """Draw what changed in the feed's state."""
        raise NotImplementedError

    @property
    def candidate(self) -> CandidateState | None:
        """The candidate that actions are about."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return can_steer(action, self.feed.status)

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

    def action_copy(self) -> None:
        if self.candidate is not None:
            self.workbench.copy(self.candidate.text, "prompt")
