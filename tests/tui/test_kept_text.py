"""What a field does not show stays in a text that is edited there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.runs import events as ev
from promptopt.runs.commands import Add
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, do, press, screen_text, workbench
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import editor, until
from tui.kept_text import KeptText
from tui.screens.writing import WritingDialog
from tui.widgets.plain_text_area import plain

RIGHT_TO_LEFT = "\u202e"
HIDDEN = f"Say{RIGHT_TO_LEFT} it.\u2060 Well."

texts = st.text(st.sampled_from("ab \n\u202e\u2060"), max_size=12)
seen = st.text(st.sampled_from("ab \n"), max_size=12)


@given(texts, st.lists(seen, max_size=3))
def test_what_is_seen_is_what_the_field_holds(text: str, edits: list[str]) -> None:
    kept = KeptText(text)
    for edit in edits:
        assert plain(kept.follow(edit)) == edit


@given(texts, seen, texts)
def test_what_stands_before_and_after_a_change_is_kept(before: str, new: str, after: str) -> None:
    marked = f"{before}<old>{after}"
    changed = KeptText(marked).follow(plain(f"{before}<{new}>{after}"))
    assert changed == f"{before}<{new}>{after}"


@given(texts)
def test_without_a_change_nothing_changes(text: str) -> None:
    assert KeptText(text).follow(plain(text)) == text


def test_what_is_deleted_goes_with_what_is_hidden_in_it() -> None:
    kept = KeptText(f"one x{RIGHT_TO_LEFT}y three")
    assert kept.left_out == 1
    assert kept.follow("one three") == "one three"
    assert kept.left_out == 0


async def test_an_edit_in_place_keeps_what_cannot_be_seen(
    store: Store, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    editor(tmp_path, monkeypatch, f'cp "$1" {tmp_path}/given; printf " Please\u2060." >> "$1"')
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            app = workbench(pilot)
            await do(pilot, "dashboard.add")
            screen = app.screen
            assert isinstance(screen, WritingDialog)
            app.drafts[screen._draft] = HIDDEN
            await do(pilot, "dialog.cancel")
            app.drafts[screen._draft] = HIDDEN
            await do(pilot, "dashboard.add")
            screen = app.screen
            assert isinstance(screen, WritingDialog)
            assert screen.area.text == "Say it. Well."
            await press(pilot, "!")
            await do(pilot, "writing.editor")
            assert (tmp_path / "given").read_text() == f"{HIDDEN}!"
            assert "3 characters that cannot be seen left out here" in screen_text(pilot)
            await do(pilot, "dialog.cancel")
            assert list(app.drafts.values()) == [f"{HIDDEN}! Please\u2060."]
            await do(pilot, "dashboard.add", "writing.send")
            await until(pilot, lambda: store.open_commands(player.run_id))
            (sent,) = store.open_commands(player.run_id)
            assert sent.command == Add(f"{HIDDEN}! Please\u2060.")
