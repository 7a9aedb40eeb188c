"""A search in this process on a table of right and wrong answers, over a real store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.judge import Judge
from promptopt.evaluation.predictions import ScoreFunction
from promptopt.llm.budget import Budget
from promptopt.llm.client import ModelClient
from promptopt.llm.model import Model, Request, Response
from promptopt.llm.sampling import Sampling
from promptopt.llm.spend import Caps, Spend
from promptopt.methods.search import Search
from promptopt.runs.events import Event
from promptopt.runs.journal import EngineJournal
from promptopt.runs.store import Prediction, Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

from ..llm.asking import small_task

TABLE = {
    "seed": [True, False, False, False, True, False],
    "better": [True, True, False, True, True, False],
}
FINAL = "Therefore, say yes or no and nothing else."


@dataclass
class TableModel:
    """Answers example I under instruction T right where `table[T][I]` says so.

    As an optimizer model it gives `proposals` away, in the order in which they are asked for.

    Attributes:
        errors: (instruction, example) to the errors to raise, one a call.
        order: shuffles when concurrent calls come back; the more, the later.
    """

    table: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    proposals: Sequence[str] = ()
    errors: dict[tuple[str, int], list[Exception]] = field(default_factory=dict)
    order: Callable[[str, int], int] = lambda instruction, row: 0
    seeded: bool = False
    asked: list[Request] = field(default_factory=list)
    proposed: int = 0
    identity: str = "table"

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        found = re.search(
            r"Instruction: (.*)\n\n(?:.*\n)*Input: (?:dev|test) (\d+)\n", request.prompt
        )
        if found is None:
            self.proposed += 1
            text = self.proposals[(self.proposed - 1) % len(self.proposals)]
            # It wraps what it proposes where it is told to.
            wraps = "<START>" in request.prompt and "<" not in text
            return Response(f"<START>{text}<END>" if wraps else text)
        instruction, row = found[1], int(found[2])
        for _ in range(self.order(instruction, row)):
            await asyncio.sleep(0)
        errors = self.errors.get((instruction, row))
        if errors:
            raise errors.pop(0)
        return Response("yes" if self.table[instruction][row] else "no")


@dataclass
class TwoTurns(TableModel):
    """Talks around its answer, and gives it in a second turn."""

    async def complete(self, request: Request) -> Response:
        if request.history:
            self.asked.append(request)
            errors = self.errors.get(("second", int(request.history[0][0].split()[-2])))
            if errors:
                raise errors.pop(0)
            return Response(request.history[-1][1].removeprefix("I would say "))
        reply = await super().complete(request)
        return Response(f"I would say {reply.text}")


@dataclass
class Searching:
    search: Search
    evaluator: Evaluator
    journal: EngineJournal
    store: Store
    run_id: str
    budget: Budget

    def pool(self, texts: Sequence[str]) -> list[Candidate]:
        """New candidates with these instructions, and the seed prompt first."""
        start = len(self.search.candidates)
        made = [Candidate(start + index, text, "forward", 0) for index, text in enumerate(texts)]
        for each in made:
            self.search.candidates.append(each)
            self.journal.candidate_added(each)
        return [self.search.seed_prompt, *made]

    def events(self, *kinds: type[Event]) -> list[Any]:
        return [
            stored.event
            for stored in self.store.events(self.run_id)
            if isinstance(stored.event, kinds)
        ]

    def predictions(self, candidate: int, split: str = "dev") -> list[Prediction]:
        return self.store.predictions(self.run_id, candidate, split)

    def rows_of(self, candidate: int, split: str = "dev") -> list[int]:
        return [prediction.example for prediction in self.predictions(candidate, split)]


def table_task(dev: int, test: int = 4, train: int = 8) -> Task:
    """Inputs "dev 0", "dev 1", …, each answered by "yes"; the seed prompt is "seed"."""
    return small_task(
        seed_prompt="seed",
        train=tuple(Example(f"train {index}", ("yes",)) for index in range(train)),
        dev=tuple(Example(f"dev {index}", ("yes",)) for index in range(dev)),
        test=tuple(Example(f"test {index}", ("yes",)) for index in range(test)),
    )


@asynccontextmanager
async def searching(
    task: Task,
    model: Model,
    *,
    max_calls: int | None = None,
    seed: int = 0,
    concurrency: int = 4,
    temperature: float = 0.0,
    proposer_api: Literal["chat", "completion"] = "chat",
    score: ScoreFunction = "execution_accuracy",
    objectives: Mapping[str, float] | None = None,
    judge: Model | None = None,
    resumed: Searching | None = None,
) -> AsyncIterator[Searching]:
    """A search whose roles, but for that of a judge, are played by the same model.

    Within the block of another search, it can go through that one's run again from the start.
    """
    with (
        TemporaryDirectory() as folder,
        nullcontext(resumed.store) if resumed else Store(Path(folder) / "runs.db") as store,
    ):
        run_id = resumed.run_id if resumed else store.create_run(task, "ape", "{}")
        journal = EngineJournal(store, run_id)
        budget = Budget(Caps(max_calls), Spend(), journal.count_sent)
        gate = asyncio.Event()
        gate.set()
        places = asyncio.Semaphore(concurrency)

        async def pause(seconds: float) -> None:
            await asyncio.sleep(0)

        def client(role: Any, model: Model = model) -> ModelClient:
            return ModelClient(
                model,
                role,
                budget=budget,
                replies=journal,
                observer=journal,
                gate=gate,
                places=places,
                pause=pause,
            )

        sampling = Sampling("chat", temperature, 1.0, 16, ())
        evaluator = Evaluator(
            task,
            client("task"),
            sampling,
            (),
            journal,
            window=4 * concurrency,
            score=score,
            objectives=objectives,
            judge=Judge(client("judge", judge), sampling) if judge else None,
        )
        optimizing = Sampling(proposer_api, 0.9, 0.9, 64, ())
        search = Search(
            task, evaluator, client("optimizer"), optimizing, journal, seed, 4 * concurrency
        )
        yield Searching(search, evaluator, journal, store, run_id, budget)
        await asyncio.sleep(0)
