"""Two candidates side by side, of one run or of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from promptopt.errors import StoreError
from promptopt.results.comparability import models_apart, unlike
from promptopt.results.comparison import Chosen, Comparison, compare
from promptopt.runs.state import CandidateState, candidate_name
from tui import prompt_text
from tui.actions import bindings
from tui.cells import shown
from tui.compare_text import (
    SIDES,
    compared_rows,
    comparison_content,
    side_content,
    side_name,
    words_content,
)
from tui.example_rows import SHOWS_OF_TWO
from tui.run_feed import RunFeed
from tui.screens.example import ExampleScreen
from tui.screens.examples_screen import ExamplesScreen
from tui.screens.feed_screen import Feeds
from tui.screens.taking_part import TakingPart
from tui.widgets.compared_table import ComparedTable
from tui.widgets.filter_bar import FilterBar
from tui.widgets.key_footer import KeyFooter
from tui.widgets.line_table import LineTable
from tui.widgets.text_pane import TextPane


@dataclass(frozen=True, slots=True)
class Side:
    """One that can be compared: a candidate, or whatever is the best of a run."""

    feed: RunFeed
    candidate: int | None = None

    @property
    def chosen(self) -> CandidateState | None:
        if self.candidate is None:
            return self.feed.best
        return self.feed.state.candidates.get(self.candidate)


class CompareScreen(ExamplesScreen, TakingPart):
    """The first of its sides against one of the others, which are gone through one by one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]
    PANES = ("#first", "#second", "#words", "#compared")
    PANE_NAMES = ("A", "B", "words", "examples")
    EXAMPLES = 4
    SHOWS = SHOWS_OF_TWO
    SHOW_NAMES: ClassVar[Mapping[str, str]] = {
        "both": "of both",
        "fixed": "A better",
        "broken": "B better",
        "wrong": "A wrong",
        "failed": "A failed",
    }
    scope = "compare"

    def __init__(self, sides: Sequence[Side]) -> None:
        """`sides` are two at least."""
        super().__init__()
        self.comparison: Comparison | None = None
        self._sides = list(sides)
        self._feeds = list({id(side.feed): side.feed for side in sides}.values())
        self.feed = Feeds(self._feeds)
        self._second = 1
        self._drawn_for: tuple[object, ...] = ()
        self._split_is_chosen = False

    @property
    def first(self) -> Side:
        return self._sides[0]

    @property
    def second(self) -> Side:
        return self._sides[self._second]

    @property
    def subject(self) -> tuple[RunFeed, CandidateState | None]:
        return self.first.feed, self.first.chosen

    def compose(self) -> ComposeResult:
        yield Static(id="facts", markup=False)
        with Vertical(id="panes"):
            with Horizontal(id="texts"):
                yield TextPane(id="first")
                yield TextPane(id="second")
                yield TextPane(id="words")
            yield ComparedTable(id="compared")
            yield FilterBar()
        yield KeyFooter()

    @property
    def first_pane(self) -> int:
        return 3 if self.has_class("-narrow") else self.EXAMPLES

    # Drawing

    def read_and_draw(self) -> None:
        self.feed.poll()
        for feed in self._feeds:
            if self.leave_deleted(feed):
                return
        self.show_trouble(self.feed.trouble)
        first, second = self.first.chosen, self.second.chosen
        if not self._split_is_chosen:
            tested = all(side is not None and side.test is not None for side in (first, second))
            self.split = "test" if tested else "dev"
        sides = ((self.first, first), (self.second, second))
        drawn_for = (
            self._second,
            self.split,
            *((side.feed.run_id, each and (each.id, each.revision)) for side, each in sides),
            [each.id in side.feed.marked for side, each in sides if each],
            self.other_panes,
        )
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            self._compare(first, second)
            self._draw(first, second)
        self.update_footer()
        self.read_on_soon()

    def _compare(self, first: CandidateState | None, second: CandidateState | None) -> None:
        self.comparison, self._rows = None, ()
        if first is None or second is None:
            return
        try:
            self.comparison = compare(
                self.first.feed.store,
                Chosen(self.first.feed.run_id, first.id),
                Chosen(self.second.feed.run_id, second.id),
                self.split,
                unlike(self.first.feed.state, self.second.feed.state, self.split, SIDES),
            )
        except StoreError as error:
            self.workbench.tell(str(error), severity="error")
            return
        self._rows = compared_rows(self.comparison)

    def _draw(self, first: CandidateState | None, second: CandidateState | None) -> None:
        names = self._names(first, second)
        lines = [
            side_content(SIDES[0], names[0], first, self.comparison),
            side_content(SIDES[1], names[1], second, self.comparison),
        ]
        if self.comparison is not None:
            lines.append(comparison_content(self.comparison))
        if apart := models_apart(self.first.feed.state, self.second.feed.state, SIDES):
            lines.append(Content.styled(f"asked of different models: {shown(apart)}", "$warning"))
        self.query_one("#facts", Static).update(Content("\n").join(lines))
        shown_sides = ((self.first, first), (self.second, second))
        for number, (pane, (side, candidate)) in enumerate(
            zip(("#first", "#second"), shown_sides, strict=True), 1
        ):
            text = self.query_one(pane, TextPane)
            mark = " ◆ marked" if candidate and candidate.id in side.feed.marked else ""
            text.border_title = Content(f"{number} {SIDES[number - 1]} {names[number - 1]}{mark}")
            content = prompt_text.prompt_content(candidate.text) if candidate else Content("")
            text.show(content, subject=names[number - 1])
        words = self.query_one("#words", TextPane)
        words.border_title = Content("3 Words from B to A")
        content = Content("")
        if first is not None and second is not None:
            content = words_content(first, second)
        words.show(content, subject=names)
        for pane in self.PANES[:3]:
            self.query_one(pane).border_subtitle = Content(self.other_panes)
        self.show_examples()

    def _names(
        self, first: CandidateState | None, second: CandidateState | None
    ) -> tuple[str, str]:
        runs = self.first.feed.run_id, self.second.feed.run_id
        if first is None or second is None:
            return shown(runs[0]), shown(runs[1])
        one, two = Chosen(runs[0], first.id), Chosen(runs[1], second.id)
        return side_name(one, two), side_name(two, one)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return action not in ("next", "previous") or len(self._sides) > 2

    @on(LineTable.Chosen)
    def action_open(self) -> None:
        table = self.table
        if self.focused is not table:
            self.action_pane(self.EXAMPLES)
        elif (chosen := table.chosen) is not None:
            names = f"What A answered ({self._title(0)})", f"What B answered ({self._title(1)})"
            screen = ExampleScreen(
                self.rows,
                chosen.index,
                self.split,
                self._sent,
                export=self.action_export,
                names=names,
            )
            self.app.push_screen(screen)

    def _title(self, side: int) -> str:
        return self._names(self.first.chosen, self.second.chosen)[side]

    def _sent(self, place: int) -> str:
        """What was sent for an example of the comparison: to A, or to B where A was not asked."""
        assert self.comparison is not None
        example = self.comparison.examples[place]
        side = self.first if example.first is not None else self.second
        candidate = side.chosen
        return side.feed.sent(candidate, self.split, example.index) if candidate else ""

    def action_swap(self) -> None:
        sides, other = self._sides, self._second
        sides[0], sides[other] = sides[other], sides[0]
        self.tick()

    def action_next(self) -> None:
        self._second = self._second % (len(self._sides) - 1) + 1
        self.tick()

    def action_previous(self) -> None:
        self._second = (self._second - 2) % (len(self._sides) - 1) + 1
        self.tick()

    def action_split(self) -> None:
        self.split = "test" if self.split == "dev" else "dev"
        self._split_is_chosen = True
        self.tick()

    def action_export(self) -> None:
        candidate = self.first.chosen
        if candidate is None:
            self.workbench.tell("There is no candidate to export yet.")
            return
        self.workbench.export(self.first.feed.state, [candidate.id])

    def action_copy(self) -> None:
        candidate = self.first.chosen
        if candidate is not None:
            self.workbench.copy(candidate.text, f"prompt {candidate_name(candidate.id)}")
