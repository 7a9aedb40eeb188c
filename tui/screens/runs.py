"""All runs of the store: the first thing that is seen."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from promptopt.errors import StoreError
from promptopt.results.statistics import stored_difference
from promptopt.results.verdict import verdict
from promptopt.runs.state import SEED_CANDIDATE, RunState, candidate_name
from promptopt.runs.store import Store
from tui import prompt_text
from tui.actions import Action, bindings
from tui.cells import shown
from tui.keymap import Keymap
from tui.run_feed import RunFeed
from tui.run_words import seen_status, waiting_text
from tui.runs_feed import ListedRun, RunsFeed
from tui.screens.feed_screen import FeedScreen
from tui.screens.run_screen import can_steer
from tui.themes import MUTED
from tui.widgets.filter_bar import FilterBar
from tui.widgets.key_footer import KeyFooter
from tui.widgets.line_table import LineTable
from tui.widgets.run_table import RunTable
from tui.widgets.text_pane import TextPane


def welcome(keymap: Keymap) -> Content:
    """What stands there before the first run."""
    return Content.assemble(
        ("Welcome. There are no runs in this store yet.\n\n", "bold"),
        (f"  {keymap.key('runs.demo')}  ", "bold $accent"),
        "start the demonstration, which needs no key\n",
        (f"  {keymap.key('runs.new')}  ", "bold $accent"),
        "set up a run on your own data\n",
        (f"  {keymap.key('app.help')}  ", "bold $accent"),
        "all keys\n\n",
        ("A configuration file is written by: promptopt init", MUTED),
    )


class RunsScreen(FeedScreen):
    """Live runs move. The selected run's best prompt stands below."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("runs")]
    scope = "runs"
    feed: RunsFeed

    def __init__(self, feed: RunsFeed) -> None:
        super().__init__()
        self.feed = feed
        self._drawn: tuple[object, ...] = ()
        self._goes_to: str | None = None

    def compose(self) -> ComposeResult:
        yield Static(self._heading(), id="heading", markup=False)
        yield RunTable(self.feed, id="runs")
        yield FilterBar()
        yield TextPane(id="preview")
        yield KeyFooter()

    def on_mount(self) -> None:
        self.focus_main()

    @property
    def table(self) -> RunTable:
        return self.query_one(RunTable)

    @property
    def chosen(self) -> ListedRun | None:
        """The run under the cursor."""
        cursor = self.table.cursor
        return self.feed.runs.get(cursor) if cursor is not None else None

    def focus_main(self) -> None:
        self.table.focus()

    def go_to(self, run_id: str) -> None:
        """Put the cursor on a run as soon as it is listed: it was opened some other way."""
        self._goes_to = run_id

    # Drawing

    def read_and_draw(self) -> None:
        self.feed.poll()
        self.show_trouble(self.feed.trouble)
        typed = self.query_one(FilterBar).words
        words = typed.casefold().split()
        table = self.table
        table.nothing = "No run has these words." if words else "No runs yet."
        table.show([row for row, run in self.feed.runs.items() if run.has(words)])
        if self._goes_to in self.feed.runs:
            table.move_to(self._goes_to)
            self._goes_to = None
        live = sum(run.alive for run in self.feed.runs.values())
        title = f"Runs {len(self.feed.runs)}" + (f" · {live} live" if live else "")
        if self.feed.marked:
            title += f" · {len(self.feed.marked)} marked"
        if words:
            title += f" · {len(table.ids)} with “{shown(typed)}”"
        table.show_titles(title)
        self._draw_preview()
        self.update_footer()
        self.read_on_soon()

    def _heading(self) -> Content:
        place = shown(str(self.feed.store.path))
        return Content.assemble(("promptopt", "bold $primary"), (f"  {place}", MUTED))

    @on(LineTable.CursorMoved)
    def _draw_preview(self) -> None:
        pane, run = self.query_one("#preview", TextPane), self.chosen
        drawn = (run.state.run_id, run.revision) if run else (None, len(self.feed.runs))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if run is None:
            pane.border_title = Content("" if self.feed.runs else "Start")
            pane.show(Content("") if self.feed.runs else welcome(self.workbench.keymap))
            return
        pane.border_title = Content(_preview_title(run))
        pane.show(_preview(self.feed.store, run), subject=run.state.run_id)

    @on(FilterBar.Changed)
    def _filter_changed(self) -> None:
        self.tick()

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.table.focus()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "delete":
            return bool(self.feed.runs)
        if action in ("open", "pause", "stop", "resume", "export"):
            run = self.chosen
            return run is not None and can_steer(action, run.status)
        return True

    def label_of(self, action: Action) -> str:
        if action.handler == "pause" and self.chosen and self.chosen.status == "paused":
            return "Go on"
        return action.label

    @on(LineTable.Chosen)
    def action_open(self) -> None:
        if self.chosen is not None:
            self.workbench.show_run(self.chosen.state.run_id)

    def action_mark(self) -> None:
        run = self.chosen
        if run is not None:
            run_id = run.state.run_id
            if run_id in self.feed.marked:
                del self.feed.marked[run_id]
            else:
                self.feed.marked[run_id] = None
            self.table.move_by(1)
            self.table.refresh()
            self.tick()

    def action_unmark(self) -> None:
        if not self.feed.marked:
            self.workbench.tell("No run is marked.")
            return
        self.feed.marked.clear()
        self.table.redraw()
        self.tick()

    def action_compare(self) -> None:
        marked = [each for each in self.feed.marked if each in self.feed.runs]
        if len(marked) == 1 and self.chosen and self.chosen.state.run_id not in marked:
            marked.insert(0, self.chosen.state.run_id)
        if len(marked) < 2:
            key = self.key("mark")
            self.workbench.tell(f"Mark two runs with {key}, or one and go to another.")
            return
        self.workbench.compare([(self._feed_of(each), None) for each in marked])

    def _feed_of(self, run_id: str) -> RunFeed:
        """A feed that goes on from what the list has read of the run."""
        run = self.feed.runs[run_id]
        return RunFeed(self.feed.store, run_id, state=run.state, created_at=run.created_at)

    def action_pause(self) -> None:
        if self.chosen is not None:
            self.workbench.pause_or_go_on(self.chosen.state.run_id, self.chosen.status)

    def action_stop(self) -> None:
        if self.chosen is not None:
            state = self.chosen.state
            self.workbench.ask_to_stop(state.run_id, state.usage.in_flight)

    def action_resume(self) -> None:
        if self.chosen is not None:
            self.workbench.resume_run(self.chosen.state.run_id)

    def action_export(self) -> None:
        if self.chosen is not None:
            best = self.chosen.state.best
            if best is None:
                self.workbench.tell("This run has no candidate with a score yet.")
            else:
                self.workbench.export(self.chosen.state, [best.id])

    def action_delete(self) -> None:
        marked = [each for each in self.feed.runs if each in self.feed.marked]
        run_ids = marked or ([self.chosen.state.run_id] if self.chosen is not None else [])
        live = [each for each in run_ids if self.feed.runs[each].alive]
        if live:
            stop = self.key("stop")
            self.workbench.tell(
                f"An engine is at work on {', '.join(live)}; stop it with {stop} first.",
                severity="warning",
            )
        elif run_ids:
            self.workbench.ask_to_delete(run_ids)

    def action_new(self) -> None:
        self.workbench.set_up_run()

    def action_demo(self) -> None:
        self.workbench.start_demo()

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_clear(self) -> None:
        self.query_one(FilterBar).clear()
        self.table.focus()


def _preview_title(run: ListedRun) -> str:
    best = run.state.best
    if best is None:
        return shown(run.state.run_id)
    return f"{shown(run.state.run_id)} · best prompt {candidate_name(best.id)}"


def _verdict(store: Store, state: RunState) -> str:
    """Whether the winner is better than the seed prompt, as far as test tells."""
    assert state.winner is not None
    try:
        difference = stored_difference(store, state.run_id, state.winner, SEED_CANDIDATE, "test")
    except StoreError as error:
        return shown(str(error))
    return verdict(state, difference)


def _preview(store: Store, run: ListedRun) -> Content:
    state, best, setup = run.state, run.state.best, run.state.setup
    lines: list[Content] = []
    if setup is not None:
        facts = (
            f"{setup.method} on {setup.task} · {setup.scored_by} · train {setup.train}, dev "
            f"{setup.dev}, test {setup.test} · {setup.task_model} · seed {setup.seed}"
        )
        lines.append(Content.styled(shown(facts), MUTED))
    note = prompt_text.small_model_note(state)
    if note is not None:
        lines.append(note)
    if state.winner is not None and state.status == "done":
        lines.append(Content.styled(_verdict(store, state), MUTED))
    if seen_status(run.status, state) == "waiting":
        lines.append(Content.styled(waiting_text(state), "$warning"))
    if state.reason:
        lines.append(Content.styled(shown(state.reason), "$error"))
    if best is not None:
        lines += [Content(""), prompt_text.prompt_content(best.text)]
    elif setup is not None:
        lines += [
            Content.styled("\nno score yet; it starts from the seed prompt", MUTED),
            prompt_text.prompt_content(setup.seed_prompt),
        ]
    return Content("\n").join(lines)
