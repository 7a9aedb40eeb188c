"""One candidate in the whole window: prompt, diff, lineage and every example."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from promptopt.errors import StoreError
from promptopt.runs.state import CandidateState, candidate_name
from tui import prompt_text
from tui.actions import bindings
from tui.example_rows import example_rows
from tui.run_feed import RunFeed
from tui.screens.example import ExampleScreen
from tui.screens.examples_screen import ExamplesScreen
from tui.screens.run_screen import RunScreen
from tui.widgets.example_table import ExampleTable
from tui.widgets.filter_bar import FilterBar
from tui.widgets.key_footer import KeyFooter
from tui.widgets.line_table import LineTable
from tui.widgets.lineage_tree import LineageTree
from tui.widgets.run_header import RunHeader
from tui.widgets.text_pane import TextPane


class CandidateScreen(ExamplesScreen, RunScreen):
    """In a narrow window one pane is seen at a time, chosen by its number."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("candidate")]
    PANES = ("#prompt", "#diff", "#examples", "#lineage")
    PANE_NAMES = ("prompt", "diff", "examples", "lineage")
    EXAMPLES = 3
    scope = "candidate"

    def __init__(
        self, feed: RunFeed, candidate_id: int, order: Sequence[int], *, pane: int | None = None
    ) -> None:
        """`order` is what the next and the previous candidate are, `pane` where to begin.

        By default that is the prompt where one pane is seen at a time, else the examples.
        """
        super().__init__(feed)
        self.candidate_id = candidate_id
        self._order = list(order)
        self._first_pane = pane
        self._read_for: tuple[object, ...] = ()
        self._drawn_for: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield RunHeader(self.feed)
        yield Static(id="facts", markup=False)
        with Vertical(id="panes"):
            with Horizontal(id="texts"):
                yield TextPane(id="prompt")
                yield TextPane(id="diff")
                yield LineageTree(self.feed.state, id="lineage")
            yield ExampleTable(id="examples")
            yield FilterBar()
        yield KeyFooter()

    @property
    def first_pane(self) -> int:
        return self._first_pane or (1 if self.has_class("-narrow") else self.EXAMPLES)

    @property
    def candidate(self) -> CandidateState | None:
        return self.feed.state.candidates.get(self.candidate_id)

    # Drawing

    def update_view(self) -> None:
        self.query_one(RunHeader).update_lines()
        state, candidate = self.feed.state, self.candidate
        if candidate is None:
            name = candidate_name(self.candidate_id)
            text = f"The search was begun anew; {name} has not come up again yet."
            self.query_one("#facts", Static).update(Content(text))
            return
        other = prompt_text.compared_with(state, candidate)
        drawn_for = (
            self.candidate_id,
            candidate.revision,
            other.revision if other else None,
            len(state.candidates),
            self.feed.best is candidate,
            candidate.id in self.feed.marked,
            len(state.notes),
            self.other_panes,
        )
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            self._draw_texts(candidate, other)
        self._read_examples(candidate, other)

    def _draw_texts(self, candidate: CandidateState, other: CandidateState | None) -> None:
        state, name = self.feed.state, candidate_name(candidate.id)
        facts = prompt_text.facts_content(state, candidate, self.feed.best)
        if other is not None and candidate.dev is not None:
            difference = self.feed.difference(candidate.id, other.id)
            compared = prompt_text.difference_content(other, difference)
            facts = Content("\n").join([facts, compared])
        self.query_one("#facts", Static).update(facts)
        prompt = prompt_text.prompt_content(candidate.text)
        remarks = prompt_text.remarks_content(state, candidate.id)
        if remarks is not None:
            prompt = Content("\n\n").join([prompt, remarks])
        mark = " ◆ marked" if candidate.id in self.feed.marked else ""
        note = prompt_text.SMALL_MODEL_SHORT if prompt_text.by_small_model(state) else ""
        for pane, title, content, foot in (
            ("#prompt", f"1 Prompt {name}{mark}", prompt, note),
            (
                "#diff",
                f"2 {prompt_text.diff_heading(state, candidate)}",
                prompt_text.diff_content(state, candidate),
                "",
            ),
        ):
            text = self.query_one(pane, TextPane)
            text.border_title = Content(title)
            feet = [each for each in (self.other_panes, foot) if each]
            text.border_subtitle = Content(" · ".join(feet))
            text.show(content, subject=candidate.id)
        tree = self.query_one(LineageTree)
        tree.show_lineage(candidate, self.feed.best, self.other_panes)

    def _read_examples(self, candidate: CandidateState, other: CandidateState | None) -> None:
        read_for = (
            candidate.id,
            candidate.revision,
            self.split,
            other.revision if other else None,
            self.other_panes,
        )
        if read_for == self._read_for:
            return
        self._read_for = read_for
        predictions = self.feed.predictions(candidate.id, self.split)
        before = self.feed.predictions(other.id, self.split) if other else []
        try:
            self._rows = example_rows(predictions, self.feed.examples(self.split), before)
        except StoreError as error:
            self._rows = []
            self.workbench.tell(str(error), severity="error")
        self.show_examples()

    def counts(self) -> list[str]:
        failed = sum(row.score is None for row in self._rows)
        right = f"right {sum(row.right for row in self._rows)}"
        return [right, f"failed {failed}"] if failed else [right]

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "split":
            candidate = self.candidate
            return self.split == "test" or (candidate is not None and candidate.test is not None)
        return super().check_action(action, parameters)

    @on(LineTable.Chosen)
    def action_open(self) -> None:
        table, candidate = self.table, self.candidate
        if isinstance(self.focused, LineageTree):
            self._go_to(self.focused.cursor)
        elif self.focused is not table:
            self.action_pane(self.EXAMPLES)
        elif (chosen := table.chosen) is not None and candidate is not None:
            sent = partial(self.feed.sent, candidate, self.split)
            other = prompt_text.compared_with(self.feed.state, candidate)
            before = f"What {candidate_name(other.id)} answered" if other else "Before"
            self.app.push_screen(
                ExampleScreen(
                    self.rows,
                    chosen.index,
                    self.split,
                    sent,
                    export=self.action_export,
                    names=("Prediction", before),
                )
            )

    def action_mark(self) -> None:
        super().action_mark()
        self.update_view()

    def action_parent(self) -> None:
        candidate = self.candidate
        self._go_to(candidate.parent if candidate is not None else None)

    def action_next(self) -> None:
        self._step(1)

    def action_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        order = [each for each in self._order if each in self.feed.state.candidates]
        if self.candidate_id in order:
            at = order.index(self.candidate_id) + by
            if 0 <= at < len(order):
                self._go_to(order[at])

    def _go_to(self, candidate_id: int | None) -> None:
        """Show another candidate in the place of this one."""
        if candidate_id not in self.feed.state.candidates or candidate_id is None:
            return
        self.candidate_id = candidate_id
        if self.candidate is not None and self.candidate.test is None:
            self.split = "dev"
        self.update_view()
        self.update_footer()

    def action_split(self) -> None:
        self.split = "test" if self.split == "dev" else "dev"
        self.update_view()
        self.update_footer()

    def action_diff(self) -> None:
        self.action_pane(2)
