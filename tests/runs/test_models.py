"""Runs with more than one model and more than one call an example, counted where calls arrive."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import SealedError
from promptopt.llm.client import ModelClient
from promptopt.llm.likelihood import FORMS
from promptopt.llm.model import Model, Role
from promptopt.llm.places import Places
from promptopt.llm.settings import ModelSettings
from promptopt.methods.search import Search
from promptopt.results.spending import is_free
from promptopt.results.summary import run_summary
from promptopt.runs import control
from promptopt.runs.config import RunConfig
from promptopt.runs.engine import Engine
from promptopt.runs.events import LimitReached, StageStarted
from promptopt.runs.models import DRAIN_SECONDS, opened
from promptopt.runs.prepare import prepare

from ..llm.endpoint import Answer, Endpoint, Received, by_model, fails, scripted
from ..llm.likelihood_servers import chat_alone, llama_cpp
from ..workspace import Workspace, wait_until
from .held import Held
from .outcomes import outcome, stored_responses

FINAL = "Therefore, say the word alone."
BOTH = by_model(plural=scripted("plural"), judge=scripted("judge"))


def judged(workspace: Workspace, url: str, concurrency: int = 4, **changes: Any) -> RunConfig:
    """A search whose task model has a second turn and whose metric needs two grades."""
    model = {"base_url": url, "concurrency": concurrency}
    return workspace.config(
        {"spec": "openai:plural", "max_tokens": 50, **model},
        task={"metric": "truthful_informative", "final_turn": FINAL},
        judge_model={"spec": "openai:judge", **model},
        **changes,
    )


def by_role(endpoint: Endpoint) -> Counter[str]:
    """How often the endpoint was asked what."""
    return Counter(
        "judge"
        if each.body["model"] == "judge"
        else "second turn"
        if each.history
        else "task"
        if "Output:" in each.prompt and "friend" not in each.prompt
        else "optimizer"
        for each in endpoint.requests
    )


# Second turns and judges


def test_every_turn_and_every_grade_is_a_call(workspace: Workspace) -> None:
    with Endpoint(BOTH) as endpoint:
        store = workspace.store()
        config = judged(workspace, endpoint.url)
        planned = prepare(config).calls
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
        assert state.status == "done", state.reason
        asked = by_role(endpoint)
        sent = len(endpoint.requests)
    predictions = store._rows("SELECT count(*) FROM predictions WHERE run_id = ?", run_id)[0][0]
    assert asked["second turn"] == asked["task"] == predictions
    # Two questions a prediction; the same prediction on the same example was graded once.
    assert 0 < asked["judge"] <= 2 * predictions
    assert asked["judge"] % 2 == 0
    assert asked["optimizer"] == 8
    assert sent == store.calls_sent(run_id) == state.usage.calls <= planned
    assert stored_responses(store, run_id) == sent
    # What is scored is what the second turn said, and the transcript shows both.
    transcript = store.transcript(run_id, 0, "test", 0)
    assert transcript is not None
    assert transcript.count("[user]") == 2
    assert transcript.endswith(FINAL)
    roles = dict(store._rows("SELECT role, count(*) FROM responses GROUP BY role"))
    assert roles == {
        "task": asked["task"] + asked["second turn"],
        "judge": asked["judge"],
        "optimizer": 8,
    }


@pytest.mark.parametrize(("max_calls", "concurrency"), [(60, 1), (61, 8), (100, 4), (150, 32)])
def test_the_cap_holds_over_turns_and_judges(
    workspace: Workspace, max_calls: int, concurrency: int
) -> None:
    """Some requests fail in passing; their retries count."""
    with Endpoint(BOTH) as endpoint:
        slow_down = fails(429, "slow down", retry_after="0")

        def sometimes(received: Received) -> Answer:
            return (slow_down if len(endpoint.requests) % 11 == 0 else BOTH)(received)

        endpoint.behaviour = sometimes
        store = workspace.store()
        config = judged(workspace, endpoint.url, concurrency, budget={"max_calls": max_calls})
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
        assert state.status == "done", state.reason
        sent = len(endpoint.requests)
        assert sent <= max_calls
        assert sent == store.calls_sent(run_id) == state.usage.calls
    assert state.limit == "max_calls"
    assert state.winner is not None
    tested = [
        [each.example for each in store.predictions(run_id, candidate, "test")]
        for candidate in (0, state.winner)
    ]
    assert tested[0]
    assert len(set(tested[0]) ^ set(tested[1])) <= 2  # retries may cut the last ones off


@pytest.mark.parametrize("at", [12, 45, 130])
def test_a_killed_run_with_turns_and_judges_comes_to_the_same_end(
    workspace: Workspace, at: int
) -> None:
    store = workspace.store()
    with Endpoint(BOTH) as endpoint:
        config = judged(workspace, endpoint.url)
        expected = outcome(store, workspace.finish(config, store))
        first = len(endpoint.requests)
        endpoint.behaviour = held = Held(at, BOTH)
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) == at)
        workspace.kill_engine(store, run_id)
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert outcome(store, run_id) == expected
        # Asked twice is at the most what was under way.
        assert len(endpoint.requests) - first <= stored_responses(store, run_id) + 8
        assert len(endpoint.requests) - first <= store.calls_sent(run_id)


def test_every_model_that_costs_is_named(workspace: Workspace) -> None:
    """The judge's address is settled as that of the task model is, and it is not free."""
    with Endpoint(BOTH) as endpoint:
        store = workspace.store()
        config = workspace.config(
            {"spec": "scripted:plural", "api": "chat"},
            task={"metric": "truthful"},
            judge_model={"spec": "openai:judge", "base_url": endpoint.url},
        )
        run_id = workspace.finish(config, store)
    state = store.state(run_id)
    assert state.status == "done", state.reason
    assert state.setup is not None
    assert state.setup.models == {
        "task": "scripted:plural",
        "optimizer": "scripted:plural",
        "judge": "openai:judge",
    }
    assert not is_free(state)


def test_a_judge_is_asked_at_the_address_that_was_set_when_the_run_was_made(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint(BOTH) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        store = workspace.store()
        config = workspace.config(
            {"spec": "scripted:plural", "api": "chat"},
            task={"metric": "truthful"},
            judge_model="openai:judge",
        )
        run_id = control.create(store, config)
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        control.launch(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert by_role(endpoint).keys() == {"judge"}


def test_a_judge_that_is_not_named_is_asked_for(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"'truthful' is graded by a judge .* --judge-model SPEC"):
        prepare(workspace.config(task={"metric": "truthful"}))
    with pytest.raises(InputError, match="'informative' is graded by a judge"):
        prepare(workspace.config(task={"objectives": {"exact_match": 1.0, "informative": 1.0}}))


def test_a_judge_that_nobody_asks_is_not_opened(workspace: Workspace) -> None:
    """It does not even exist."""
    store = workspace.store()
    config = workspace.config(judge_model={"spec": "openai:m", "base_url": "http://127.0.0.1:9/v1"})
    run_id = workspace.finish(config, store)
    assert store.state(run_id).status == "done"


def test_objectives_with_a_question_of_ones_own(workspace: Workspace) -> None:
    """The question is kept with the run: the file may go."""
    question = workspace.folder / "question.txt"
    question.write_text("{input}\n\n<answer>\n{prediction}\n</answer>\n\nGood? From 0 to 10.")
    store = workspace.store()
    run_id = control.start(
        store,
        workspace.config(
            {"spec": "scripted:plural?delay=0.2", "api": "chat"},
            task={"objectives": {"exact_match": 2, f"judged:{question}": 1, "length": 1}},
            judge_model="scripted:judge",
        ),
    )
    wait_until(lambda: stored_responses(store, run_id) >= 20)
    workspace.kill_engine(store, run_id)
    question.unlink()
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    state = store.state(run_id)
    assert state.setup is not None
    assert state.setup.scored_by.startswith("0.5 exact_match + 0.25 judged:")
    best = state.best
    assert best is not None
    assert best.dev is not None
    words = len(best.text.split())
    for split in ("dev", "test"):
        predictions = store.predictions(run_id, best.id, split)
        rights = [each.score is not None and each.score > 0.6 for each in predictions]
        for each, right in zip(predictions, rights, strict=True):
            assert each.score == pytest.approx(0.5 * right + 0.25 * 0.9 + 0.25 * (1 - words / 100))
        by_each = best.objectives[split]
        assert list(by_each) == ["exact_match", f"judged:{question}", "length"]
        assert by_each["exact_match"].mean == pytest.approx(sum(rights) / len(rights))
        assert by_each["length"].mean == pytest.approx(1 - words / 100)
        assert {score.n for score in by_each.values()} == {len(predictions)}
    # Nobody else was tested, and everybody was scored by each.
    for candidate in state.candidates.values():
        assert ("test" in candidate.objectives) == (candidate.id in (0, best.id))
        assert "dev" in candidate.objectives
    summary = run_summary(state)
    assert f"c{best.id:03d}" in summary["front"]
    assert (
        summary["best"]["objectives"]["test"]["length"]["n"] == best.objectives["test"]["length"].n
    )


@pytest.mark.parametrize(
    "task",
    [
        {"metric": "truthful_informative", "final_turn": FINAL},
        {"objectives": {"truthful": 1, "informative": 1}, "final_turn": FINAL},
        {"objectives": {"truthful": 1, "length": 1}, "report_both": True},
    ],
)
@pytest.mark.parametrize("max_calls", [130, 170])
def test_the_reserve_of_a_capped_run_pays_for_the_whole_test(
    workspace: Workspace, task: dict[str, Any], max_calls: int
) -> None:
    """However many calls an example takes, the search leaves enough for all of them."""
    store = workspace.store()
    run_id = workspace.finish(
        workspace.config(
            {"spec": "scripted:plural", "api": "chat"},
            task=task,
            judge_model="scripted:judge",
            budget={"max_calls": max_calls},
        ),
        store,
    )
    state = store.state(run_id)
    assert state.status == "done", state.reason
    assert state.limit == "max_calls"
    assert state.usage.calls <= max_calls
    assert state.best is not None
    tests = [state.best.test, *([state.best.test_other] if "report_both" in task else [])]
    assert [score.n if score else 0 for score in tests] == [10] * len(tests)
    limits = [each for each in store.events(run_id) if isinstance(each.event, LimitReached)]
    assert not [each for each in limits if "in the test" in each.event.detail]


def test_no_method_is_given_the_sealed_split(workspace: Workspace) -> None:
    """Neither its examples nor, through the evaluator, their scores."""
    store = workspace.store()
    run_id = store.create_run(prepare(workspace.config()).task, "ape", workspace.config().to_json())
    engine = Engine(store, run_id)
    met: list[Search] = []

    async def find(search: Search) -> Candidate:
        met.append(search)
        with pytest.raises(SealedError):
            await search.evaluator.score([search.seed_prompt], [0], split="test")
        return search.seed_prompt

    engine._find = find  # type: ignore[method-assign]
    assert asyncio.run(engine.run()) == "done"
    assert met[0].task.test == ()
    state = store.state(run_id)
    assert state.seed_prompt is not None
    assert state.seed_prompt.test is not None
    assert state.seed_prompt.test.n == 10


def test_a_judge_that_cannot_be_read_ends_the_run_with_the_reason(workspace: Workspace) -> None:
    store = workspace.store()
    config = workspace.config(
        {"spec": "scripted:plural", "api": "chat"},
        task={"metric": "truthful"},
        judge_model={"spec": "scripted:echo", "api": "chat"},
    )
    run_id = workspace.finish(config, store)
    state = store.state(run_id)
    assert state.status == "failed"
    assert state.reason.startswith("the judge's first 8 replies cannot be read as yes or no")
    assert state.winner is None


# Log-probabilities


def by_likelihood(workspace: Workspace, model: Any, **method: Any) -> RunConfig:
    return workspace.config(model, method={"score": "log_probability", **method})


def test_a_run_by_log_probability(workspace: Workspace) -> None:
    store = workspace.store()
    config = by_likelihood(workspace, "scripted:plural")
    planned = prepare(config)
    assert (planned.plan[0].stage, planned.plan[0].calls) == ("probe", 1)
    # An endpoint may have to be asked in every form.
    endpoint = {"spec": "openai:m", "base_url": "http://127.0.0.1:9/v1"}
    assert prepare(by_likelihood(workspace, endpoint)).plan[0].calls == len(FORMS)
    run_id = workspace.finish(config, store)
    state = store.state(run_id)
    assert state.status == "done", state.reason
    assert state.usage.calls <= planned.calls
    best, seed = state.best, state.seed_prompt
    assert best is not None
    assert seed is not None
    assert best.dev is not None
    assert seed.dev is not None
    # Better is nearer to 0.
    assert seed.dev.mean < best.dev.mean < 0
    assert best.test is not None
    assert 0 <= best.test.mean <= 1
    assert state.setup is not None
    assert state.setup.scored_by == "exact_match, dev by log-probability"
    assert all(
        each.score is not None and each.score < 0
        for each in store.predictions(run_id, best.id, "dev")
    )


@pytest.mark.parametrize("at", [2, 20])
def test_a_resumed_run_does_not_probe_again(workspace: Workspace, at: int) -> None:
    tells, talks = llama_cpp(), scripted("plural")

    def server(received: Received) -> Answer:
        chat = received.path.endswith("/chat/completions")
        return (talks if chat else tells)(received)

    def completions() -> list[Received]:
        return [each for each in endpoint.requests if each.path != "/tokenize"]

    store = workspace.store()
    with Endpoint(server) as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 1}
        run_id = control.start(store, by_likelihood(workspace, model))
        wait_until(lambda: stored_responses(store, run_id) >= at)
        workspace.kill_engine(store, run_id)
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        probes = [each for each in completions() if each.prompt[:18] == "Input: cat\nOutput:"]
        refused = [each for each in completions() if {"prompt_logprobs", "echo"} & set(each.body)]
        probe = next(
            each.event for each in store.events(run_id) if isinstance(each.event, StageStarted)
        )
        assert (probe.stage, probe.calls) == ("probe", len(FORMS))
        # Two forms were refused, once in the life of the run.
        assert len(refused) == 2
        assert len(probes) == 2
        assert len(completions()) <= store.calls_sent(run_id)


def test_an_endpoint_that_cannot_is_found_out_before_the_run_is_paid_for(
    workspace: Workspace,
) -> None:
    store = workspace.store()
    with Endpoint(chat_alone) as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url}
        run_id = workspace.finish(by_likelihood(workspace, model), store)
        assert not [each for each in endpoint.requests if "chat" in each.path]
        assert len(endpoint.requests) <= 6
    state = store.state(run_id)
    assert state.status == "failed"
    assert 'score = "execution_accuracy"' in state.reason
    assert list(state.candidates) == [0]


def test_objectives_beside_a_log_probability_are_refused(workspace: Workspace) -> None:
    config = workspace.config(
        method={"score": "log_probability"}, task={"objectives": {"exact_match": 1.0}}
    )
    with pytest.raises(InputError, match="leave one of them out"):
        prepare(config)


# Roles


def test_roles_with_the_same_endpoint_share_a_backend_and_its_places() -> None:
    here = ModelSettings("openai:a", base_url="http://127.0.0.1:9/v1", temperature=0.5)
    other = ModelSettings("openai:b", base_url="http://127.0.0.1:9/v1")
    slower = ModelSettings("openai:a", base_url="http://127.0.0.1:9/v1", timeout=5)
    made: list[tuple[Role, Model, asyncio.Semaphore]] = []

    def make(model: Model, role: Role, places: asyncio.Semaphore) -> ModelClient:
        made.append((role, model, places))
        return ModelClient(
            model, role, budget=None, replies=None, observer=None, gate=None, places=places
        )  # type: ignore[arg-type]

    async def look() -> None:
        roles: dict[Role, ModelSettings] = {
            "task": here,
            "optimizer": ModelSettings("openai:a", base_url="http://127.0.0.1:9/v1"),
            "judge": other,
            "embedder": slower,
        }
        async with opened(roles, make) as clients:
            assert clients.keys() == roles.keys()

    asyncio.run(look())
    task, optimizer, judge, embedder = made
    assert task[1:] == optimizer[1:]
    assert len({id(each[1]) for each in made}) == len({id(each[2]) for each in made}) == 3
    assert judge[1] is not task[1]
    assert embedder[1] is not task[1]


def test_the_calls_of_all_roles_are_waited_for_together() -> None:
    """One after the other would take as long as the slowest of each."""
    roles: dict[Role, ModelSettings] = {
        "task": ModelSettings("scripted:plural"),
        "optimizer": ModelSettings("scripted:plural"),
        "judge": ModelSettings("scripted:judge"),
    }
    waited: list[float] = []

    async def look() -> None:
        everyone = asyncio.Barrier(len(roles))

        class Waits(ModelClient):
            async def drain(self, seconds: float) -> None:
                waited.append(seconds)
                await everyone.wait()

        def make(model: Model, role: Role, places: Places) -> ModelClient:
            return Waits(
                model, role, budget=None, replies=None, observer=None, gate=None, places=places
            )  # type: ignore[arg-type]

        async with asyncio.timeout(20), opened(roles, make):
            pass

    asyncio.run(look())
    assert waited == [DRAIN_SECONDS] * len(roles)
