"""The best prompt of a run is left behind as a file when the run has ended, whatever ended it."""

from __future__ import annotations

import json
import shutil

import pytest

from promptopt.runs import control, deletion
from promptopt.runs.commands import SetLimit
from promptopt.runs.events import Warned
from promptopt.runs.paths import prompt_path
from promptopt.runs.store import Store

from ..workspace import Workspace, wait_until
from .held import at_work


@pytest.mark.parametrize("cap", [None, 60])
def test_a_run_that_ends_leaves_its_best_prompt_behind(
    workspace: Workspace, cap: int | None
) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": cap} if cap else {}), store)
    state = store.state(run_id)
    assert bool(state.limit) == (cap is not None)
    assert state.best is not None
    assert state.prompt_file == f"prompts/{run_id}.txt"
    assert (workspace.home / state.prompt_file).read_bytes() == state.best.text.encode()
    assert [each.name for each in (workspace.home / "prompts").iterdir()] == [f"{run_id}.txt"]


def test_the_commands_say_where_it_is(workspace: Workspace) -> None:
    path = workspace.toml(
        f'name = "mine"\ntask = {{source = "{workspace.data}", train = 6, dev = 12, test = 10}}\n'
        'method = {proposals = 8, subset = 4, finalists = 2}\ntask_model = "scripted:plural"\n'
    )
    written = workspace.home / "prompts" / "mine.txt"
    ran = workspace.command("run", str(path), "--json")
    assert ran.returncode == 0, ran.stderr
    assert f"it stands in: {written}\n" in ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["prompt_file"] == str(written)
    assert f"it stands in: {written}\n" in workspace.command("show", "mine").stdout
    shown = json.loads(workspace.command("show", "mine", "--json").stdout)
    assert written.read_text() == shown["best"]["text"]
    # A store that went elsewhere has it where it went, and says nothing of what is not there.
    moved = workspace.folder / "elsewhere"
    shutil.copytree(workspace.home, moved)
    there = workspace.command("show", "mine", "--json", PROMPTOPT_HOME=str(moved))
    assert json.loads(there.stdout)["prompt_file"] == str(moved / "prompts" / "mine.txt")
    shutil.rmtree(moved / "prompts")
    gone = workspace.command("show", "mine", "--json", PROMPTOPT_HOME=str(moved))
    assert "prompt_file" not in json.loads(gone.stdout)


def test_it_is_written_where_a_person_wants_it_too(workspace: Workspace) -> None:
    path = workspace.toml(
        f'task = {{source = "{workspace.data}", train = 6, dev = 12, test = 10}}\n'
        'method = {proposals = 8, subset = 4, finalists = 2}\ntask_model = "scripted:plural"\n'
    )
    wanted = workspace.folder / "best prompt.txt"
    ran = workspace.command("run", str(path), "-o", str(wanted), "--json")
    assert ran.returncode == 0, ran.stderr
    assert wanted.read_text() == json.loads(ran.stdout.splitlines()[-1])["best"]["text"]
    # What is there already is not written over, and that is said before anything is paid for.
    runs = len(workspace.store().runs())
    again = workspace.command("run", str(path), "-o", str(wanted))
    assert again.returncode == 2
    assert "exists already" in again.stderr
    detached = workspace.command("run", str(path), "-o", "other.txt", "--detach")
    assert detached.returncode == 2
    assert len(workspace.store().runs()) == runs


def test_a_run_that_goes_on_and_ends_again_replaces_it(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": 30}), store)
    path = prompt_path(store.path, run_id)
    path.write_text("somebody has changed it")
    control.steer(store, run_id, SetLimit("max_calls", None))
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    state = store.state(run_id)
    assert state.best is not None
    assert path.read_text() == state.best.text
    assert state.prompt_file


def test_of_a_search_that_is_begun_anew_the_best_prompt_of_before_is_kept(
    workspace: Workspace,
) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": 30}), store)
    path = prompt_path(store.path, run_id)
    before = store.state(run_id).best
    assert before is not None
    told = workspace.command("set", run_id, "--max-calls", "40")
    count = len(store.state(run_id).candidates)
    for said in ("gone through anew", f"{count} candidates", f"prompts/{run_id}.txt is kept"):
        assert said in told.stdout
    path.write_text("the best of before")
    resumed = workspace.command("resume", run_id)
    assert "gone through anew" in resumed.stderr
    kept = path.with_name(f"{run_id}~1.txt")
    assert kept.read_text() == "the best of before"
    assert f"prompts/{run_id}~1.txt" in resumed.stdout
    # The same once more, and now it comes to the same prompt: nothing more is kept.
    control.steer(store, run_id, SetLimit("max_calls", 45))
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    state = store.state(run_id)
    assert state.best is not None
    assert path.read_text() == state.best.text
    here = sorted(each.name for each in path.parent.iterdir())
    same = kept.with_name(f"{run_id}~2.txt").exists()
    assert here == sorted([path.name, kept.name] + [f"{run_id}~2.txt"] * same)
    deletion.delete(store, run_id)
    assert list(path.parent.iterdir()) == []


def test_a_run_that_was_stopped_has_none(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store, 20) as (run_id, held):
        number = control.stop(store, run_id)
        wait_until(lambda: store.is_taken(number))
        held.let()
        assert workspace.wait_until_over(store, run_id) == "stopped"
    assert store.state(run_id).prompt_file == ""
    assert not prompt_path(store.path, run_id).exists()


def test_a_folder_that_takes_no_file_is_a_warning_and_no_end(workspace: Workspace) -> None:
    workspace.home.mkdir()
    (workspace.home / "prompts").write_text("no folder")
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    state = store.state(run_id)
    assert state.status == "done"
    assert state.prompt_file == ""
    (warned,) = [told for told in _of(store, run_id, Warned) if "best prompt" in told.message]
    assert f"promptopt export {run_id} -o FILE" in warned.message
    assert str(prompt_path(store.path, run_id)) in warned.message
    shown = workspace.command("show", run_id)
    assert "it stands in" not in shown.stdout
    assert "take it out" in shown.stdout


def _of(store: Store, run_id: str, kind: type) -> list:  # type: ignore[type-arg]
    return [each.event for each in store.events(run_id) if isinstance(each.event, kind)]
