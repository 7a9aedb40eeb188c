"""The steering commands, beside a run at work and without one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from promptopt.cli import run
from promptopt.cli import set as set_
from promptopt.cli.run_options import CONCURRENCY
from promptopt.llm.settings import MOST_CONCURRENCY, ModelSettings
from promptopt.runs import control
from promptopt.runs.commands import Pause
from promptopt.runs.store import Store

from ..runs.outcomes import stored_responses
from ..workspace import Workspace, wait_until
from .conftest import Command
from .held_run import HeldRun
from .held_run import held as held

METHOD = {"proposals": 20}


@pytest.fixture(autouse=True)
def home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's, in place of that of the other commands' tests."""
    monkeypatch.setenv("PROMPTOPT_HOME", str(workspace.home))
    return workspace.home


def at_work(workspace: Workspace, store: Store, held: HeldRun) -> str:
    """A run with some candidates, of which the others are still to be proposed."""
    held.answered = 10
    run_id = control.start(store, workspace.config(held.model, method=METHOD))
    wait_until(lambda: len(store.state(run_id).candidates) > 3)
    return run_id


def test_a_run_is_steered_from_the_command_line(
    workspace: Workspace, held: HeldRun, promptopt: Command
) -> None:
    store = workspace.store()
    run_id = at_work(workspace, store, held)
    said = {
        ("pause", "last"): f"{run_id} is paused; go on with: promptopt resume {run_id}\n",
        ("add", run_id, "Say the plural."): f"{run_id} takes the candidate in at its next stage\n",
        ("add", run_id, "--from", "c001", "An edit."): (
            f"{run_id} takes the candidate in at its next stage\n"
        ),
        ("veto", run_id, "c002"): f"c002 of {run_id} is vetoed\n",
        ("veto", run_id, "3"): f"c003 of {run_id} is vetoed\n",
        ("note", run_id, "Odd ones."): f"noted on {run_id}\n",
        ("note", run_id, "--on", "c001", "Good."): f"noted on c001 of {run_id}\n",
        ("set", run_id, "--max-calls", "1,000", "--concurrency", "5"): (
            f"{run_id}: max_calls is 1,000\n{run_id}: concurrency is 5\n"
        ),
        ("set", run_id, "--max-calls", "none"): f"{run_id}: max_calls is lifted\n",
    }
    for arguments, out in said.items():
        done = promptopt(*arguments)
        assert (done.status, done.out, done.err) == (0, out, ""), arguments
    lowered = promptopt("set", run_id, "--max-calls", "1")
    assert lowered.status == 0
    assert ", not 1: so much is spent, or kept for the test" in lowered.out
    assert promptopt("stop", run_id).status == 0
    held.goes_on.set()
    assert workspace.wait_until_over(store, run_id) == "stopped"
    notes = [(note.candidate, note.text) for note in store.state(run_id).notes]
    assert notes == [(None, "Odd ones."), (1, "Good.")]
    shown = promptopt("show", run_id, "--events").out
    assert "a person wrote a candidate, from c001, for the next stage: An edit." in shown
    assert "a person vetoed c002" in shown


def test_without_an_engine(workspace: Workspace, held: HeldRun, promptopt: Command) -> None:
    store = workspace.store()
    run_id = at_work(workspace, store, held)
    workspace.kill_engine(store, run_id)
    held.goes_on.set()
    later = f", when it goes on: promptopt resume {run_id}"
    assert promptopt("add", run_id, "Say the plural.").out == (
        f"{run_id} takes the candidate in at its next stage{later}\n"
    )
    assert promptopt("set", run_id, "--concurrency", "9").out == (
        f"{run_id}: concurrency is 9\nthis holds{later}\n"
    )
    for name in ("pause", "stop"):
        done = promptopt(name, run_id)
        assert done.status == 2
        assert done.err == f"error: run {run_id} is not at work, so there is nothing to {name}\n"
    done = promptopt("resume", run_id, "--json")
    assert done.status == 0
    assert '"operation":"person"' in done.out.replace(" ", "")


def test_a_run_that_ended_by_its_limit(workspace: Workspace, promptopt: Command) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}), store)
    sent = store.calls_sent(run_id)
    assert promptopt("resume", run_id).status == 0  # shows what there is
    assert store.calls_sent(run_id) == sent
    done = promptopt("set", run_id, "--max-calls", "200")
    first, later, last = done.out.splitlines()
    assert first == f"{run_id}: max_calls is 200"
    assert "gone through anew" in later
    assert last == f"let it go on with: promptopt resume {run_id}"
    assert promptopt("resume", run_id).status == 0
    assert store.calls_sent(run_id) > sent
    assert store.state(run_id).limit == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("veto", "last", "c0"), "the seed prompt is what all are compared with"),
        (("veto", "last", "c099"), "there is no candidate c099; see: promptopt show"),
        (("veto", "last", "seven"), "'seven' is no candidate; one is called like c007"),
        (("add", "last", "Answer the question."), "the candidate is the same as c000"),
        (("add", "last", " "), "the candidate is empty"),
        (("add", "last"), "give the text of the candidate, or a --file that holds it"),
        (("add", "last", "--file", "absent.txt"), "cannot read the candidate from absent.txt"),
        (("set", "last"), "say what to set"),
        (("set", "last", "--max-calls", "0"), "'--max-calls': it takes a whole number from 1 on"),
        (("set", "last", "--max-tokens", "1e6"), "'1e6' is no whole number"),
        (("set", "last", "--max-tokens", f"1{'0' * 16}"), "a whole number from 1 to 10^15"),
        (("set", "last", "--max-usd", "-1"), "'--max-usd': it takes a number of US dollars above"),
        (("set", "last", "--max-usd", "2000000"), 'up to 1,000,000, or "none" to lift'),
        (("set", "last", "--max-calls", "many"), "'many' is no whole number; \"none\" lifts the"),
        (("set", "last", "--max-usd", "nan"), "'nan' is no number"),
        (("set", "last", "--max-usd", "2,5"), "'2,5' is no number; write decimals with a point"),
        (("set", "last", "--max-calls", "1,2005"), "'1,2005' is no whole number; write decimals"),
        (
            ("set", "last", "--concurrency", "0"),
            "'--concurrency': 0 is not in the range 1<=x<=1024",
        ),
        (("note", "last", ""), "the remark is empty"),
        (("note", "nobody", "x"), "there is no run named 'nobody'"),
    ],
)
def test_wrong_requests(
    workspace: Workspace,
    promptopt: Command,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    store = workspace.store()
    control.create(store, workspace.config())
    done = promptopt(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert told in done.err
    assert "Traceback" not in done.err


def test_one_range_of_the_concurrency_wherever_it_is_said() -> None:
    assert (CONCURRENCY.min, CONCURRENCY.max) == (1, MOST_CONCURRENCY)
    options = [*run.command.params, *set_.command.params]
    assert [each.type for each in options if each.name == "concurrency"] == [CONCURRENCY] * 2
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"concurrency": MOST_CONCURRENCY + 1}, ModelSettings)
    msgspec.convert({"concurrency": MOST_CONCURRENCY}, ModelSettings)


def test_a_candidate_from_a_file(workspace: Workspace, promptopt: Command) -> None:
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    path = workspace.folder / "mine.txt"
    path.write_bytes("\ufeffÜbersetze \x1b[31mrot.\r\nZwei Zeilen.\n".encode())
    assert promptopt("add", run_id, "--file", str(path)).status == 0
    shown = promptopt("show", run_id, "--events").out
    assert "\x1b" not in shown
    control.launch(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    texts = [each.text for each in store.state(run_id).candidates.values()]
    assert texts[1] == "Übersetze \x1b[31mrot.\nZwei Zeilen."


def test_an_engine_that_does_not_answer(
    workspace: Workspace, held: HeldRun, promptopt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    run_id = at_work(workspace, store, held)
    workspace.kill_engine(store, run_id)
    # Alive when it was asked, and dead before it took the command.
    alive = iter([True])
    monkeypatch.setattr(control, "is_alive", lambda *_: next(alive, False))
    done = promptopt("pause", run_id)
    assert done.status == 1
    assert "ended before it took the command" in done.err
    assert store.open_commands(run_id) == []
    number = store.send_command(run_id, Pause())
    assert store.answer(run_id, number) is None
    assert stored_responses(store, run_id) > 0
