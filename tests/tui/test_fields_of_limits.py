"""The fields of the dialog of the limits, while what is in force is not known and after it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from promptopt.runs import events as ev
from promptopt.runs.commands import SetLimit
from promptopt.runs.limits_now import LimitNow, LimitsNow
from promptopt.runs.store import Store
from tests.tui.conftest import NARROW, OpenApp, do, press, screen_text
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import until
from tui.screens import limits

NAMES = ("max_calls", "max_tokens", "max_usd")


class InForce:
    """What is in force, told as soon as it is let out; a player's run has no configuration."""

    def __init__(self) -> None:
        self.values = dict.fromkeys(NAMES, 100.0)
        self.spent = 5.0
        self.known = threading.Event()

    def now(self, *_: object) -> LimitsNow:
        assert self.known.wait(20)
        return LimitsNow({name: LimitNow(self.values[name], self.spent, 10) for name in NAMES}, 4)


@pytest.fixture
def in_force(monkeypatch: pytest.MonkeyPatch) -> InForce:
    in_force = InForce()
    monkeypatch.setattr(limits, "limits_now", in_force.now)
    return in_force


@pytest.fixture
def player(store: Store) -> Iterator[RunPlayer]:
    """A run with an engine that answers when it is told to."""
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        yield player


def values(pilot: Pilot[None]) -> list[str]:
    return [each.value for each in pilot.app.screen.query(Input)]


async def test_what_is_typed_before_they_are_known_stays(
    player: RunPlayer, open_app: OpenApp, in_force: InForce
) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await press(pilot, "7", "5")
        in_force.known.set()
        await until(pilot, lambda: values(pilot)[1] == "100")
        assert values(pilot) == ["75", "100", "100", "4"]


async def test_what_was_taken_is_not_asked_for_a_second_time(
    player: RunPlayer, open_app: OpenApp, in_force: InForce
) -> None:
    store, run_id = player.store, player.run_id
    in_force.known.set()
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: values(pilot)[0] == "100")
        for field, value in zip(pilot.app.screen.query(Input), ("200", "300"), strict=False):
            field.value = value
        await do(pilot, "limits.apply")
        await until(pilot, lambda: len(store.open_commands(run_id)) == 2)
        calls, tokens = store.open_commands(run_id)
        store.take_commands(run_id, tokens.id)
        in_force.values["max_calls"] = 200
        player.write(ev.LimitChanged("max_calls", 200, 3, command=calls.id))
        player.write(ev.CommandRefused("set", "too many tokens", command=tokens.id))
        await until(pilot, lambda: "too many tokens" in screen_text(pilot))
        await pilot.app.workers.wait_for_complete()
        await until(pilot, lambda: values(pilot)[:2] == ["200", "300"])
        await do(pilot, "limits.apply")
        await until(pilot, lambda: store.open_commands(run_id))
        (again,) = store.open_commands(run_id)
        assert again.command == SetLimit("max_tokens", 300)


async def test_what_is_in_force_is_looked_at_again_while_the_run_goes_on(
    player: RunPlayer, open_app: OpenApp, in_force: InForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS_BETWEEN_LOOKS", 0.01)
    in_force.known.set()
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "5 spent, at least ~10" in screen_text(pilot))
        await press(pilot, "backspace")
        in_force.values["max_calls"] = in_force.values["max_tokens"] = 400
        in_force.spent = 7
        await until(pilot, lambda: "7 spent, at least ~10" in screen_text(pilot))
        assert values(pilot) == ["10", "400", "100", "4"]  # what is being typed stays
        in_force.spent = 8
        await until(pilot, lambda: "8 spent, at least ~10" in screen_text(pilot))


async def test_the_end_of_the_run_is_seen_while_the_dialog_is_open(
    player: RunPlayer, open_app: OpenApp, in_force: InForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS_BETWEEN_LOOKS", 0.01)
    in_force.known.set()
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "5 spent, at least ~10" in screen_text(pilot))
        await press(pilot, "backspace")
        in_force.spent = 100
        player.write(ev.LimitReached("max_calls", "no call is left"))
        player.write(ev.RunEnded("done"))
        await until(pilot, lambda: "ended the run: more than 100; 100 spent" in screen_text(pilot))
        assert values(pilot)[0] == "10"
        await until(pilot, lambda: pilot.app.screen._next_look is None)  # nothing moves any more


async def test_what_ended_the_run_is_seen_in_a_small_window(
    player: RunPlayer, open_app: OpenApp, in_force: InForce
) -> None:
    player.write(ev.LimitReached("max_calls", "no call is left"))
    player.write(ev.RunEnded("done"))
    in_force.values["max_calls"] = in_force.spent = 1_234_567
    in_force.known.set()
    async with open_app(NARROW, run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "ended the run: more than 1,234,567" in screen_text(pilot))
