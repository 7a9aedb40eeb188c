"""What an engine writes, seen from outside, against endpoints that behave and that do not."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from typing import NoReturn

import pytest

from promptopt.errors import StoreError
from promptopt.llm.settings import ModelSettings
from promptopt.runs import control, models
from promptopt.runs.engine import Engine
from promptopt.runs.events import CallFailed, CallRetried, WinnerChosen
from promptopt.runs.models import _alike
from promptopt.runs.paths import log_path

from ..llm.endpoint import (
    Answer,
    Endpoint,
    Received,
    cut_short,
    echoes_the_key,
    fails,
    plural,
    resets,
    sends,
    wants_new_parameters,
)
from ..workspace import Workspace
from .outcomes import outcome, predicted, stored_responses

KEY = "sk-loopback-0123456789abcdef"


def test_a_whole_run(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(method={"proposals": 30}), store)
    state = store.state(run_id)
    assert state.status == "done"
    assert state.setup is not None
    assert (state.setup.train, state.setup.dev, state.setup.test) == (6, 12, 10)
    assert state.best is not None
    assert state.seed_prompt is not None
    # Winner and seed prompt were scored on the whole of test, and nobody else.
    tested = {each for each, candidate in state.candidates.items() if candidate.test}
    assert tested == {0, state.winner}
    assert state.best.test is not None
    assert state.seed_prompt.test is not None
    assert state.best.test.n == state.seed_prompt.test.n == 10
    assert "plural" in state.best.text
    # The winner was chosen before the sealed split was opened.
    events = [stored.event for stored in store.events(run_id)]
    chosen = next(i for i, event in enumerate(events) if isinstance(event, WinnerChosen))
    opened = [i for i, event in enumerate(events) if getattr(event, "split", "") == "test"]
    assert min(opened) > chosen
    assert state.usage.calls == store.calls_sent(run_id)
    assert state.usage.calls <= state.setup.planned_calls
    assert state.usage.in_flight == 0
    assert state.stage == "test"
    # What was scored is what was predicted.
    for candidate in state.candidates.values():
        values = [each.score for each in store.predictions(run_id, candidate.id, "dev")]
        assert candidate.dev is not None
        assert candidate.dev.n == len(values)
        assert candidate.dev.mean == pytest.approx(sum(v or 0 for v in values) / len(values))


def test_the_order_of_answers_changes_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    outcomes = []
    for concurrency in (1, 16):
        model = {"spec": "scripted:plural", "concurrency": concurrency}
        outcomes.append(outcome(store, workspace.finish(workspace.config(model), store)))
    assert outcomes[0] == outcomes[1]


def test_two_models(workspace: Workspace) -> None:
    """The optimizer model proposes and the task model answers; neither sees the other's part."""
    with Endpoint() as big, Endpoint() as small:
        store = workspace.store()
        config = workspace.config(
            {"spec": "openai:small", "base_url": small.url},
            optimizer_model={"spec": "openai:big", "base_url": big.url},
            method={"proposals": 5, "resample_rounds": 1},
        )
        run_id = workspace.finish(config, store)
        assert store.state(run_id).status == "done"
        assert all("instruction was" in each or "variation" in each for each in big.prompts)
        assert all(each.startswith("Instruction: ") for each in small.prompts)
        assert {each.body["model"] for each in big.requests} == {"big"}
        assert {each.body["model"] for each in small.requests} == {"small"}
        assert {each.body["temperature"] for each in small.requests} == {0.0}
        assert {each.body["temperature"] for each in big.requests} == {0.9}
        # Nothing of the sealed split is ever shown to whoever writes candidates.
        test = {example.input for example in store.task(run_id).test}
        shown = {line for each in big.prompts for line in each.splitlines()}
        assert not {f"Input: {each}" for each in test} & shown


def test_an_endpoint_that_does_everything_wrong_now_and_then(workspace: Workspace) -> None:
    """Each odd request is answered badly, in turn; the run comes to the end it would have had."""
    store = workspace.store()
    with Endpoint() as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 4}
        expected = workspace.finish(workspace.config(model), store)
        bad = [
            fails(429, "slow down", retry_after="0"),
            fails(500, "oh dear", retry_after="0"),
            resets,
            cut_short,
            sends('{"choices": ['),
            sends("<html>", "text/html"),
            sends({"choices": []}),
            sends({"choices": [{"message": {"content": 3}}]}),
        ]

        def moody(received: Received) -> object:
            number = len(endpoint.requests)
            return (bad[number // 8 % 8] if number % 8 == 0 else plural)(received)

        endpoint.behaviour = moody  # type: ignore[assignment]
        run_id = workspace.finish(workspace.config(model), store)
        state = store.state(run_id)
        assert state.status == "done"
        assert state.usage.retries >= 8
        assert state.usage.failures == 0
        assert predicted(store, run_id) == predicted(store, expected)


def test_an_endpoint_that_wants_other_parameters(workspace: Workspace) -> None:
    with Endpoint(wants_new_parameters) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:new", "base_url": endpoint.url, "concurrency": 8}
        run_id = workspace.finish(workspace.config(model), store)
        assert store.state(run_id).status == "done"


def test_calls_that_fail_for_good_are_unscored(workspace: Workspace) -> None:
    flagged = fails(400, "flagged", code="content_filter")

    def filters(received: Received) -> object:
        return (flagged if "Input: cat\n" in received.prompt else plural)(received)

    with Endpoint(filters) as endpoint:  # type: ignore[arg-type]
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url}
        run_id = workspace.finish(
            workspace.config(model, task={"train": 2, "dev": 44, "test": 4}), store
        )
        state = store.state(run_id)
    assert state.status == "done"
    failed = [each for each in predicted(store, run_id) if each.score is None]
    assert {each.error for each in failed} == {"the content filter refused: flagged"}
    assert len([e for e in store.events(run_id) if isinstance(e.event, CallFailed)]) == len(failed)
    for candidate in state.candidates.values():
        unscored = [each for each in failed if each.candidate == candidate.id]
        assert candidate.unscored == len([each for each in unscored if each.split == "dev"])


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "check OPENAI_API_KEY"), (404, "knows no model 'm'"), (403, "forbids this")],
)
def test_an_endpoint_that_refuses_fails_the_run_at_once(
    workspace: Workspace, status: int, told: str
) -> None:
    with Endpoint(fails(status, "no")) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 2}
        run_id = workspace.finish(workspace.config(model), store)
        state = store.state(run_id)
        assert state.status == "failed"
        assert told in state.reason
        assert len(endpoint.requests) <= 2
        assert not any(isinstance(each.event, CallRetried) for each in store.events(run_id))


def test_the_key_is_nowhere(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that echoes the key in its errors; everything that was written is searched."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    fatal = fails(401, f"Incorrect API key provided: {KEY}")

    def echoes(received: Received) -> object:
        number = len(endpoint.requests)
        if number > 40:
            return fatal(received)
        return (echoes_the_key if number % 5 == 0 else plural)(received)

    with Endpoint(echoes) as endpoint:  # type: ignore[arg-type]
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url}
        run_id = workspace.finish(workspace.config(model), store)
        assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"
    state = store.state(run_id)
    assert "[key]" in state.reason
    assert any("[key]" in line.text for line in state.log)
    shown = [
        workspace.command(*arguments)
        for arguments in (
            ("show", run_id, "--events"),
            ("show", run_id, "--json"),
            ("export", run_id, "--format", "json"),
            ("export", run_id, "--format", "markdown", "-o", str(workspace.home / "report.md")),
        )
    ]
    for each in shown:
        assert KEY not in each.stdout + each.stderr
    store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    files = [path for path in workspace.home.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert KEY[:12].encode() not in path.read_bytes(), path
    with sqlite3.connect(store.path) as database:
        assert KEY[:12] not in "".join(database.iterdump())
    database.close()
    assert KEY not in log_path(store.path, run_id).read_text()


def test_a_run_needs_none_of_the_files_it_was_made_from(workspace: Workspace) -> None:
    store = workspace.store()
    expected = outcome(store, workspace.finish(workspace.config(name="before"), store))
    run_id = store.create_run(store.task("before"), "ape", workspace.config().to_json(), "after")
    workspace.data.unlink()
    control.launch(store, run_id)
    workspace.wait_until_over(store, run_id)
    assert outcome(store, run_id) == expected


def test_a_call_in_flight_when_the_run_fails_is_stored(workspace: Workspace) -> None:
    """The second call is answered only some time after the first was refused for good."""
    both, refused = threading.Event(), threading.Event()
    arrived = itertools.count(1)

    def behaviour(received: Received) -> Answer:
        if next(arrived) == 1:
            both.wait(30)
            refused.set()
            return fails(401, "no")(received)
        both.set()
        refused.wait(30)
        threading.Event().wait(0.5)
        return plural(received)

    with Endpoint() as endpoint:
        endpoint.behaviour = behaviour
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 2}
        run_id = workspace.finish(workspace.config(model), store)
        assert store.state(run_id).status == "failed"
        assert stored_responses(store, run_id) == 1


async def test_a_run_that_cannot_be_steered_any_more_ends(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "DRAIN_SECONDS", 0.0)
    store = workspace.store()
    run_id = control.create(store, workspace.config("scripted:plural?delay=60"))
    engine = Engine(store, run_id)

    def locked(_run_id: str) -> NoReturn:
        raise StoreError("the store is locked")

    monkeypatch.setattr(store, "open_commands", locked)
    assert await engine.run() == "failed"
    assert store.state(run_id).reason == "the store is locked"


def test_models_share_a_backend_only_where_they_are_asked_alike() -> None:
    one = ModelSettings("openai:m", concurrency=4)
    assert _alike(one, ModelSettings("openai:m", concurrency=4, temperature=1.0))
    assert not _alike(one, ModelSettings("openai:m", concurrency=2))
    assert not _alike(one, ModelSettings("openai:m", concurrency=4, timeout=5))
    assert not _alike(one, ModelSettings("openai:m", concurrency=4, api_key_env="OTHER"))
    # The weights are loaded once, whatever is said of each role.
    assert _alike(ModelSettings("local"), ModelSettings("local", concurrency=2))
