"""Texts of models and users that try to be something else: markup, escapes, directions."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from rich.cells import cell_len
from textual import events

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from tests.tui.conftest import (
    SIZES,
    OpenApp,
    enter_text,
    press,
    screen_lines,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer
from tui.cells import fit, folded, shown, shown_start
from tui.run_feed import RunFeed
from tui.screens.dashboard import DashboardScreen
from tui.screens.error import ErrorDialog
from tui.widgets.plain_input import PlainInput

HOSTILE = (
    "[/INST] [bold]not bold[/bold] [brackets] [",
    "[@click=app.quit]press me[/] [@click='app.bell']x[/]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x9b2J \x00\x08\x7f",
    "\u202eright to left\u202c \u2066isolated\u2069 \u200f",
    "👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣ 東京特許許可局 ｆｕｌｌ",
    "zero\u200bwidth\u200d\ufeff \u00ad \u2060 e\u0301 \u0e33 \u115f",
    "tab\there\r\nline\x0bfeed\x0c\u2028separator\u2029",
    "very long " * 300,
    "x" * 20_000,
    "",
    " \n\n ",
)
NAME = "[/INST]\x1b[31m\u202e東京 [@click=app.quit]"


class HostilePlayer(RunPlayer):
    """A run in which every text is hostile."""

    def write(self, event: ev.Event) -> None:
        if isinstance(event, ev.SearchStarted):
            event = msgspec.structs.replace(
                event, task=HOSTILE[0], method=HOSTILE[2], metric=HOSTILE[3], task_model=HOSTILE[4]
            )
        elif isinstance(event, ev.StageStarted):
            event = ev.StageStarted(HOSTILE[0] + HOSTILE[2], event.step, event.calls)
        elif isinstance(event, ev.RunEnded):
            event = ev.RunEnded("failed", HOSTILE[1] + HOSTILE[2])
        super().write(event)
        if isinstance(event, ev.StageStarted):
            for text in HOSTILE:
                self.store.append_event(self.run_id, ev.Warned(text))
                self.store.append_event(self.run_id, ev.CallFailed("task", text))


@pytest.fixture
def hostile_run(store: Store) -> RunPlayer:
    player = HostilePlayer(store, NAME, prompts=HOSTILE, changed=HOSTILE[:3], dev=12, test=4)
    player.answer = HOSTILE[2] + HOSTILE[4] + HOSTILE[7][:500]
    player.task = with_hostile_inputs(player)
    return player.play_all()


def with_hostile_inputs(player: RunPlayer) -> Task:
    """The player's task with hostile inputs and references, in the store too."""
    texts = HOSTILE[:9]
    task = msgspec.structs.replace(
        player.task,
        dev=tuple(
            Example(texts[index % 9], (texts[(index + 4) % 9],)) for index in range(player.dev)
        ),
    )
    stored = msgspec.json.encode(task).decode()
    player.store._rows("UPDATE runs SET task = ? WHERE id = ?", stored, player.run_id)
    return task


def assert_sane(pilot: object, size: tuple[int, int]) -> None:
    """Every line is as wide as the screen, and nothing on it steers a terminal."""
    lines = screen_lines(pilot)  # type: ignore[arg-type]
    assert len(lines) == size[1]
    for line in lines:
        assert cell_len(line) == size[0], line
        hidden = [
            character
            for character in line
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        ]
        assert not hidden, (hidden, line)


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_shows_hostile_texts_as_texts(
    hostile_run: RunPlayer, open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(size) as pilot:
        assert_sane(pilot, size)
        assert "[/INST]␛[31m‹U+202E›" in screen_text(pilot)
        await press(pilot, "enter")
        assert_sane(pilot, size)
        dashboard = pilot.app.screen
        assert isinstance(dashboard, DashboardScreen)
        for candidate in range(len(hostile_run.prompts)):
            dashboard.table.move_to(candidate, by_hand=True)
            await pilot.pause()
            assert_sane(pilot, size)
        for keys in ("d", "L", "G", "escape", "g", "enter", "2", "3", "enter", "G", "n"):
            await press(pilot, keys)
            assert_sane(pilot, size)
        await press(pilot, "escape", "4", "escape", "e")
        assert_sane(pilot, size)
        await press(pilot, "escape", "escape", "question_mark")
        assert_sane(pilot, size)
        assert pilot.app.is_running


async def test_a_click_on_a_hostile_text_does_nothing(
    hostile_run: RunPlayer, open_app: OpenApp
) -> None:
    async with open_app(run_id=hostile_run.run_id) as pilot:
        dashboard = pilot.app.screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(1, by_hand=True)
        await settle(pilot)
        inspector = dashboard.query_one("#inspector")
        lines = screen_lines(pilot)
        row = next(
            y for y, line in enumerate(lines) if "[@click=app.quit]" in line[inspector.region.x :]
        )
        column = lines[row].index("press me", inspector.region.x)
        await pilot.click(offset=(column, row))
        await settle(pilot)
        assert pilot.app.is_running


@pytest.mark.parametrize("text", HOSTILE[:7])
async def test_notices_and_error_dialogs(store: Store, open_app: OpenApp, text: str) -> None:
    async with open_app() as pilot:
        workbench(pilot).tell(text)
        workbench(pilot).push_screen(ErrorDialog("Something", text))
        await settle(pilot)
        assert_sane(pilot, (120, 36))
        first = shown(text.split("\n")[0].split("\r")[0])[:20]
        assert first in screen_text(pilot)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("cells", [1, 2, 7, 40])
def test_fit_fills_its_cells_exactly(text: str, cells: int) -> None:
    for align in ("left", "right"):
        assert cell_len(fit(shown_start(text, cells), cells, align)) == cells
    for piece in folded(shown(text), cells, 5):
        assert cell_len(piece) <= max(2, cells)
    assert len(folded(shown(text), cells, 5)) <= 5


def test_what_terminals_draw_in_different_widths_is_flattened() -> None:
    assert shown("👍🏽") == "👍"
    assert shown("❤️") == "❤"
    assert shown("🇩🇪") == "DE"


def test_a_cut_is_marked() -> None:
    assert fit("abcdef", 4) == "abc…"
    assert fit("東京特許", 4) == "東 …"
    assert fit("ab", 4, "right") == "  ab"
    assert fit("ab", 0) == ""


def test_a_damaged_store_is_told_and_survived(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    store._rows('INSERT INTO events VALUES (?, 9999, 0, \'{"kind": "[/INST]"}\')', player.run_id)
    feed = RunFeed(store, player.run_id)
    assert not feed.poll()
    assert "is damaged" in feed.trouble


async def test_what_is_pasted_is_taken_without_what_cannot_be_seen(
    store: Store, open_app: OpenApp
) -> None:
    async with open_app() as pilot:
        await press(pilot, "slash")
        field = pilot.app.screen.focused
        assert isinstance(field, PlainInput)
        field.post_message(events.Paste("a\x1b[31m\u202eb\u200bc"))
        await settle(pilot)
        assert field.value == "a[31mbc"
        assert_sane(pilot, (120, 36))


@pytest.mark.parametrize("size", SIZES)
async def test_comparison_lineage_and_messages_show_hostile_texts_as_texts(
    hostile_run: RunPlayer, open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(size, run_id=hostile_run.run_id) as pilot:
        dashboard = pilot.app.screen
        assert isinstance(dashboard, DashboardScreen)
        for candidate in (1, 2, 8, 11):
            dashboard.table.move_to(candidate, by_hand=True)
            await press(pilot, "c")
            assert_sane(pilot, size)
            for keys in ("1", "2", "3", "4", "enter", "G", "m", "G", "escape", "s", "escape"):
                await press(pilot, keys)
                assert_sane(pilot, size)
            assert isinstance(pilot.app.screen, DashboardScreen)
        for keys in ("enter", "u", "4", "j", "enter", "3", "B", "enter", "m", "G"):
            await press(pilot, keys)
            assert_sane(pilot, size)
        await press(pilot, "escape", "escape", "m", "m", "E")
        assert_sane(pilot, size)
        await press(pilot, "escape", "o")
        assert_sane(pilot, size)
        assert pilot.app.is_running


async def test_runs_with_hostile_names_are_compared(
    hostile_run: RunPlayer, store: Store, open_app: OpenApp
) -> None:
    RunPlayer(store, "[@click=app.quit]\x1b[2J").play_all()
    async with open_app() as pilot:
        for keys in ("m", "m", "c", "1", "2", "3", "4", "enter", "escape", "t"):
            await press(pilot, keys)
            assert_sane(pilot, (120, 36))


@pytest.mark.parametrize("text", HOSTILE[:6])
async def test_a_hostile_filter_is_shown_as_a_text(
    hostile_run: RunPlayer, open_app: OpenApp, text: str
) -> None:
    async with open_app(run_id=hostile_run.run_id) as pilot:
        await press(pilot, "slash")
        field = pilot.app.screen.focused
        assert isinstance(field, PlainInput)
        for typed in (f"is:{text}", f'"{text}"'):
            field.value = ""
            await enter_text(pilot, typed)
            assert_sane(pilot, (120, 36))
