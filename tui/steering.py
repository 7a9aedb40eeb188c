"""What the workbench asks of engines.

All of it happens in threads: loading data, checking a model or waiting for the store's lock
must not hold up a key. A thread opens its own store and touches no widget; what came of its
work arrives as a message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import App
from textual.message import Message

from promptopt.errors import PromptoptError
from promptopt.runs import control
from promptopt.runs.config import RunConfig
from promptopt.runs.store import Store
from tui.crash import write_crash
from tui.screens.busy import BusyDialog
from tui.screens.questions import delete_question, stop_question
from tui.threads import in_thread, post

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from promptopt.runs.data_reader import DataReader
    from tui.run_draft import RunDraft
    from tui.taken_name import TakenName

Begin = Callable[[], RunConfig]
"""Works out what a new run is made from."""


def given(config: RunConfig) -> Begin:
    """A run is made from this."""
    return lambda: config


class Steering(App[None]):
    """Starting, pausing, stopping and resuming runs: a part of the app."""

    store: Store
    under_way: BusyDialog | None = None
    """What is waited for, and has to be told should the workbench be closed before it is done."""
    _draft: RunDraft | None = None
    _reader: DataReader | None = None

    class Done(Message):
        """It was done; `run_id` is the run to show now, `leave` asks to quit.

        `deleted` are runs that are no more; `then` is what else is to be done now.
        """

        busy: BusyDialog | None = None

        def __init__(
            self,
            run_id: str | None = None,
            *,
            leave: bool = False,
            deleted: Sequence[str] = (),
            then: Callable[[], None] | None = None,
        ) -> None:
            super().__init__()
            self.then = then
            self.run_id = run_id
            self.leave = leave
            self.deleted = deleted

    class Failed(Message):
        """It could not be done."""

        busy: BusyDialog | None = None

        def __init__(self, title: str, text: str) -> None:
            super().__init__()
            self.title = title
            self.text = text

    # What the rest of the app provides

    def show_run(self, run_id: str) -> None:
        raise NotImplementedError

    def runs_are_gone(self, run_ids: Sequence[str]) -> None:
        raise NotImplementedError

    def tell(self, message: str, *, severity: SeverityLevel = "information") -> None:
        raise NotImplementedError

    # Runs that are there

    def pause_or_go_on(self, run_id: str, status: str) -> None:
        """Pause a run, or let a paused one go on."""
        if status == "paused":
            self._in_thread("The run could not go on", partial(_send, control.unpause, run_id))
        else:
            self._in_thread("The run could not be paused", partial(_send, control.pause, run_id))

    def ask_to_stop(self, run_id: str, in_flight: int) -> None:
        """Stop a run if a person confirms it."""

        def answered(answer: str | None) -> None:
            if answer == "stop":
                work = partial(_send, control.stop, run_id)
                self._in_thread("The run could not be stopped", work)

        self.push_screen(stop_question(run_id, in_flight), answered)

    def resume_run(self, run_id: str) -> None:
        """Take a run up again."""

        def work(store: Store) -> Steering.Done:
            control.resume(store, run_id)
            return Steering.Done(run_id)

        busy = BusyDialog(
            "Resuming",
            "Looking for the models, starting the engine…",
            f"closed while {run_id} was being resumed; to see whether it goes on: promptopt list",
        )
        self._in_thread("The run could not be resumed", work, busy)

    def send_and_leave(self, run_id: str, command: str) -> None:
        """Pause or stop a run, then quit."""

        def work(store: Store) -> Steering.Done:
            (control.pause if command == "pause" else control.stop)(store, run_id)
            return Steering.Done(leave=True)

        self._in_thread(f"The run could not be asked to {command}", work)

    def ask_to_delete(self, run_ids: Sequence[str]) -> None:
        """Delete runs if a person confirms it."""

        def work(store: Store) -> Steering.Done:
            from promptopt.runs.deletion import delete_several

            delete_several(store, run_ids)
            return Steering.Done(deleted=run_ids)

        def answered(answer: str | None) -> None:
            if answer == "delete":
                busy = BusyDialog(
                    "Deleting",
                    "Removing all that is stored…",
                    "closed while runs were being deleted; to see what is left: promptopt list",
                )
                self._in_thread("Not deleted", work, busy)

        self.push_screen(delete_question(run_ids), answered)

    # New runs

    def begin_run(self, begin: Begin, then: Callable[[], None] | None = None) -> None:
        """Make a run and show it; `then` is called once it is there.

        Where another one has its name, a person is asked what to do.
        """

        def work(store: Store) -> Steering.Done:
            from tui.taken_name import taken_name

            config = begin()
            if taken := taken_name(store, config):
                return Steering.Done(then=partial(self._ask_about_name, taken, config, then))
            return Steering.Done(control.start(store, config), then=then)

        busy = BusyDialog(
            "Starting",
            "Reading the data, looking for the models, starting the engine…",
            "closed while a run was being started; to see whether it was: promptopt list",
        )
        self._in_thread("The run could not be started", work, busy)

    def _ask_about_name(
        self, taken: TakenName, config: RunConfig, then: Callable[[], None] | None
    ) -> None:
        from tui.taken_name import taken_question

        def answered(answer: str | None) -> None:
            if answer == "open":
                self.show_run(taken.name)
            elif answer == "resume":
                self.resume_run(taken.name)
            elif answer == "another":
                self.begin_run(given(taken.renamed(config)), then)

        self.push_screen(taken_question(taken), answered)

    def start_demo(self) -> None:
        """Start the bundled demonstration."""

        def begin() -> RunConfig:
            from promptopt.runs.config import demo_config

            return demo_config()

        self.begin_run(begin)

    def set_up_run(self, data: str = "") -> None:
        """Set up a new run, or go on with the one that was being set up; `data` to search on."""
        from promptopt.runs.data_reader import DataReader
        from tui.run_draft import RunDraft
        from tui.screens.new_run import NewRunScreen

        if self._draft is None:
            self._draft, self._reader = RunDraft(), DataReader()
        if data:
            self._draft.take_data(data)
        self.push_screen(NewRunScreen(self._draft, self._reader))

    @property
    def form_unsaved(self) -> bool:
        """Whether the form for a new run holds what no file and no run does."""
        return self._draft is not None and self._draft.unsaved

    # Threads and what came of them

    def _in_thread(
        self,
        title: str,
        work: Callable[[Store], Steering.Done],
        busy: BusyDialog | None = None,
    ) -> None:
        """`title` heads what went wrong; `busy` is shown until it is done, or went wrong."""
        path = self.store.path

        def run() -> None:
            try:
                with Store(path) as store:
                    message: Steering.Done | Steering.Failed = work(store)
            except PromptoptError as error:
                message = Steering.Failed(title, str(error))
            except Exception as error:
                message = Steering.Failed(title, write_crash(error))
            message.busy = busy
            post(self, message)

        if busy is None:  # a word to an engine is sent in a moment, and not lost on the way
            self.run_worker(run, thread=True, group="steering", exit_on_error=False)
            return
        self.under_way = busy
        self.push_screen(busy)
        self.run_worker(in_thread(run, "steering"), group="steering", exit_on_error=False)

    def _over(self, busy: BusyDialog | None) -> None:
        if busy is not None:
            self.under_way = None
            busy.dismiss()

    @on(Done)
    def _done(self, event: Done) -> None:
        self._over(event.busy)
        if event.then is not None:
            event.then()
        if event.deleted:
            self.runs_are_gone(event.deleted)
        if event.leave:
            self.exit()
        elif event.run_id is not None:
            self.show_run(event.run_id)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        from tui.screens.error import ErrorDialog

        self._over(event.busy)
        self.push_screen(ErrorDialog(event.title, event.text))


def _send(command: Callable[[Store, str], int], run_id: str, store: Store) -> Steering.Done:
    command(store, run_id)
    return Steering.Done()
