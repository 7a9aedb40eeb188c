"""`promptopt run` and what steers a run, as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket

import pytest

from promptopt.runs import control
from promptopt.runs.events import EngineStarted, Paused, StageStarted
from promptopt.runs.paths import log_path

from ..llm.endpoint import Endpoint, fails, sends
from ..runs.outcomes import outcome
from ..workspace import Workspace, finished, wait_until
from .held_run import SMALL, HeldRun, options, until_it_watches
from .held_run import held as held

# A run from beginning to end


def test_a_run_prints_its_progress_and_its_result(workspace: Workspace) -> None:
    done = workspace.command("run", *options(workspace))
    assert done.returncode == 0, done.stderr
    assert done.stderr == "run plurals-ape-1\n"
    assert "ape on plurals (exact_match): train 6, dev 12, test 10" in done.stdout
    assert "run plurals-ape-1 done" in done.stdout
    state = workspace.store().state("plurals-ape-1")
    assert state.best is not None
    assert f"    {state.best.text}\n" in done.stdout
    assert "promptopt export plurals-ape-1" in done.stdout
    assert "\x1b" not in done.stdout


def test_json_is_one_object_and_nothing_else_on_stdout(workspace: Workspace) -> None:
    done = workspace.command("run", *options(workspace, "scripted:plural", "--json"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    result = json.loads(done.stdout)
    state = workspace.store().state(result["run_id"])
    assert state.best is not None
    assert state.best.dev is not None
    assert result["status"] == "done"
    assert (result["method"], result["task"]) == ("ape", "plurals")
    assert result["best"]["text"] == state.best.text
    assert result["best"]["dev"] == {
        "score": state.best.dev.mean,
        "stderr": state.best.dev.stderr,
        "n": 12,
    }
    assert result["best"]["test"]["n"] == result["seed_prompt"]["test"]["n"] == 10
    assert result["usage"]["calls"] == state.usage.calls
    assert result["usage"]["usd"] == 0.0
    assert len(result["candidates"]) == len(state.candidates)
    # The progress is not lost, it is elsewhere.
    assert "filter 1" in done.stderr


def test_runs_of_two_ablations_can_be_told_apart(workspace: Workspace) -> None:
    asked = ("--dev", "4", "--test", "3", "--max-calls", "120")
    for preset in ("gpo-no-control", "gpo-edit"):
        done = workspace.command(
            "run",
            *("--task", str(workspace.data), "--train", "6", *asked),
            *("--preset", preset, "--model", "scripted:plural"),
        )
        assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("run plurals-gpo-edit-1\n")
    shown = {
        preset: json.loads(workspace.command("show", f"plurals-{preset}-1", "--json").stdout)
        for preset in ("gpo-no-control", "gpo-edit")
    }
    assert {each["method"] for each in shown.values()} == {"gpo"}
    assert [each["preset"] for each in shown.values()] == list(shown)
    assert shown["gpo-no-control"]["settings"]["schedule"] == "none"
    assert shown["gpo-edit"]["settings"]["refinement"] == "edit"
    assert "schedule" not in shown["gpo-edit"]["settings"]


def test_a_configuration_file_and_options_over_it(workspace: Workspace) -> None:
    config = workspace.toml(
        f"""
        name = "from-file"
        seed = 3
        [task]
        source = "{workspace.data.name}"
        train = 6
        dev = 12
        test = 10
        [method]
        name = "ape"
        proposals = 5
        [task_model]
        spec = "scripted:plural"
        """
    )
    done = workspace.command("run", str(config), "--seed", "4", "--dev", "8", "--max-calls", "40")
    assert done.returncode == 0, done.stderr
    stored = control.config_of(workspace.store(), "from-file")
    assert (stored.seed, stored.task.dev, stored.task.test) == (4, 8, 10)
    assert stored.budget.max_calls == 40
    assert stored.method.proposals == 5
    assert stored.task.source == str(workspace.data)


def test_a_limit_that_ends_the_search_is_no_failure(workspace: Workspace) -> None:
    done = workspace.command(
        "run", *options(workspace, "scripted:plural", "--max-calls", "8", "--json")
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["limit"] == "max_calls"
    assert result["usage"]["calls"] <= 8


def test_a_search_is_made_to_fit_its_limit(workspace: Workspace) -> None:
    done = workspace.command(
        "run", *options(workspace, "scripted:plural", "--max-calls", "60", "--json")
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["limit"] == "max_calls"
    assert result["usage"]["calls"] <= 60
    assert result["best"]["test"]["n"] == result["seed_prompt"]["test"]["n"] == 10
    assert "the calls reach for" in done.stderr


def test_detach(workspace: Workspace, held: HeldRun) -> None:
    done = workspace.command(*held.arguments("--detach"))
    assert (done.returncode, done.stdout) == (0, "slow\n")
    store = workspace.store()
    assert control.is_alive(store, "slow")
    held.goes_on.set()
    assert workspace.wait_until_over(store, "slow") == "done"


def test_detach_with_json(workspace: Workspace, held: HeldRun) -> None:
    done = workspace.command(*held.arguments("--detach", "--json"))
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"run_id": "slow", "status": "running"}


# The engine outlives who watches it


def test_the_engine_goes_on_when_its_watcher_is_killed(workspace: Workspace, held: HeldRun) -> None:
    watcher, store = held.begin()
    os.killpg(watcher.pid, signal.SIGKILL)
    watcher.wait()
    assert control.is_alive(store, "slow")
    held.goes_on.set()
    assert workspace.wait_until_over(store, "slow") == "done"


def test_resume_on_a_run_at_work_watches_it(workspace: Workspace, held: HeldRun) -> None:
    watcher, store = held.begin()
    another = workspace.begin("resume", "slow", "--json")
    until_it_watches(another, as_json=True)
    held.goes_on.set()
    second = finished(another)
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout)["status"] == "done"
    assert finished(watcher).returncode == 0
    started = [e for e in store.events("slow") if isinstance(e.event, EngineStarted)]
    assert len(started) == 1


def test_ctrl_c_stops_the_run_and_says_how_to_go_on(workspace: Workspace, held: HeldRun) -> None:
    watcher, store = held.begin()
    watcher.send_signal(signal.SIGINT)
    wait_until(lambda: store.state("slow").status == "stopping")
    held.goes_on.set()
    done = finished(watcher)
    assert done.returncode == 130
    assert "stopping: waiting for the calls in flight" in done.stderr
    assert "promptopt resume slow" in done.stdout
    assert store.state("slow").status == "stopped"
    assert not control.is_alive(store, "slow")
    resumed = workspace.command("resume", "slow")
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed, attempt 2" in resumed.stdout
    whole = workspace.command(*held.arguments(name="whole"))
    assert whole.returncode == 0, whole.stderr
    assert outcome(store, "slow") == outcome(store, "whole")


def test_ctrl_c_with_json(held: HeldRun) -> None:
    watcher, store = held.begin("--json")
    watcher.send_signal(signal.SIGINT)
    wait_until(lambda: store.state("slow").status == "stopping")
    held.goes_on.set()
    done = finished(watcher)
    assert done.returncode == 130
    assert json.loads(done.stdout)["status"] == "stopped"
    assert "promptopt resume slow" in done.stderr


def test_a_second_ctrl_c_leaves_at_once(held: HeldRun) -> None:
    watcher, store = held.begin()
    watcher.send_signal(signal.SIGINT)
    wait_until(lambda: store.state("slow").status == "stopping")
    watcher.send_signal(signal.SIGINT)
    done = finished(watcher)
    assert done.returncode == 130
    assert "Go on with: promptopt resume slow" in done.stderr
    assert control.is_alive(store, "slow")


def test_a_run_whose_engine_is_killed_is_interrupted(workspace: Workspace, held: HeldRun) -> None:
    watcher, store = held.begin("--json")
    workspace.kill_engine(store, "slow")
    done = finished(watcher)
    assert done.returncode == 130
    assert json.loads(done.stdout)["status"] == "interrupted"
    assert "promptopt resume slow" in done.stderr
    assert f"what it said last is in {workspace.home}" in done.stderr


# Steering from outside


def test_pause_resume_stop(workspace: Workspace, held: HeldRun) -> None:
    assert workspace.command(*held.arguments("--detach")).returncode == 0
    store = workspace.store()
    paused = workspace.command("pause", "slow")
    assert (paused.returncode, paused.stderr) == (0, "")
    assert paused.stdout == "slow is paused; go on with: promptopt resume slow\n"
    assert store.state("slow").status == "paused"
    resumed = workspace.command("resume", "last", "--detach")
    assert (resumed.returncode, resumed.stdout) == (0, "slow\n")
    wait_until(lambda: store.state("slow").status == "running")
    stopped = workspace.command("stop", "slo")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    held.goes_on.set()
    assert workspace.wait_until_over(store, "slow") == "stopped"
    assert any(isinstance(each.event, Paused) for each in store.events("slow"))
    again = workspace.command("stop", "slow")
    assert again.returncode == 2
    assert again.stderr == "error: run slow is not at work, so there is nothing to stop\n"


def test_resume_of_a_finished_run_shows_its_result(workspace: Workspace) -> None:
    first = workspace.command("run", *options(workspace, "scripted:plural", "--json"))
    again = workspace.command("resume", "last", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == json.loads(first.stdout)


@pytest.mark.parametrize("command", ["resume", "pause", "stop"])
def test_a_run_that_is_not_there(workspace: Workspace, command: str) -> None:
    done = workspace.command(command, "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there are no runs yet")


# Runs that fail


def test_a_run_that_fails_leaves_with_1(workspace: Workspace) -> None:
    with Endpoint(fails(401, "expired")) as endpoint:
        done = workspace.command(
            *("run", *options(workspace, "openai:m", "--base-url", endpoint.url)), "--json"
        )
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert "expired" in result["reason"]
    assert result["best"] is None
    assert "Traceback" not in done.stderr


def test_endpoints_that_are_dead_or_talk_nonsense(workspace: Workspace) -> None:
    with socket.socket() as nobody, Endpoint(sends("<h1>Hi</h1>", "text/html")) as web_site:
        nobody.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        runs = {
            name: workspace.begin(
                *("run", *options(workspace, "openai:m", "--base-url", url, "--name", name)),
            )
            for name, url in (("dead", dead), ("site", web_site.url))
        }
        done = {name: finished(process) for name, process in runs.items()}
    for name, told in (("dead", "cannot reach " + dead), ("site", "no completion: <h1>Hi</h1>")):
        said = done[name].stdout + done[name].stderr
        assert done[name].returncode == 1
        assert told in said
        assert f"run {name} failed: " in said
        assert f"go on with:  promptopt resume {name}" in said
        assert "Traceback" not in said


# Requests that are wrong


def rows(n: int = 30) -> list[tuple[str, str]]:
    return [(f"word{index}", f"words{index}") for index in range(n)]


WRONG: dict[str, tuple[list[str], str]] = {
    "nothing named": ([], "nothing is named to run"),
    "no such configuration": (["absent.toml"], "there is no configuration file absent.toml"),
    "broken configuration": (["broken.toml"], "broken.toml is not valid TOML"),
    "data for a configuration": (
        ["good.csv"],
        "good.csv is data and no configuration; name it with --task good.csv, or set up a run of "
        "it with: promptopt-tui good.csv",
    ),
    "a folder for a configuration": (["."], ". is data and no configuration"),
    "both": (["good.toml", "--demo"], "give a configuration file or --demo, not both"),
    "no such file": (["--task", "absent.csv"], "absent.csv"),
    "empty file": (["--task", "empty.csv"], "empty.csv"),
    "header alone": (["--task", "header.csv"], "header.csv"),
    "malformed": (["--task", "malformed.json"], "malformed.json"),
    "binary": (["--task", "binary.csv"], "binary.csv"),
    "unknown column": (["--task", "good.csv", "--input-column", "inptu"], "inptu"),
    "too many asked for": (["--task", "good.csv", "--dev", "1000"], "1000"),
    "too few": (["--task", "two.csv"], "two.csv"),
    "metric": (["--task", "good.csv", "--metric", "exact_mach"], "did you mean exact_match?"),
    "choice metric": (["--task", "good.csv", "--metric", "choice"], "needs choices"),
    "method": (
        ["--task", "good.csv", "--method", "apo"],
        "unknown method 'apo'; did you mean gpo?",
    ),
    "model": (["--task", "good.csv", "--model", "gpt"], "unknown model 'gpt'"),
    "script": (["--task", "good.csv", "--model", "scripted:x"], "no scripted model 'x'"),
    "script option": (["--task", "good.csv", "--model", "scripted:echo?x=1"], "wrong option x=1"),
    "optimizer": (
        ["--task", "good.csv", "--model", "scripted:plural", "--optimizer-model", "local:no.gguf"],
        "there is no model file no.gguf",
    ),
    "tokens": (["--task", "good.csv", "--max-tokens", "0"], "0 is not in the range"),
    "tokens, no number": (["--task", "good.csv", "--max-tokens", "1.5"], "not a valid integer"),
    "few tokens": (
        ["--task", "good.csv", "--max-tokens", "9"],
        "max_tokens = 9 does not reach for one call of the task model",
    ),
    "money": (["--task", "good.csv", "--max-usd", "0"], "0.0 is not in the range"),
    "money, less than none": (["--task", "good.csv", "--max-usd", "-1"], "-1.0 is not in the"),
    "money, no number": (["--task", "good.csv", "--max-usd", "nan"], "budget.max_usd"),
    "money, no end": (["--task", "good.csv", "--max-usd", "inf"], "inf is not in the range"),
    "money, unknown price": (
        [
            *("--task", "good.csv", "--max-usd", "1", "--model", "openai:m"),
            *("--base-url", "http://127.0.0.1:9/v1"),
        ],
        "the price of openai:m at http://127.0.0.1:9/v1 is not known; set price = {input = …, "
        "output = …} under [task_model]",
    ),
    "calls": (["--task", "good.csv", "--max-calls", "0"], "0 is not in the range"),
    "no key": (["--task", "good.csv", "--model", "openai:m"], "set OPENAI_API_KEY"),
    "address": (
        ["--task", "good.csv", "--model", "openai:m", "--base-url", "nowhere"],
        "'nowhere' is no web address",
    ),
    "address of none": (
        ["--task", "good.csv", "--base-url", "http://127.0.0.1:9/v1"],
        "--base-url is the address of an openai:MODEL, and scripted:plural takes none; leave it",
    ),
    "address of none in a file": (
        ["good.toml", "--base-url", "http://127.0.0.1:9/v1"],
        "--base-url is the address of an openai:MODEL, and scripted:plural takes none; leave it",
    ),
    "empty seed prompt": (["--task", "good.csv", "--seed-prompt", " "], "the seed prompt is empty"),
    "demonstrations": (["--task", "good.csv", "--demonstrations", "99"], "99 demonstrations"),
    "run name": (["--task", "good.csv", "--name", "a b"], "the run name 'a b' will not do"),
    "number": (["--task", "good.csv", "--max-calls", "0"], "--max-calls"),
    "output": (
        ["--task", "good.csv", "-o", "good.csv"],
        "good.csv exists already; name another file\n",
    ),
    "option": (["--task", "good.csv", "--max-cals", "3"], "--max-calls"),
}


def test_an_address_is_for_whichever_model_takes_one(workspace: Workspace) -> None:
    workspace.csv("good.csv", rows())
    model = ("--model", "scripted:plural", "--optimizer-model", "openai:m")
    done = workspace.command(
        "estimate", "--task", "good.csv", *model, "--base-url", "http://127.0.0.1:9/v1"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG.keys())
def test_wrong_requests(workspace: Workspace, arguments: list[str], told: str) -> None:
    workspace.csv("good.csv", rows())
    workspace.csv("two.csv", rows(2))
    workspace.csv("header.csv", [])
    workspace.toml("task = 'good.csv'", "good.toml")
    workspace.toml("task = = 3", "broken.toml")
    (workspace.folder / "empty.csv").write_text("")
    (workspace.folder / "malformed.json").write_text('{"input": ["a"')
    (workspace.folder / "binary.csv").write_bytes(bytes(range(256)) * 4)
    if "--model" not in arguments:
        arguments = [*arguments, "--model", "scripted:plural"]
    done = workspace.command("run", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    if (workspace.home / "promptopt.db").exists():
        assert workspace.store().runs() == []


def test_without_weights_a_local_model_is_a_wrong_request(workspace: Workspace) -> None:
    done = workspace.command(
        "run", *options(workspace, "local"), PROMPTOPT_MODELS=str(workspace.folder / "none")
    )
    assert done.returncode == 2
    assert "get them with: promptopt models pull" in done.stderr


def test_a_store_that_is_damaged(workspace: Workspace) -> None:
    workspace.home.mkdir()
    (workspace.home / "promptopt.db").write_text("my notes " * 100)
    done = workspace.command("run", *options(workspace))
    assert done.returncode == 1
    assert re.fullmatch(r"error: cannot use .*promptopt\.db as a store: .*\n", done.stderr)


# Before a run


def test_estimate_is_what_a_run_announces(workspace: Workspace) -> None:
    done = workspace.command("estimate", *options(workspace, "scripted:plural", "--json"))
    assert done.returncode == 0, done.stderr
    estimate = json.loads(done.stdout)
    assert not (workspace.home / "promptopt.db").exists()
    run = workspace.command("run", *options(workspace, "scripted:plural", "--json"))
    result = json.loads(run.stdout)
    setup = workspace.store().state(result["run_id"]).setup
    assert setup is not None
    assert estimate["calls"] == setup.planned_calls
    assert estimate["calls"] == sum(stage["calls"] for stage in estimate["stages"])
    assert result["usage"]["calls"] <= estimate["calls"]


def test_estimate_needs_no_model(workspace: Workspace) -> None:
    done = workspace.command(
        "estimate", *options(workspace, "openai:unheard-of", "--max-calls", "10")
    )
    assert done.returncode == 0
    assert "at most " in done.stdout
    assert "made to fit 10 calls, the run sets out to do this" in done.stdout


@pytest.mark.parametrize("method", ["ape", "gpo"])
@pytest.mark.parametrize(("limit", "cap"), [("max_calls", 70), ("max_tokens", 3_000)])
def test_estimate_says_what_a_run_does_within_its_limits(
    workspace: Workspace, method: str, limit: str, cap: int
) -> None:
    small = SMALL.partition("[method]")[0] if method == "gpo" else SMALL
    path = workspace.toml(small, "small.toml")
    arguments = (str(path), "--model", "scripted:plural", "--method", method, "--json")
    free = json.loads(workspace.command("estimate", *arguments).stdout)
    assert free["within_limits"] is None
    capped = (*arguments, f"--{limit.replace('_', '-')}", str(cap))
    told = json.loads(workspace.command("estimate", *capped).stdout)
    assert told["calls"] == free["calls"]
    fitted = told["within_limits"]
    assert fitted["calls"] == sum(stage["calls"] for stage in fitted["stages"]) < told["calls"]
    amount = fitted["calls"]
    if limit == "max_tokens":
        amount = fitted["prompt_tokens"] + fitted["completion_tokens"]
    assert cap / 2 < amount <= cap
    # The run begins as it was said, and tests its best prompt at the end.
    result = json.loads(workspace.command("run", *capped).stdout)
    store = workspace.store()
    begun = [
        each.event
        for each in store.events(result["run_id"])
        if isinstance(each.event, StageStarted)
    ]
    assert fitted["stages"][0]["stage"] == begun[0].stage
    assert fitted["stages"][0]["calls"] == begun[0].calls
    assert fitted["stages"][-1]["stage"] == begun[-1].stage == "test"
    assert result["usage"]["calls"] <= (cap if limit == "max_calls" else cap / 2)


def test_estimate_of_tokens_and_money(workspace: Workspace) -> None:
    workspace.toml(
        f'[task]\nsource = "{workspace.data}"\n'
        '[task_model]\nspec = "openai:m"\nbase_url = "http://127.0.0.1:9/v1"\n'
        "price = {input = 10, output = 20}"
    )
    done = workspace.command("estimate", "run.toml", "--json")
    told = json.loads(done.stdout)
    for name in ("calls", "prompt_tokens", "completion_tokens"):
        assert told[name] == sum(stage[name] for stage in told["stages"]) > 0
    expected = (told["prompt_tokens"] * 10 + told["completion_tokens"] * 20) / 1e6
    assert told["usd"] == pytest.approx(expected, rel=0.02)
    assert (told["tokens_counted"], told["max_tokens"], told["max_usd"]) == (False, None, None)
    tokens = told["prompt_tokens"] + told["completion_tokens"]
    less = ("--max-tokens", str(tokens - 1), "--max-usd", str(told["usd"] / 2))
    shown = workspace.command("estimate", "run.toml", *less)
    assert f"about {told['prompt_tokens']:,} prompt and" in shown.stdout
    assert f"made to fit {tokens - 1:,} tokens and $" in shown.stdout
    assert "Tokens are estimated" in shown.stderr


def test_estimate_with_a_price_that_nobody_knows(workspace: Workspace) -> None:
    arguments = options(workspace, "openai:m", "--base-url", "http://127.0.0.1:9/v1")
    done = workspace.command("estimate", *arguments)
    assert done.returncode == 0
    assert "at a price that is not known" in done.stdout
    assert "$" not in done.stdout.splitlines()[2]
    assert "The price of openai:m at http://127.0.0.1:9/v1 is not known" in done.stderr
    told = json.loads(workspace.command("estimate", *arguments, "--json").stdout)
    assert told["usd"] is None


def test_a_cap_on_tokens_ends_the_run_in_order(workspace: Workspace) -> None:
    run = ("--model", "scripted:plural", "--max-tokens", "3000", "--json")
    done = workspace.command("run", "--task", str(workspace.data), *run)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["limit"] == "max_tokens"
    assert result["caps"] == {"max_calls": None, "max_tokens": 3000, "max_usd": None}
    usage = result["usage"]
    assert 0 < usage["prompt_tokens"] + usage["completion_tokens"] <= 3000
    assert usage["usd"] == 0.0
    assert result["best"]["test"]["n"] > 0
    assert "limit 3,000 tokens" in done.stderr
    exported = workspace.command("export", "last", "--format", "json")
    assert json.loads(exported.stdout)["usage"]["usd"] == 0.0


def test_models_path_without_weights(workspace: Workspace) -> None:
    done = workspace.command("models", "path", PROMPTOPT_MODELS=str(workspace.folder / "none"))
    assert done.returncode == 1
    assert "promptopt models pull" in done.stderr
    assert done.stdout == ""


def test_ctrl_c_while_the_engine_starts(workspace: Workspace, held: HeldRun) -> None:
    watcher = workspace.begin(*held.arguments())
    store = workspace.store()
    # What the engine is to print goes there: it is made just before the engine is.
    wait_until(lambda: log_path(store.path, "slow").exists())
    watcher.send_signal(signal.SIGINT)
    wait_until(lambda: store.state("slow").status in ("stopping", "stopped"))
    held.goes_on.set()
    done = finished(watcher)
    assert done.returncode == 130
    assert "promptopt resume slow" in done.stdout + done.stderr
    assert workspace.wait_until_over(store, "slow") == "stopped"
