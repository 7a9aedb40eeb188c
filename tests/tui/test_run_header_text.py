"""The header's lines, for any width."""

from __future__ import annotations

import time

import msgspec
import pytest
from rich.cells import cell_len

from promptopt.evaluation.score import Score
from promptopt.llm.spend import Known, Spend
from promptopt.runs import events as ev
from promptopt.runs.steering_events import CandidateMarked
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.run_feed import EVENTS_A_POLL, RunFeed
from tui.run_header_text import header_lines
from tui.run_words import score_text


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


@pytest.mark.parametrize("width", [118, 78])
def test_a_failed_run_says_why(store: Store, width: int) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    player.write(ev.RunEnded("failed", "the model \x1b[31manswered 401 unauthorized" + " why" * 50))
    first, second, *_ = header_lines(feed_of(store, player), width, time.time())
    assert "✗ FAILED" in first.plain
    assert "answered 401 unauthorized" in second.plain
    assert "\x1b" not in second.plain
    assert cell_len(second.plain) == width


def test_a_run_has_ended_when_it_ended_whatever_was_noted_since(store: Store) -> None:
    player = RunPlayer(store).play_all()
    player.write(CandidateMarked(1, "text", command=1))
    feed = feed_of(store, player)
    ended = feed.state.ended_at
    assert ended is not None
    feed.state.last_at = ended + 600
    assert "ended 11m ago" in header_lines(feed, 118, ended + 660)[0].plain


def test_where_the_best_prompt_was_written_is_told(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    player.write(ev.RunEnded("done", prompt_file="prompts/one.txt"))
    first = header_lines(feed_of(store, player), 198, time.time())[0].plain
    assert "prompt in prompts/one.txt" in first


def test_a_limit_that_ended_the_search_is_told(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    player.write(ev.LimitReached("calls", "all 191 were used"))
    assert "limit: calls" in header_lines(feed_of(store, player), 118, time.time())[0].plain


def test_tokens_and_money_stand_against_their_caps(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    free = header_lines(feed_of(store, player), 250, time.time())[1].plain
    assert "cost" not in free
    spent = ev.UsageUpdated(calls=9, tokens=46_000, usd=0.0421)
    player.write(spent)
    assert "cost $0.042" in header_lines(feed_of(store, player), 250, time.time())[1].plain
    untold = {"untold": 9, "untold_prompt_tokens": 4_000, "untold_excess": 0.0111}
    player.write(msgspec.structs.replace(spent, **untold))
    line = header_lines(feed_of(store, player), 250, time.time())[1].plain
    assert "cost ~$0.031" in line  # what no endpoint told is estimated
    assert "tokens ~" in line
    player.write(ev.LimitChanged("max_tokens", 50_000, 0))
    player.write(ev.LimitChanged("max_usd", 1.5, 0))
    line = header_lines(feed_of(store, player), 118, time.time())[1].plain
    assert "tokens 46k of 50k" in line
    assert "cost $0.042 of $1.50" in line


def test_lost_calls_are_told_apart_where_there_is_room(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    player.write(ev.UsageUpdated(calls=405, tokens=46_000, usd=10.72, lost=51, lost_usd=5.9))
    feed = feed_of(store, player)
    line = header_lines(feed, 250, time.time())[1].plain
    assert line.rstrip().endswith("cost $4.82 · lost calls 51, ≤$5.90")
    # It goes before all else does.
    line = header_lines(feed, cell_len(line.rstrip()) - 1, time.time())[1].plain
    assert line.rstrip().endswith("cost $4.82")
    player.write(ev.LimitChanged("max_usd", 20.0, 0))
    line = header_lines(feed_of(store, player), 250, time.time())[1].plain
    assert "cost $10.72 of $20.00" in line
    assert line.rstrip().endswith("lost calls 51, ≤$5.90")


def test_what_a_dead_engine_had_under_way_is_lost(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    player.write(ev.UsageUpdated(calls=409, tokens=40_000, usd=4.0, in_flight=4))
    feed = feed_of(store, player)
    assert feed.state.usage.in_flight == 4  # of a store that has counted nothing
    # What has come in since, and what was sent.
    store.count_sent(player.run_id, 410, 50_000, 10 * 10**12)
    store.write_known(player.run_id, Known(Spend(407, 42_000, 45 * 10**11), 40_000, 2_000))
    with held_by_an_engine(store, player.run_id):
        assert feed_of(store, player).state.usage.in_flight == 4
    feed.check_liveness_soon()
    feed.poll()
    usage = feed.state.usage
    assert (usage.calls, usage.lost, usage.lost_tokens, usage.in_flight) == (410, 3, 8_000, 0)
    assert (usage.tokens, usage.prompt_tokens, usage.completion_tokens) == (50_000, 40_000, 2_000)
    line = header_lines(feed, 250, time.time())[1].plain
    assert "cost $4.50 · lost calls 3, ≤$5.50" in line


class Clocked:
    """Writes events at times of its own and lets the feed read each."""

    def __init__(self, store: Store, player: RunPlayer) -> None:
        self.store, self.run_id = store, player.run_id
        store.append_event(self.run_id, ev.EngineStarted(1, 1, "1"), at=time.time() - 600)
        for event in player._events():
            if not isinstance(event, ev.EngineStarted):
                self.add(-600, event)
            if isinstance(event, ev.StageStarted):
                break
        self.add(-600, ev.CandidateAdded(0, "Seed.", "seed", 0))
        self.feed = RunFeed(store, self.run_id)
        self.feed.poll()

    def add(self, second: float, event: ev.Event) -> None:
        self.store.append_event(self.run_id, event, at=time.time() + second)

    def read(self, second: float, *events: ev.Event) -> None:
        for event in events:
            self.add(second, event)
        self.feed.poll()

    def scored(self) -> ev.Event:
        return ev.CandidateScored(0, "dev", 1, Score(0.5, 0.1, 8))


def test_slow_proposals_foretell_nothing_of_quick_scoring(store: Store) -> None:
    player = RunPlayer(store)
    with held_by_an_engine(store, player.run_id):
        run = Clocked(store, player)
        for number in range(1, 8):  # a proposal every five seconds
            made = ev.CandidateAdded(number, f"Prompt {number}.", "forward", 0)
            run.read(-500 + 5 * number, made, ev.UsageUpdated(calls=number))
            assert run.feed.seconds_left() is None
        run.read(-460, ev.StageFinished("propose", 0), ev.StageStarted("filter 1", 1, 64))
        for number in range(1, 21):  # ten calls a second
            calls = ev.UsageUpdated(calls=7 + 10 * number)
            run.read(-460 + number, calls, run.scored())
            if number < 5:
                assert run.feed.seconds_left() is None
        left = 1_000 - 207
        assert run.feed.seconds_left() == pytest.approx(left / 10, rel=0.05)
        line = header_lines(run.feed, 118, time.time())[1].plain
        assert "left up to ~1m 19s" in line
        # Proposing once more, each kind goes at its own rate.
        run.read(-440, ev.StageFinished("filter 1", 1), ev.StageStarted("resample", 2, 4))
        run.read(-435, ev.CandidateAdded(8, "More.", "resample", 2), ev.UsageUpdated(calls=208))
        assert run.feed.seconds_left() == pytest.approx(3 * 5 + (left - 4) / 10, rel=0.1)


def test_pauses_are_no_part_of_a_rate(store: Store) -> None:
    player = RunPlayer(store)
    with held_by_an_engine(store, player.run_id):
        run = Clocked(store, player)
        run.read(-200, ev.StageStarted("filter 1", 1, 64))
        for second in range(1, 7):
            run.read(-200 + second, ev.UsageUpdated(calls=10 * second), run.scored())
        run.read(-193, ev.Paused())
        assert run.feed.rate() is None
        assert run.feed.seconds_left() is None
        run.read(-7, ev.Unpaused())
        for second in range(1, 8):
            run.read(-7 + second, ev.UsageUpdated(calls=60 + 10 * second), run.scored())
        assert run.feed.rate() == pytest.approx(10, rel=0.15)
        assert run.feed.seconds_left() == pytest.approx((1_000 - 130) / 10, rel=0.15)


def test_a_run_that_is_read_in_one_go_foretells_nothing(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        feed = feed_of(store, player)
        assert feed.rate() is None
        assert feed.seconds_left() is None


def test_a_few_examples_that_agree_are_no_certainty(store: Store) -> None:
    assert score_text(Score(1.0, 0.0, 8)) == "1.000 ±— n=8"
    assert score_text(Score(0.0, 0.0, 8)) == ".000 ±— n=8"
    assert score_text(Score(1.0, 0.0, 300)) == "1.000 ±.000 n=300"
    assert score_text(Score(0.5, 0.2, 8)) == ".500 ±.200 n=8"
    assert score_text(Score(0.5, None, 1)) == ".500 n=1"
    assert score_text(None) == "—"
    player = RunPlayer(store).play_until(ev.StageStarted, 2)
    player.write(ev.CandidateScored(0, "dev", 1, Score(1.0, 0.0, 8)))
    text = header_lines(feed_of(store, player), 118, time.time())[2].plain
    assert "★ ~1.000 ±— n=8 c000" in text


def test_a_part_of_test_is_marked_as_one(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.WinnerChosen)
    winner = player.kept[0]
    player.write(ev.CandidateScored(winner, "test", 4, Score(0.9, 0.1, 10)))
    assert "★ ~.900 ±.100 n=10" in header_lines(feed_of(store, player), 118, time.time())[3].plain
    player.write(ev.CandidateScored(winner, "test", 4, Score(0.8, 0.04, 80)))
    assert "★ .800 ±.040 n=80" in header_lines(feed_of(store, player), 118, time.time())[3].plain


def test_a_long_run_is_read_in_parts(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageStarted)
    with store.transaction():
        for number in range(2 * EVENTS_A_POLL + 1_000):
            player.write(ev.UsageUpdated(calls=number))
    feed = RunFeed(store, player.run_id)
    polls = 0
    while feed.poll() and feed.behind:
        polls += 1
        assert "reading event" in header_lines(feed, 118, time.time())[0].plain
    assert polls == 2
    assert feed.state.usage.calls == 2 * EVENTS_A_POLL + 999
