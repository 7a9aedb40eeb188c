"""The header's lines, for any width."""

from __future__ import annotations

import time

import pytest
from rich.cells import cell_len

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.run_feed import RunFeed
from tui.run_header_text import header_lines


def feed_of(store: Store, player: RunPlayer) -> RunFeed:
    feed = RunFeed(store, player.run_id)
    feed.poll()
    return feed


@pytest.mark.parametrize("width", [1, 10, 30, 60, 78, 97, 98, 118, 200, 400])
@pytest.mark.parametrize("stages", [0, 3, 5])
def test_lines_fit_their_width(store: Store, width: int, stages: int) -> None:
    player = RunPlayer(store)
    if stages:
        player.play_until(ev.StageFinished, stages)
    for line in header_lines(feed_of(store, player), width, time.time()):
        assert cell_len(line.plain.rstrip()) <= width


def test_gain_says_on_how_many_examples_and_whether_it_may_be_noise(store: Store) -> None:
    player = RunPlayer(store).play_all()
    feed = feed_of(store, player)
    gain = feed.gain("dev")
    assert gain is not None
    best, seed = player.kept[0], 0
    differences = [
        player.scores[best, "dev"][index] - player.scores[seed, "dev"][index] for index in range(60)
    ]
    assert gain.mean == pytest.approx(sum(differences) / 60)
    text = "\n".join(line.plain for line in header_lines(feed, 118, time.time()))
    assert f"gain +{gain.mean:.3f}".replace("+0.", "+.") in text
    assert "on the same n=60" in text


def test_silence_of_a_living_engine_is_told(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        feed = feed_of(store, player)
        assert feed.state.last_at is not None
        assert "live 3s" in header_lines(feed, 118, feed.state.last_at + 3)[0].plain
        assert "silent for 45s" in header_lines(feed, 118, feed.state.last_at + 45)[0].plain
    feed.check_liveness_soon()
    feed.poll()
    assert "no engine, last event" in header_lines(feed, 118, time.time())[0].plain


def test_a_failed_run_says_why(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    player.write(ev.RunEnded("failed", "the model answered 401 unauthorized"))
    first = header_lines(feed_of(store, player), 118, time.time())[0].plain
    assert "✗ FAILED" in first
    assert "the model answered 401 unauthorized" in first


def test_a_limit_that_ended_the_search_is_told(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    player.write(ev.LimitReached("calls", "all 191 were used"))
    assert "limit: calls" in header_lines(feed_of(store, player), 118, time.time())[0].plain


def test_time_left_comes_from_the_rate_of_the_last_half_minute(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageStarted)
    now = time.time()
    with held_by_an_engine(store, player.run_id):
        feed = RunFeed(store, player.run_id)
        for second, calls in ((-20, 100), (-10, 150), (0, 200)):
            store.append_event(player.run_id, ev.UsageUpdated(calls=calls), at=now + second)
            feed.poll()
        assert feed.rate() == pytest.approx(5.0, rel=0.05)
        assert feed.seconds_left() == pytest.approx(800 / 5.0, rel=0.05)
    player.write(ev.Paused())
    feed.poll()
    assert feed.rate() is None


def test_a_long_run_is_read_in_parts(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageStarted)
    with store.transaction():
        for number in range(9_000):
            player.write(ev.UsageUpdated(calls=number))
    feed = RunFeed(store, player.run_id)
    polls = 0
    while feed.poll() and feed.behind:
        polls += 1
        assert "reading event" in header_lines(feed, 118, time.time())[0].plain
    assert polls == 2
    assert feed.state.usage.calls == 8_999
