"""Engines that die, and runs that come to the same end all the same."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs.events import EngineStarted, RunEnded, SearchRestarted
from promptopt.runs.store import Store

from ..llm.endpoint import Endpoint, Received, fails, plural
from ..workspace import Workspace, wait_until
from .held import Held, at_work, model_at
from .outcomes import outcome, stored_responses, told

CONCURRENCY = 3
METHOD = {"proposals": 8, "resample_rounds": 1, "variations": 2}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, int]:
    """What the run comes to when nothing happens to it, and how many calls it sends."""
    folder = tmp_path_factory.mktemp("undisturbed")
    here = Workspace(folder)
    with Store(here.home / "promptopt.db") as store, Endpoint() as endpoint:
        config = here.config(model_at(endpoint, CONCURRENCY), method=METHOD)
        run_id = here.finish(config, store)
        return outcome(store, run_id), store.calls_sent(run_id)


@pytest.mark.parametrize("kills", [[1], [6], [30], [65], [3, 40]])
def test_a_killed_run_comes_to_the_same_end(
    workspace: Workspace, undisturbed: tuple[object, int], kills: list[int]
) -> None:
    expected, calls = undisturbed
    store = workspace.store()
    held, let = Held(), 0
    with Endpoint(held) as endpoint:
        config = workspace.config(model_at(endpoint, CONCURRENCY), method=METHOD)
        run_id = control.start(store, config)
        for number, responses in enumerate(kills):
            if number:
                control.resume(store, run_id)
            # The requests of engines that are dead are still to be answered.
            held.let(responses + number * CONCURRENCY - let)
            let = responses + number * CONCURRENCY
            wait_until(lambda wanted=responses: stored_responses(store, run_id) >= wanted)  # type: ignore[misc]
            workspace.kill_engine(store, run_id)
            state = store.state(run_id)
            assert control.shown_status(state, alive=False) == "interrupted"
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert outcome(store, run_id) == expected
    # Lost is at the most what was under way, and its retries.
    sent = store.calls_sent(run_id)
    assert calls <= sent <= calls + len(kills) * 2 * CONCURRENCY
    state = store.state(run_id)
    assert state.usage.calls == sent
    assert state.attempt == len(kills) + 1


@pytest.mark.parametrize("events", [1, 3, 30])
def test_killed_at_an_event(
    workspace: Workspace, undisturbed: tuple[object, int], events: int
) -> None:
    store = workspace.store()
    held = Held(60)
    with Endpoint(held) as endpoint:
        config = workspace.config(model_at(endpoint, CONCURRENCY), method=METHOD)
        run_id = control.start(store, config)
        wait_until(lambda: store.state(run_id).last_seq >= events)
        workspace.kill_engine(store, run_id)
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert outcome(store, run_id) == undisturbed[0]


@pytest.mark.parametrize("at", [3, 40, 90])
def test_what_is_stored_is_never_asked_again(workspace: Workspace, at: int) -> None:
    """Killed while it waits for the answer to a request: a proposal, a dev and a test example."""
    held = Held(at - 1)
    with Endpoint(held) as endpoint:
        store = workspace.store()
        run_id = control.start(store, workspace.config(model_at(endpoint, CONCURRENCY)))
        wait_until(lambda: len(endpoint.requests) == at + CONCURRENCY - 1)
        wait_until(lambda: stored_responses(store, run_id) == at - 1)
        workspace.kill_engine(store, run_id)
        held.let()
        tested = "test" in store.state(run_id).stage
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        prompts = Counter(endpoint.prompts)
    assert tested == (at == 90)
    # Asked twice is what was under way, and nothing else.
    assert sum(count - 1 for count in prompts.values()) == CONCURRENCY
    assert len(endpoint.requests) == stored_responses(store, run_id) + CONCURRENCY
    assert store.calls_sent(run_id) == len(endpoint.requests)


def test_a_finished_run_that_is_taken_up_again_calls_nothing(workspace: Workspace) -> None:
    """A replay from stored replies alone tells the same, to the last event."""
    store = workspace.store()
    run_id = workspace.finish(workspace.config(method=METHOD), store)
    before, sent = outcome(store, run_id), store.calls_sent(run_id)
    with pytest.raises(InputError, match=f"run {run_id} is done; see: promptopt show {run_id}"):
        control.resume(store, run_id)
    control.launch(store, run_id)
    workspace.wait_until_over(store, run_id)
    assert outcome(store, run_id) == before
    assert store.calls_sent(run_id) == sent


def test_predictions_are_those_of_the_undisturbed_run(undisturbed: tuple[object, int]) -> None:
    events, predictions, status = undisturbed[0]  # type: ignore[misc]
    assert status == "done"
    assert len(predictions) > 60
    assert {each.split for each in predictions} == {"dev", "test"}
    assert all(each.text is not None and each.score in (0.0, 1.0) for each in predictions)
    assert len(events) > 20


# Endpoints that die


def test_a_run_whose_endpoint_died_goes_on_when_it_is_back(workspace: Workspace) -> None:
    with Endpoint() as reference:
        model = model_at(reference, CONCURRENCY)
        store = workspace.store()
        expected = outcome(store, workspace.finish(workspace.config(model), store))
        asked = len(reference.requests)

        def dies(received: Received) -> object:
            return (fails(401, "expired") if len(reference.requests) > asked + 30 else plural)(
                received
            )

        reference.behaviour = dies  # type: ignore[assignment]
        run_id = workspace.finish(workspace.config(model), store)
        state = store.state(run_id)
        assert state.status == "failed"
        assert "expired" in state.reason
        stored = stored_responses(store, run_id)
        assert 20 <= stored <= 30
        reference.behaviour = plural
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert outcome(store, run_id) == expected
        assert store.state(run_id).reason == ""


def test_failed_calls_are_asked_again_after_a_failure(workspace: Workspace) -> None:
    """Calls that were given up are forgotten when a failed run is resumed, with their traces."""
    with Endpoint() as endpoint:
        flagged = fails(400, "flagged", code="content_filter")

        def dies(received: Received) -> object:
            number = len(endpoint.requests)
            if number == 5 or 20 < number <= 23:
                return flagged(received)
            return (fails(401, "expired") if number > 60 else plural)(received)

        endpoint.behaviour = dies  # type: ignore[assignment]
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 1}
        store = workspace.store()
        run_id = workspace.finish(workspace.config(model), store)
        assert store.state(run_id).status == "failed"
        endpoint.behaviour = plural
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        reference = workspace.finish(workspace.config(model), store)

        # The proposal that failed is there now: the search has begun anew from it.
        kinds = [type(stored.event) for stored in store.events(run_id)]
        assert SearchRestarted in kinds
        last = len(kinds) - kinds[::-1].index(SearchRestarted)
        again = [each.event for each in store.events(run_id, after=last) if each.event.replayed]
        assert again == told(store, reference)
        # Nothing is left of what the first search predicted for other candidates.
        for candidate in range(12):
            assert store.predictions(run_id, candidate, "dev") == store.predictions(
                reference, candidate, "dev"
            )


def test_the_end_of_an_engine_that_was_never_told_to_end(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        os.kill(workspace.engine_pid(store, run_id), signal.SIGTERM)
        wait_until(lambda: store.state(run_id).status == "stopping")
        held.let()
        assert workspace.wait_until_over(store, run_id) == "stopped"
    ends = [each.event for each in store.events(run_id) if isinstance(each.event, RunEnded)]
    assert ends == [RunEnded("stopped")]
    attempts = [e.event.attempt for e in store.events(run_id) if isinstance(e.event, EngineStarted)]
    assert attempts == [1]
