from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.errors import DamagedRunError, StoreError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.score import Score
from promptopt.llm.client import Reply
from promptopt.llm.model import Response
from promptopt.llm.spend import Spend
from promptopt.runs import events as ev
from promptopt.runs.commands import Stop
from promptopt.runs.journal import EngineJournal
from promptopt.runs.store import Store

from ..llm.asking import ask_for, small_task


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "promptopt.db") as opened:
        yield opened


@pytest.fixture
def run_id(store: Store) -> str:
    return store.create_run(small_task(), "ape", "{}")


async def committed() -> None:
    """Let the commit that is due at the end of this turn be made."""
    await asyncio.sleep(0)


async def reply_to(journal: EngineJournal, prompt: str, text: str | None = "cats") -> int:
    response = Response(text, "stop", 3, 1) if text is not None else None
    error = None if response else "filtered"
    request = ask_for(prompt)
    reply = Reply(0, response, error, 1)
    return (await journal.save(request.key(), 0, "task", request, reply, 0.1)).id


async def tell(journal: EngineJournal, *, mean: float = 0.5, rows: int = 4) -> None:
    """A short search."""
    journal.stage_started("propose", 0, 2)
    journal.candidate_added(Candidate(0, "Seed.", "seed", 0))
    journal.candidate_added(Candidate(1, "One.", "forward", 0))
    ids = [await reply_to_once(journal, f"row {row}") for row in range(rows)]
    for candidate in (0, 1):
        score = Score(mean, 0.1, rows) if candidate else Score(0.25, 0.1, rows)
        journal.predicted(candidate, "dev", [(row, ids[row], 1.0) for row in range(rows)])
        journal.candidate_scored(candidate, "dev", 0, score, 0, {})
    journal.stage_finished("filter 1", 0, survivors=[1, 0], leader=1, n=rows)
    journal.warned("careful")
    await committed()


async def reply_to_once(journal: EngineJournal, prompt: str) -> int:
    found = journal.find(ask_for(prompt).key(), 0)
    return found.id if found else await reply_to(journal, prompt)


def kinds(store: Store, run_id: str) -> list[str]:
    return [type(stored.event).__name__ for stored in store.events(run_id)]


async def test_a_replay_writes_nothing_twice(store: Store, run_id: str) -> None:
    await tell(EngineJournal(store, run_id))
    before = list(store.events(run_id))
    again = EngineJournal(store, run_id)
    await tell(again)
    searched = [each for each in store.events(run_id) if each.event.replayed]
    assert searched == [each for each in before if each.event.replayed]
    assert again.state.candidates == store.state(run_id).candidates


async def test_operational_events_are_written_whenever_they_happen(
    store: Store, run_id: str
) -> None:
    for _ in range(2):
        journal = EngineJournal(store, run_id)
        await tell(journal)
        journal.record(ev.Paused())
        await committed()
    assert kinds(store, run_id).count("Paused") == 2


async def test_a_search_that_goes_another_way_begins_anew(store: Store, run_id: str) -> None:
    await tell(EngineJournal(store, run_id))
    journal = EngineJournal(store, run_id)
    await tell(journal, mean=0.75)
    written = kinds(store, run_id)
    assert written.count("SearchRestarted") == 1
    after = written[written.index("SearchRestarted") + 1 :]
    assert [kind for kind in after if kind != "UsageUpdated"] == [
        "StageStarted",
        "CandidateAdded",
        "CandidateAdded",
        "CandidateScored",
        "CandidateScored",
        "StageFinished",
        "SearchWarned",
    ]
    state = store.state(run_id)
    assert state.candidates[1].dev == Score(0.75, 0.1, 4)
    assert state == journal.state
    # The new way is now what a replay follows.
    await tell(EngineJournal(store, run_id), mean=0.75)
    assert kinds(store, run_id).count("SearchRestarted") == 1


async def test_a_shorter_way_leaves_no_predictions_of_the_longer_one(
    store: Store, run_id: str
) -> None:
    await tell(EngineJournal(store, run_id), rows=4)
    await tell(EngineJournal(store, run_id), rows=2, mean=0.75)
    for candidate in (0, 1):
        rows = [each.example for each in store.predictions(run_id, candidate, "dev")]
        assert rows == [0, 1]


async def test_what_was_repeated_before_the_ways_parted_is_kept(store: Store, run_id: str) -> None:
    await tell(EngineJournal(store, run_id))
    # Candidate 0 is told as before, candidate 1 is not.
    await tell(EngineJournal(store, run_id), mean=0.75)
    assert len(store.predictions(run_id, 0, "dev")) == 4
    assert len(store.predictions(run_id, 1, "dev")) == 4


async def test_totals_go_on_where_the_last_engine_left_them(store: Store, run_id: str) -> None:
    first = EngineJournal(store, run_id)
    first.count_sent(1)
    first.call_started()
    first.call_finished(Response("cats", "stop", 3, 1), Spend(1, 4))
    await reply_to(first, "a")
    first.call_retried("task", "slow", 1, 0.5)
    first.call_failed("task", "filtered")
    first.reply_reused()
    first.tell_usage()
    await committed()
    expected = ev.UsageUpdated(1, 1, 3, 1, 1, 1, 0)
    assert store.state(run_id).usage == expected
    second = EngineJournal(store, run_id)
    second.reply_reused()
    second.tell_usage()
    await committed()
    assert store.state(run_id).usage == expected
    # Nothing new, nothing to tell.
    last = store.state(run_id).last_seq
    second.tell_usage()
    await committed()
    assert store.state(run_id).last_seq == last


async def test_replies_come_back_whole(store: Store, run_id: str) -> None:
    journal = EngineJournal(store, run_id)
    good, bad = await reply_to(journal, "a", ""), await reply_to(journal, "b", None)
    assert journal.find(ask_for("a").key(), 0) == Reply(good, Response("", "stop", 3, 1), None, 1)
    assert journal.find(ask_for("b").key(), 0) == Reply(bad, None, "filtered", 1)
    assert journal.find(ask_for("c").key(), 0) is None


async def test_numbers_come_back(store: Store, run_id: str) -> None:
    journal = EngineJournal(store, run_id)
    request = ask_for("a", api="likelihood", answer="b")
    response = Response("", "echo", 3, 2, (-0.25, -1 / 3))
    await journal.save(request.key(), 0, "task", request, Reply(0, response, None, 1), 0.1)
    found = EngineJournal(store, run_id).find(request.key(), 0)
    assert found is not None
    assert found.response == response


async def test_what_an_optimizer_was_asked_is_kept(store: Store, run_id: str) -> None:
    journal = EngineJournal(store, run_id)
    reply = Reply(0, Response("x"), None, 1)
    for role in ("task", "optimizer", "judge", "embedder"):
        request = ask_for(f"to the {role}")
        await journal.save(request.key(), 0, role, request, reply, 0.1)  # type: ignore[arg-type]
    rows = store._rows("SELECT role, request FROM responses ORDER BY role")
    assert rows == [
        ("embedder", None),
        ("judge", "to the judge"),
        ("optimizer", "to the optimizer"),
        ("task", None),
    ]


async def test_what_a_task_model_was_told_after_its_reply_is_kept(
    store: Store, run_id: str
) -> None:
    journal = EngineJournal(store, run_id)
    request = ask_for("And?", history=(("One?", "two"),))
    await journal.save(request.key(), 0, "task", request, Reply(0, Response("x"), None, 1), 0.1)
    assert store._rows("SELECT request FROM responses") == [(request.transcript(),)]


async def test_a_commit_that_fails_reaches_those_who_wait(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = EngineJournal(store, run_id)

    def fail() -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "commit", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        await reply_to(journal, "a")


async def test_a_reply_is_on_disk_before_it_is_handed_over(store: Store, run_id: str) -> None:
    journal = EngineJournal(store, run_id)
    with Store(store.path) as another:
        number = await reply_to(journal, "a")
        found = another.response(run_id, ask_for("a").key(), 0)
        assert found is not None
        assert (found.id, found.text) == (number, "cats")


def takes_all_back(store: Store, what: str) -> None:
    """Let SQLite take a whole transaction back where it comes to this, as it may on a bad disk."""
    store._rows(
        f"CREATE TEMP TRIGGER bad BEFORE {what} BEGIN SELECT raise(ROLLBACK, 'disk I/O error'); END"
    )


async def test_where_commands_cannot_be_taken_no_reply_of_that_turn_counts_as_stored(
    store: Store, run_id: str
) -> None:
    journal = EngineJournal(store, run_id)
    number = store.send_command(run_id, Stop())
    takes_all_back(store, "UPDATE ON main.commands")

    async def take() -> None:
        journal.take_commands(number)

    ends = await asyncio.gather(reply_to(journal, "a"), take(), return_exceptions=True)
    assert all(isinstance(each, StoreError) for each in ends)
    assert journal.broken
    assert journal.find(ask_for("a").key(), 0) is None


async def test_where_a_search_cannot_begin_anew_no_reply_of_that_turn_counts_as_stored(
    store: Store, run_id: str
) -> None:
    await tell(EngineJournal(store, run_id))
    journal = EngineJournal(store, run_id)
    takes_all_back(store, "DELETE ON main.predictions")

    async def go_another_way() -> None:
        journal.stage_started("another", 0, 2)

    ends = await asyncio.gather(reply_to(journal, "a"), go_another_way(), return_exceptions=True)
    assert all(isinstance(each, StoreError) for each in ends)
    assert journal.broken
    assert journal.find(ask_for("a").key(), 0) is None


async def test_a_run_that_has_lost_an_event_is_not_taken_up(store: Store, run_id: str) -> None:
    await tell(EngineJournal(store, run_id))
    store._rows("DELETE FROM events WHERE seq = 3")
    with pytest.raises(DamagedRunError, match=f"event 3 of run {run_id} is missing"):
        EngineJournal(store, run_id)
