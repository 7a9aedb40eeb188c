"""What is said beforehand, against what is really asked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers

from promptopt.errors import InputError
from promptopt.runs.config import RunConfig
from promptopt.runs.cost_estimate import CostEstimate
from promptopt.runs.prepare import prepare

from ..llm.endpoint import Answer, Endpoint, Received, scripted
from ..workspace import Workspace

NOWHERE = "http://127.0.0.1:9/v1"
PRICE = {"input": 10.0, "output": 20.0}


def cost_of(config: RunConfig) -> CostEstimate:
    return prepare(config, models=False).cost


def words_tokenizer(folder: Path) -> str:
    """A tokenizer that knows every letter and nothing more."""
    letters = {chr(code): code for code in range(256)}
    library = Library(models.BPE(vocab=letters, merges=[], unk_token="?"))
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    path = folder / "tokenizer.json"
    library.save(str(path))
    return str(path)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": {"resample_rounds": 1}},
        {"method": {"name": "gpo", "steps": 2, "candidates": 3}},
        {"method": {"score": "log_probability"}},
        {"task": {"report_both": True}},
        {"task": {"metric": "truthful"}, "judge_model": "scripted:judge"},
        {"method": {"name": "gpo", "steps": 2}, "embedder": "scripted:plural"},
    ],
)
def test_stages_are_those_of_the_plan(workspace: Workspace, changes: dict[str, Any]) -> None:
    if changes.get("method", {}).get("name") == "gpo":
        changes = changes | {"method": changes["method"] | {"name": "gpo"}}
        config = workspace.config()
        tables = {"task": {"source": str(workspace.data)}, "task_model": "scripted:plural"}
        from promptopt.runs.config import config_from_dict

        config = config_from_dict({**tables, **changes}, "the test")
    else:
        config = workspace.config(**changes)
    prepared = prepare(config, models=False)
    cost = prepared.cost
    assert [(each.stage, each.step, each.calls) for each in cost.stages] == [
        (each.stage, each.step, each.calls) for each in prepared.plan
    ]
    planned = cost.outlook
    assert sum(planned.search.values()) + sum(planned.test.values()) == prepared.calls
    # Every call that is planned has a cost, and none more than its worst.
    for kinds, costs in ((planned.search, planned.costs), (planned.test, planned.test_costs)):
        for kind in kinds:
            assert 0 < costs[kind].tokens <= costs[kind].most_tokens
    assert cost.usd == 0.0


def test_the_estimate_is_near_what_an_endpoint_that_counts_alike_tells(
    workspace: Workspace,
) -> None:
    """A server that counts a token for every four letters, and what a run is told by it."""

    def counts(received: Received) -> Answer:
        answer = scripted("plural")(received)
        said = answer.body["choices"][0]["message"]["content"]
        answer.body["usage"] = {
            "prompt_tokens": 8 + -(-len(received.prompt) // 4),
            "completion_tokens": -(-len(said) // 4),
            "total_tokens": 0,
        }
        return answer

    with Endpoint(counts) as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url}
        # Demonstrations make the prompts long against what nobody can know.
        config = workspace.config(model, task={"demonstrations": 5})
        cost = cost_of(config)
        store = workspace.store()
        run_id = workspace.finish(config, store)
        usage = store.state(run_id).usage
    expected = cost.prompt_tokens / cost.calls
    assert usage.prompt_tokens / usage.calls == pytest.approx(expected, rel=0.25)


def test_a_tokenizer_counts_the_prompts(workspace: Workspace) -> None:
    estimated = cost_of(workspace.config({"spec": "openai:m", "base_url": NOWHERE}))
    tokenizer = words_tokenizer(workspace.folder)
    model = {"spec": "openai:m", "base_url": NOWHERE, "tokenizer": tokenizer}
    counted = cost_of(workspace.config(model))
    assert (estimated.exact, counted.exact) == (False, True)
    assert estimated.uncounted == ("task", "optimizer")
    # A letter is a token to this one.
    assert counted.prompt_tokens > 2 * estimated.prompt_tokens
    other = cost_of(workspace.config(model, optimizer_model={"spec": "openai:n"}))
    assert other.uncounted == ("optimizer",)


def test_a_tokenizer_that_cannot_be_had(workspace: Workspace) -> None:
    model = {"spec": "scripted:plural", "tokenizer": "absent.json"}
    with pytest.raises(InputError, match=r"there is no tokenizer file absent\.json"):
        prepare(workspace.config(model))


def test_money_follows_from_the_price(workspace: Workspace) -> None:
    model = {"spec": "openai:m", "base_url": NOWHERE, "price": PRICE}
    cost = cost_of(workspace.config(model))
    assert cost.usd is not None
    told = (cost.prompt_tokens * 10 + cost.completion_tokens * 20) / 1e6
    assert cost.usd == pytest.approx(told, rel=0.02)
    assert cost.usd == pytest.approx(sum(stage.usd or 0.0 for stage in cost.stages))
    unknown = cost_of(workspace.config(model, optimizer_model={"spec": "openai:m"}))
    assert unknown.usd is None
    assert unknown.unpriced == ("optimizer",)
    by_name = {stage.stage: stage.usd for stage in unknown.stages}
    assert by_name["propose"] is None
    assert by_name["test"] is not None


def test_what_replies_are_assumed_to_take_is_told_and_what_they_may(workspace: Workspace) -> None:
    a_dollar_a_token = {"input": 0.0, "output": 1e6}
    model = {"spec": "openai:m", "base_url": NOWHERE, "price": a_dollar_a_token, "max_tokens": 40}
    prepared = prepare(workspace.config(model, optimizer_model=model), models=False)
    cost = prepared.cost
    assert cost.most_usd == cost.calls * 40
    assert cost.usd is not None
    test = cost.stages[-1]
    assert test.stage == "test"
    assert cost.reply_tokens == math.ceil(test.completion_tokens / test.calls)
    (told,) = (note for note in prepared.notes if "assumed" in note)
    assert f"about {cost.reply_tokens} tokens" in told
    assert f"up to ${cost.most_usd:,.2f}." in told
    free = prepare(workspace.config({"spec": "scripted:plural"}), models=False)
    assert free.cost.most_usd == 0.0
    assert not any("assumed" in note for note in free.notes)
    unknown = prepare(workspace.config({"spec": "openai:m", "base_url": NOWHERE}), models=False)
    assert unknown.cost.most_usd is None
    assert not any("assumed" in note for note in unknown.notes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, r"the price of openai:m at http://127\.0\.0\.1:9/v1 .* under \[task_model\]"),
        (
            {"optimizer_model": {"spec": "openai:o", "base_url": NOWHERE}, "task_model": PRICE},
            r"the price of openai:o .* under \[optimizer_model\]",
        ),
    ],
)
def test_money_cannot_be_capped_where_a_price_is_unknown(
    workspace: Workspace, changes: dict[str, Any], told: str
) -> None:
    model: dict[str, Any] = {"spec": "openai:m", "base_url": NOWHERE}
    if changes.pop("task_model", None):
        model["price"] = PRICE
    config = workspace.config(model, budget={"max_usd": 5.0}, **changes)
    with pytest.raises(InputError, match=told):
        prepare(config, models=False)


def test_a_model_that_is_not_asked_needs_no_price(workspace: Workspace) -> None:
    """GPO without relevance asks no embedder."""
    from promptopt.runs.config import config_from_dict

    tables: dict[str, Any] = {
        "task": str(workspace.data),
        "task_model": "scripted:plural",
        "embedder": {"spec": "openai:e", "base_url": NOWHERE},
        "budget": {"max_usd": 1.0},
    }
    gpo = {"name": "gpo", "momentum": "recency"}
    assert cost_of(config_from_dict(tables | {"method": gpo}, "the test")).usd == 0.0
    with pytest.raises(InputError, match=r"openai:e .* under \[embedder\]"):
        cost_of(config_from_dict(tables | {"method": "gpo"}, "the test"))


@pytest.mark.parametrize("budget", [{"max_tokens": 300}, {"max_usd": 0.004}])
def test_a_cap_below_a_single_call(workspace: Workspace, budget: dict[str, float]) -> None:
    model = {"spec": "openai:m", "base_url": NOWHERE, "price": PRICE}
    config = workspace.config(model, budget=budget)
    with pytest.raises(InputError, match=r"max_\w+ = \S+ does not reach for one call .*; raise it"):
        prepare(config, models=False)
    small = workspace.config(model | {"max_tokens": 5}, budget=budget)
    assert prepare(small, models=False)
