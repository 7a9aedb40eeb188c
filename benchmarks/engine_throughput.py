"""Calls a second of the engine, beside those of a plain loop over the `openai` package.

    python -m benchmarks.engine_throughput [CALLS] [CONCURRENCY]

Both ask the same prompts of the same endpoint, in turns, each in a process of its own, as is the
endpoint, which answers at once. The loop is what one would write by hand: AsyncOpenAI with its
default transport, so many
workers, the answers kept in a list. The engine's side is what a run does: the evaluator renders
prompts and scores predictions, the client counts every call against a cap, the journal stores
replies, predictions and events in SQLite.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import openai

from benchmarks.engine_endpoint import endpoint
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.llm.budget import Budget
from promptopt.llm.client import ModelClient
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.outlook import Outlook
from promptopt.llm.sampling import sampling_for
from promptopt.llm.settings import ModelSettings
from promptopt.llm.spend import Caps, Spend
from promptopt.llm.tariff import tariff_of
from promptopt.runs.engine_process import collect_rarely
from promptopt.runs.journal import EngineJournal
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template

ROUNDS = 3
EXAMPLES = 500


def task() -> Task:
    examples = tuple(Example(f"cat {number}", ("cats",)) for number in range(EXAMPLES))
    return Task(
        name="plurals",
        source="here",
        metric="exact_match",
        seed_prompt="Answer.",
        template=Template(),
        train=examples[:1],
        dev=examples,
        test=examples[:1],
    )


def candidates(first: int, count: int) -> list[Candidate]:
    texts = (f"Give the plural of the word. (Wording {first + each}.)" for each in range(count))
    return [Candidate(first + each, text, "forward", 0) for each, text in enumerate(texts)]


async def plain_loop(url: str, calls: int, concurrency: int) -> None:
    of = task()
    client = openai.AsyncOpenAI(base_url=url, api_key="none")
    prompts = iter(
        of.template.render(candidate.text, example, ())
        for candidate in candidates(0, calls // EXAMPLES)
        for example in of.dev
    )
    answers: list[str | None] = []

    async def worker() -> None:
        for prompt in prompts:
            reply = await client.chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": prompt}],
                temperature=0.0,
                max_tokens=256,
            )
            answers.append(reply.choices[0].message.content)

    await asyncio.gather(*(worker() for _ in range(concurrency)))
    await client.close()
    assert answers == ["cats"] * calls


async def engine(url: str, calls: int, concurrency: int, folder: Path) -> None:
    of = task()
    settings = ModelSettings("openai:m", base_url=url, concurrency=concurrency)
    model = OpenAICompatibleModel(settings)
    with Store(folder / "promptopt.db") as store:
        run_id = store.create_run(of, "ape", "{}")
        journal = EngineJournal(store, run_id)
        outlook = Outlook(search={"task": calls})
        budget = Budget(Caps(max_calls=calls), Spend(), journal.count_sent, outlook)
        journal.budget = budget
        gate = asyncio.Event()
        gate.set()
        client = ModelClient(
            model,
            "task",
            budget=budget,
            replies=journal,
            observer=journal,
            gate=gate,
            places=asyncio.Semaphore(concurrency),
            tariff=tariff_of(settings),
        )
        sampling = sampling_for(settings, "task")
        evaluator = Evaluator(of, client, sampling, (), journal, 4 * concurrency)
        await model.start()
        count = calls // EXAMPLES
        for candidate in candidates(0, count):
            journal.candidate_added(candidate)
        await evaluator.score(candidates(0, count), range(EXAMPLES))
        await model.close()
        journal.flush()
        assert store.calls_sent(run_id) == calls
        (stored,) = store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)
        assert stored[0] == calls


def measured(side: str, url: str, calls: int, concurrency: int) -> tuple[float, float]:
    """Calls a second by the clock, and seconds of the processor a call, in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, side, url, str(calls), str(concurrency)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


async def one_side(side: str, url: str, calls: int, concurrency: int) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def ask(number: int, calls: int) -> None:
            if side == "loop":
                await plain_loop(url, calls, concurrency)
            else:
                await engine(url, calls, concurrency, Path(folder) / str(number))

        await ask(0, EXAMPLES)  # imports what it needs
        if side == "engine":
            collect_rarely()  # as an engine process does
        clock, processor = time.perf_counter(), time.process_time()
        await ask(1, calls)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        print(calls / clock, processor / calls)


def main() -> None:
    if len(sys.argv) == 5:
        asyncio.run(one_side(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        return
    given = sys.argv[1:]
    calls, concurrency = map(int, (*given, *("5000", "64")[len(given) :]))
    calls = max(1, calls // EXAMPLES) * EXAMPLES
    results: dict[str, list[tuple[float, float]]] = {"loop": [], "engine": []}
    with endpoint() as url:
        for _ in range(ROUNDS):
            for side, measures in results.items():
                measures.append(measured(side, url, calls, concurrency))
    print(f"{calls} calls at concurrency {concurrency}, medians of {ROUNDS} turns")
    for name, measures in zip(("AsyncOpenAI", "the engine"), results.values(), strict=True):
        rate, processor = (median(each) for each in zip(*measures, strict=True))
        print(f"{name:20} {rate:6.0f} calls/s {processor * 1e6:6.0f} us of the processor a call")
    pairs = list(zip(results["engine"], results["loop"], strict=True))
    by_clock = median(engine[0] / loop[0] for engine, loop in pairs)
    by_processor = median(loop[1] / engine[1] for engine, loop in pairs)
    print(f"{'the engine':20} {by_clock:.2f} times by the clock, {by_processor:.2f} by work")


if __name__ == "__main__":
    main()
