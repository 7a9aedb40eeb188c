"""A run whose endpoint is gone says so where one looks: in the header and in the list of runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from promptopt.runs import control
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.llm.endpoint import Endpoint
from tests.runs.test_outage import plural_and_closes
from tests.tui.conftest import SIZES, OpenApp, do, screen_lines, screen_text, settle
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import until
from tests.workspace import Workspace, wait_until
from tui.run_feed import RunFeed
from tui.run_header_text import header_lines

HERE = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("size", SIZES)
async def test_it_stands_in_the_header_and_the_list(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(size, run_id=player.run_id) as pilot:
            assert "▶ RUNNING" in screen_text(pilot)
            player.write(ev.Warned("gone", (ev.Waiting(HERE, 26.0, 28.0),)))
            await settle(pilot)
            first, second = screen_lines(pilot)[:2]
            assert "◔ WAITING" in first
            assert f"{HERE} has not answered for 2" in second
            assert "asked again in 2" in second
            assert "/s" not in screen_lines(pilot)[2]
            await do(pilot, "dashboard.back")
            text = screen_text(pilot)
            assert "◔ waiting" in text.replace("  ", " ")
            assert f"{HERE} has not answered since" in " ".join(text.split())
            player.write(ev.Warned("it answers again", ()))
            await settle(pilot)
            assert "waiting" not in screen_text(pilot)


def test_it_is_over_when_the_engine_ends_or_another_takes_the_run_up(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    player.write(ev.Warned("gone", (ev.Waiting(HERE, 0.0, 1.0),)))
    player.write(ev.Warned("another matter"))
    assert [each.endpoint for each in store.state(player.run_id).waiting] == [HERE]
    player.write(ev.EngineStarted(1, 2, "0.1.0"))
    assert store.state(player.run_id).waiting == ()
    player.write(ev.Warned("gone", (ev.Waiting(HERE, 0.0, 1.0),)))
    player.write(ev.RunEnded("failed", "it has not answered for 10 min"))
    assert store.state(player.run_id).waiting == ()


def test_the_next_question_that_is_due_is_being_asked(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    player.write(ev.Warned("gone", (ev.Waiting(HERE, 26.0, 28.0),)))
    with held_by_an_engine(store, player.run_id):
        feed = RunFeed(store, player.run_id)
        feed.poll()
        line = header_lines(feed, 118, time.time() + 60)[1].plain
    assert "has not answered for 1m 2" in line
    assert line.endswith("asked again now")


async def test_an_engine_whose_endpoint_goes_and_comes_back(
    workspace: Workspace, open_app: OpenApp, tmp_path: Path
) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        pass
    model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 2}
    with Endpoint(plural_and_closes, endpoint.port):
        run_id = control.start(store, workspace.config(model))
        wait_until(lambda: store.state(run_id).usage.calls > 20)
    async with open_app(run_id=run_id) as pilot:
        await until(pilot, lambda: "WAITING" in screen_text(pilot))
        assert f"{endpoint.url} has not answered for" in screen_text(pilot)
        with Endpoint(plural_and_closes, endpoint.port):
            await until(pilot, lambda: "✓ DONE" in screen_text(pilot))
        assert "has not answered" not in screen_lines(pilot)[1]
