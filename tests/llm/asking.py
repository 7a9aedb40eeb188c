"""A client with a real store below it, for tests of single calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptopt.llm.budget import Budget
from promptopt.llm.client import ModelClient
from promptopt.llm.limits import EndpointLimits
from promptopt.llm.model import Model, Request
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.outlook import Outlook
from promptopt.llm.settings import ModelSettings
from promptopt.llm.spend import Caps
from promptopt.llm.tariff import Tariff
from promptopt.runs.events import AnyEvent, Event, Warned
from promptopt.runs.journal import EngineJournal
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template


def small_task(**changes: Any) -> Task:
    values: dict[str, Any] = {
        "name": "small",
        "source": "here",
        "metric": "exact_match",
        "seed_prompt": "Answer.",
        "template": Template(),
        "train": (Example("cat", ("cats",)),),
        "dev": (Example("dog", ("dogs",)),),
        "test": (Example("fox", ("foxes",)),),
    }
    return Task(**(values | changes))


def ask_for(prompt: str = "hello", **changes: Any) -> Request:
    values: dict[str, Any] = {
        "model": "m",
        "api": "chat",
        "prompt": prompt,
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": 16,
    }
    return Request(**(values | changes))


@dataclass
class Asking:
    """A client, and what stands behind it.

    Attributes:
        pauses: seconds that the client waited before each retry; no time passed.
    """

    client: ModelClient
    journal: EngineJournal
    store: Store
    run_id: str
    budget: Budget
    gate: asyncio.Event
    pauses: list[float]

    def events(self, kind: type[Event]) -> list[AnyEvent]:
        return [
            stored.event
            for stored in self.store.events(self.run_id)
            if isinstance(stored.event, kind)
        ]


@asynccontextmanager
async def asking(
    folder: Path,
    model: Model,
    *,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_usd: float | None = None,
    tariff: Tariff | None = None,
    reserve: int = 0,
    limits: EndpointLimits | None = None,
    requests_per_minute: int | None = None,
    concurrency: int = 8,
    patience: float = 0.0,
    run_id: str | None = None,
) -> AsyncIterator[Asking]:
    """Open a client on a new run, or on one that is there already."""
    with Store(folder / "promptopt.db") as store:
        run_id = run_id or store.create_run(small_task(), "ape", "{}")
        journal = EngineJournal(store, run_id)
        budget = Budget(
            Caps(max_calls, max_tokens, max_usd),
            store.spent(run_id),
            journal.count_sent,
            Outlook(test={"task": reserve}),
        )
        journal.budget = budget
        gate = asyncio.Event()
        gate.set()
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            await asyncio.sleep(0)

        limits = limits or EndpointLimits(
            requests_per_minute=requests_per_minute,
            patience=patience,
            tell=lambda told: journal.record(Warned(told)),
            clock=lambda: sum(pauses),
            sleep=pause,
        )

        client = ModelClient(
            model,
            "task",
            budget=budget,
            replies=journal,
            observer=journal,
            gate=gate,
            places=asyncio.Semaphore(concurrency),
            tariff=tariff,
            limits=limits,
            pause=pause,
        )
        await model.start()
        try:
            yield Asking(client, journal, store, run_id, budget, gate, pauses)
        finally:
            await model.close()
            # Lets a commit that is due be made before the store is closed.
            await asyncio.sleep(0)


def endpoint_model(url: str, **settings: Any) -> OpenAICompatibleModel:
    return OpenAICompatibleModel(ModelSettings("openai:some-model", base_url=url, **settings))
