"""What there is to know about the candidate under the cursor, beside the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content

from promptopt.errors import StoreError
from promptopt.results.numbers import counted
from promptopt.results.verdict import verdict
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui import prompt_text
from tui.cells import fit, shown_start
from tui.example_rows import ExampleRow, example_rows, narrowed
from tui.rest import Rest
from tui.run_feed import RunFeed
from tui.run_words import is_tested
from tui.themes import MUTED
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui.app import WorkbenchApp

WRONG_SHOWN = 12


class Inspector(TextPane):
    """Facts, prompt or diff, the comparison with its parent, and some wrong answers."""

    def __init__(self, feed: RunFeed, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._feed = feed
        self._drawn: tuple[object, ...] = ()
        self._asked: tuple[object, ...] = ()  # what a person wants to see
        self._rest = Rest()

    def show_candidate(self, candidate_id: int | None, *, diff: bool, following: bool) -> None:
        """Draw a candidate, if anything about it has changed since the last time."""
        state = self._feed.state
        candidate = state.candidates.get(candidate_id) if candidate_id is not None else None
        if candidate is None:
            self._title("3 Prompt", "")
            self._drawn = ()
            self.show(Content.assemble(("No candidates yet.", MUTED)))
            return
        other = prompt_text.compared_with(state, candidate)
        best = self._feed.best
        width = self.scrollable_content_region.width
        drawn = (
            candidate.id,
            candidate.revision,
            other.revision if other else None,
            best.id if best else None,
            _all_tested(state),
            len(state.notes),
            diff,
            following,
            width,
        )
        asked = (None if following else candidate.id, len(state.notes), diff, width)
        by_itself = asked == self._asked
        if drawn == self._drawn or (by_itself and not self._rest.is_over(state)):
            return
        self._drawn, self._asked = drawn, asked
        name = candidate_name(candidate.id)
        parent = f" ← {candidate_name(candidate.parent)}" if candidate.parent is not None else ""
        what = prompt_text.diff_heading(state, candidate) if diff else "prompt"
        self._title(f"3 {name}{parent} · {what}", "follows the best" if following else "")
        self.show(self._content(candidate, other, diff, width), subject=(candidate.id, diff))

    def _title(self, title: str, subtitle: str) -> None:
        self.border_title = Content(title)
        self.border_subtitle = Content(subtitle)

    def _content(
        self, candidate: CandidateState, other: CandidateState | None, diff: bool, width: int
    ) -> Content:
        feed = self._feed
        parts = [prompt_text.facts_content(feed.state, candidate, feed.best)]
        remarks = prompt_text.remarks_content(feed.state, candidate.id)
        if remarks is not None:
            parts.append(remarks)
        if candidate.id == feed.state.winner and _all_tested(feed.state):
            parts.append(Content.styled(verdict(feed.state, feed.gain("test")), MUTED))
        note = prompt_text.small_model_note(feed.state)
        if note is not None and not diff:
            parts.append(note)
        parts.append(_rule(width))
        if diff:
            parts.append(prompt_text.diff_content(feed.state, candidate))
        else:
            parts.append(prompt_text.prompt_content(candidate.text))
        if other is not None and candidate.dev is not None:
            difference = feed.difference(candidate.id, other.id)
            parts += [_rule(width), prompt_text.difference_content(other, difference)]
        if candidate.dev is not None:
            parts += [_rule(width), self._wrong(candidate, width)]
        return Content("\n").join(parts)

    def _wrong(self, candidate: CandidateState, width: int) -> Content:
        """The first wrong answers, which the next prompt has to get right, then failed calls."""
        predictions = self._feed.predictions(candidate.id, "dev")
        try:
            rows = example_rows(predictions, self._feed.examples("dev"))
        except StoreError as error:
            return Content.assemble((shown_start(str(error), 1_000), "$error"))
        wrong, failed = (narrowed(rows, show) for show in ("wrong", "failed"))
        # A call that failed says nothing about the prompt.
        found = f"{len(wrong)} wrong" + (f", {len(failed)} failed" if failed else "")
        key = cast("WorkbenchApp", self.app).keymap.key("dashboard.open")
        lines = [
            Content.assemble(
                (found, "bold"),
                (f" of {counted(len(rows), 'example')}; {key} shows all", MUTED),
            )
        ]
        for row in [*wrong, *failed][:WRONG_SHOWN]:
            lines += _example_lines(row, width)
        return Content("\n").join(lines)


def _all_tested(state: RunState) -> bool:
    """Whether a verdict is due: winner and seed prompt have met all of test."""
    seed = state.seed_prompt
    whole = state.setup.test if state.setup else 0
    tested = seed is not None and seed.test is not None and seed.test.n >= whole
    return is_tested(state) and (state.ended or tested)


def _rule(width: int) -> Content:
    return Content.styled("─" * max(0, width), "$border-blurred")


def _example_lines(row: ExampleRow, width: int) -> list[Content]:
    room = max(8, width - 2)
    answer = row.prediction if row.prediction is not None else row.error or ""
    got = "got  " if row.prediction is not None else "error "
    return [
        Content.assemble(
            (f"{row.sign} ", "$error"), fit(shown_start(row.input, room), room).rstrip()
        ),
        Content.assemble(
            ("  want ", MUTED),
            (fit(shown_start(" | ".join(row.references), room), room - 5).rstrip(), "$success"),
        ),
        Content.assemble(
            (f"  {got}", MUTED),
            (fit(shown_start(answer, room), room - 5).rstrip(), "$error"),
        ),
    ]
