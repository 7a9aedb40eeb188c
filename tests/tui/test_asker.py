"""The thread that asks: in order, all at once, and never lost for a reason that is not told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import StoreError
from promptopt.runs import events as ev
from promptopt.runs.commands import AnyCommand, Mark, Remark
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui import asker as asker_module
from tui.asker import Ask, Asker

MANY_LOOKS = 20
"""After which a thread that still waits would wait for ever."""

Told = tuple[Ask, ev.Answer | None, str]


def asker(path: Path) -> tuple[Asker, list[Told]]:
    told: list[Told] = []
    return Asker(path, lambda *each: told.append(each)), told


def add(of: Asker, run_id: str, *commands: AnyCommand) -> list[bool]:
    return [of.add(Ask(run_id, number, each)) for number, each in enumerate(commands)]


def test_one_thread_sends_all_in_their_order(store: Store) -> None:
    player, other = RunPlayer(store).play_all(), RunPlayer(store, "other").play_all()
    asking, told = asker(store.path)
    commands = [Mark(1), Mark(1, marked=False), Mark(2), Remark("odd", 2)]
    assert add(asking, player.run_id, *commands) == [True, False, False, False]
    add(asking, other.run_id, Mark(3))
    asking.work(lambda: False)
    assert [each.number for each, _, _ in told] == [0, 1, 2, 3, 0]
    assert all(isinstance(answer, ev.Answer) and not problem for _, answer, problem in told)
    assert list(store.state(player.run_id).marked) == [2]
    assert list(store.state(other.run_id).marked) == [3]
    assert add(asking, player.run_id, Mark(1)) == [True]  # the thread has ended


def test_when_nobody_waits_any_more_all_is_sent_and_none_waited_for(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    with held_by_an_engine(store, player.run_id):
        asking, told = asker(store.path)
        add(asking, player.run_id, Mark(1), Remark("odd"))
        asking.work(lambda: True)
        sent = [each.command for each in store.open_commands(player.run_id)]
    assert sent == [Mark(1), Remark("odd")]
    assert told == []


def test_an_engine_that_dies_does_not_keep_the_answer(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    lock = held_by_an_engine(store, player.run_id)
    asking, told = asker(store.path)
    add(asking, player.run_id, Mark(1))

    def dies_after_it_was_sent() -> bool:
        lock.release()
        return False

    asking.work(dies_after_it_was_sent)
    ((_, answer, problem),) = told
    assert isinstance(answer, ev.CandidateMarked)
    assert not problem


def test_an_engine_that_hangs_is_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.asker.WAIT_SECONDS", 0.0)
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    with held_by_an_engine(store, player.run_id):  # one that never answers
        asking, told = asker(store.path)
        add(asking, player.run_id, Mark(1), Remark("odd"))
        looks = iter(range(MANY_LOOKS))
        asking.work(lambda: next(looks, None) is None)
    assert [(each.number, answer) for each, answer, _ in told] == [(0, None), (1, None)]
    assert all("has not answered" in problem for _, _, problem in told)


def test_what_cannot_be_asked_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    player = RunPlayer(store).play_all()
    asking, told = asker(store.path)
    add(asking, "no-such-run", Mark(1))
    add(asking, player.run_id, Mark(1))
    asking.work(lambda: False)
    (_, none, problem), (_, answer, _) = told
    assert none is None
    assert "no-such-run" in problem
    assert isinstance(answer, ev.CandidateMarked)


def test_what_breaks_after_an_answer_is_told_once_to_each(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = RunPlayer(store).play_all()
    asking, told = asker(store.path)
    add(asking, player.run_id, Mark(1), Mark(2), Mark(3))
    looks: list[int] = []
    real = asker_module.answer_by_now

    def breaks_at_the_second(*which: Any) -> ev.Answer | None:
        looks.append(1)
        if len(looks) == 2:
            raise RuntimeError("broken")
        return real(*which)

    monkeypatch.setattr(asker_module, "answer_by_now", breaks_at_the_second)
    asking.work(lambda: False)
    assert [each.number for each, _, _ in told] == [0, 1, 2]
    assert [bool(problem) for _, _, problem in told] == [False, True, True]


def test_an_engine_that_hangs_is_not_waited_for_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker_module, "WAIT_SECONDS", 0.2)
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    with held_by_an_engine(store, player.run_id):
        asking, told = asker(store.path)
        add(asking, player.run_id, Mark(1))
        began = time.monotonic()
        asking.work(lambda: time.monotonic() > began + 20)
    ((_, answer, problem),) = told
    assert answer is None
    assert "has not answered" in problem


def test_the_same_asked_twice_are_two(store: Store) -> None:
    assert Ask("r", 1, Mark(1)) != Ask("r", 1, Mark(1))


def test_a_store_that_cannot_be_opened_is_told_to_all(tmp_path: Path) -> None:
    path = tmp_path / "a folder"
    path.mkdir()
    with pytest.raises(StoreError):
        Store(path)
    asking, told = asker(path)
    assert add(asking, "r", Mark(1), Mark(2)) == [True, False]
    asking.work(lambda: False)
    assert [(each.number, answer, bool(problem)) for each, answer, problem in told] == [
        (0, None, True),
        (1, None, True),
    ]
    assert add(asking, "r", Mark(1)) == [True]
