"""Candidates that an endpoint refuses on every example: they get no score, and the run goes on."""

from __future__ import annotations

from typing import Any

import pytest

from promptopt.runs.config import RunConfig, config_from_dict
from promptopt.runs.events import CallFailed, SearchWarned
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Behaviour, Endpoint, Received, fails, plural, says
from ..workspace import Workspace

FILTER = fails(400, "flagged", code="content_filter")
OVERFLOW = fails(400, "too much", code="context_length_exceeded")

SEARCHES: dict[str, dict[str, Any]] = {
    "ape": {"proposals": 6, "subset": 10, "finalists": 3},
    "gpo": {"name": "gpo", "steps": 2, "candidates": 4},
}


def small(workspace: Workspace, url: str, method: str, concurrency: int) -> RunConfig:
    task = {"train": 6, "dev": 24, "test": 10, "seed_prompt": "Write the plural."}
    tables = {
        "task": {"source": str(workspace.data), **task},
        "method": SEARCHES[method],
        "task_model": {"spec": "openai:m", "base_url": url, "concurrency": concurrency},
    }
    return config_from_dict(tables, "the test")


def is_example(prompt: str) -> bool:
    """Whether it is one that the task model is to answer: what is asked of the other is longer."""
    return prompt.startswith(("Instruction: ", "Input: ")) and prompt.count("\n") <= 3


def refuses(instruction: str, refusal: Behaviour) -> Behaviour:
    """Wherever the instruction is what the task model is to follow."""

    def behaviour(received: Received) -> Answer:
        asked = is_example(received.prompt) and f"{instruction}\n" in received.prompt
        return (refusal if asked else plural)(received)

    return behaviour


def warned(store: Store, run_id: str) -> list[str]:
    return [e.event.message for e in store.events(run_id) if isinstance(e.event, SearchWarned)]


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("refusal", [FILTER, OVERFLOW])
@pytest.mark.parametrize("method", SEARCHES)
def test_a_candidate_that_is_refused_throughout_ends_without_a_score(
    workspace: Workspace, method: str, refusal: Behaviour, concurrency: int
) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        config = small(workspace, endpoint.url, method, concurrency)
        before = store.state(workspace.finish(config, store))
        proposed = [each for each in before.candidates.values() if each.id and each.dev]
        # The one that would win, where that is no seed prompt.
        victim = max(proposed, key=lambda each: each.id == before.winner)
        endpoint.behaviour = refuses(victim.text, refusal)
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
        assert state.status == "done", state.reason
        (refused,) = (each for each in state.candidates.values() if each.text == victim.text)
        assert refused.dev is None
        assert refused.unscored > 1
        assert state.winner != refused.id
        assert state.candidates[state.winner].test is not None
        others = [each for each in state.candidates.values() if each.id != refused.id]
        assert not any(each.unscored for each in others)
        (told,) = warned(store, run_id)
        assert told.startswith(f"c{refused.id:03d} was answered on none of ")
        assert ("flagged" if refusal is FILTER else "too much") in told
        # What was dropped is not asked about any more: no call is sent that is not in its count.
        refusals = [e for e in store.events(run_id) if isinstance(e.event, CallFailed)]
        assert len(refusals) == refused.unscored


@pytest.mark.parametrize("method", SEARCHES)
def test_where_nothing_is_answered_the_run_fails_and_says_why(
    workspace: Workspace, method: str
) -> None:
    """A model that thinks until its tokens are used up says nothing."""
    store = workspace.store()
    silent = says("", finish_reason="length")

    def behaviour(received: Received) -> Answer:
        return (silent if is_example(received.prompt) else plural)(received)

    with Endpoint(behaviour) as endpoint:
        run_id = workspace.finish(small(workspace, endpoint.url, method, 4), store)
    state = store.state(run_id)
    assert state.status == "failed"
    assert "× an empty reply (length)" in state.reason
