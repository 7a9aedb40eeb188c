"""What keeps a form from becoming a run is told at the field that it is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from promptopt.runs.config import load_config
from promptopt.runs.store import Store
from tests.tui.conftest import NARROW, SIZES, WIDE, OpenApp, do, press, screen_lines, screen_text
from tests.tui.new_run_form import field, fill, form_of, known
from tests.tui.run_player import RunPlayer
from tui.new_run_fields import SECTIONS, method_fields
from tui.screens.error import ErrorDialog
from tui.screens.help import HelpScreen
from tui.widgets.form import FieldInput

MISTAKES = [
    ("task_model.spec", "foo:bar", "task_model.spec: unknown model 'foo:bar'"),
    ("task_model.spec", "local:missing.gguf", "task_model: "),
    ("optimizer_model.spec", "scripted:nobody", "optimizer_model: "),
    ("judge_model.base_url", "nourl", "judge_model.base_url: the base URL 'nourl'"),
    ("task_model.api_key_env", "sk-secret", "task_model.api_key_env: "),
    ("embedder.spec", "openai:", "embedder.spec: unknown model 'openai:'"),
    ("task_model.price", "0.15", "write the price of prompts and that of replies"),
    ("budget.max_usd", "2,5", "write decimals with a point"),
    ("budget.max_calls", "1,2005", "write decimals with a point"),
    ("name", "a b", "the run name 'a b' will not do"),
]
"""An option, what is typed into its field, and what is said of it."""


def wrong(form: object) -> list[str]:
    return [each.field.path for each in form.query(FieldInput) if each.has_class("-wrong")]  # type: ignore[attr-defined]


async def test_a_mistake_is_marked_where_it_was_made_and_gone_to(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        for path, text, problem in MISTAKES:
            await fill(pilot, path, text)
            screen = await known(pilot)
            assert screen.found is not None
            assert problem in screen.found.problem
            assert "sk-secret" not in screen.found.problem
            assert wrong(screen) == [path]
            field(pilot, "seed").focus()
            await pilot.pause()
            await do(pilot, "new.pane-4", "new.start")
            assert isinstance(pilot.app.screen, ErrorDialog)
            await press(pilot, "escape")
            assert screen.focused is field(pilot, path)
            await fill(pilot, path, "")
            await known(pilot)
            assert wrong(screen) == []


async def test_a_key_that_is_not_there_marks_its_field(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "optimizer_model.spec", "openai:m")
        screen = await known(pilot)
        assert screen.found is not None
        assert screen.found.problem.startswith("optimizer_model: there is no key for openai:m")
        assert wrong(screen) == ["optimizer_model.spec", "optimizer_model.api_key_env"]


async def test_a_limit_in_dollars_asks_for_the_price_at_its_field(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "task_model.spec", "openai:my-own")
        await fill(pilot, "task_model.base_url", "http://127.0.0.1:1/v1")
        await fill(pilot, "budget.max_usd", "1.50")
        screen = await known(pilot)
        assert screen.found is not None
        assert "is not known; set price" in screen.found.problem
        assert wrong(screen) == ["task_model.price"]
        await fill(pilot, "task_model.price", "1 / 2")
        await known(pilot)
        assert (screen.found.problem, wrong(screen)) == ("", [])


async def test_a_name_that_is_taken_is_told_at_its_field(store: Store, open_app: OpenApp) -> None:
    RunPlayer(store, "taken").play_all()
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "name", "taken")
        screen = await known(pilot)
        assert wrong(screen) == ["name"]
        assert "there is a run named taken already" in screen_lines(pilot)[2]
        await do(pilot, "new.start")
        assert isinstance(pilot.app.screen, ErrorDialog)
        await press(pilot, "escape")
        await fill(pilot, "name", "taken-2")
        await known(pilot)
        assert wrong(screen) == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_configuration_is_not_taken_for_data(
    open_app: OpenApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('task = "sentiment"\nseed = 3\n')
    bad.write_text('task = "sentiment"\nseed = oops\n')
    async with open_app(size) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "bad.toml")
        screen = await known(pilot)
        assert screen.found is not None
        assert screen.found.problem == "bad.toml is a configuration: ⏎ in its field opens it"
        assert "its format is not known" not in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ErrorDialog)
        assert "bad.toml is not valid TOML" in screen_text(pilot)
        await press(pilot, "escape")
        assert "its format is not known" not in screen_text(pilot)
        await fill(pilot, "task.source", "good.toml")
        await known(pilot)
        await press(pilot, "enter")
        await known(pilot)
        assert field(pilot, "seed").value == "3"
        assert screen.found.problem == ""


async def test_a_price_makes_the_estimate_one_in_money_and_is_saved(
    open_app: OpenApp, tmp_path: Path
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "task_model.spec", "openai:my-own")
        await fill(pilot, "task_model.base_url", "http://127.0.0.1:1/v1")
        screen = await known(pilot)
        assert "price unknown" in screen_text(pilot)
        await fill(pilot, "task_model.price", "1.5 / 6")
        await known(pilot)
        assert screen.found is not None
        assert screen.found.cost is not None
        cost = screen.found.cost
        assert cost.usd == pytest.approx(
            (cost.prompt_tokens * 1.5 + cost.completion_tokens * 6) / 1e6, rel=0.01
        )
        await do(pilot, "new.save")
        await press(pilot, "enter")
        (written,) = tmp_path.glob("*.toml")
        price = load_config(written).task_model.price
        assert price is not None
        assert (price.input, price.output) == (1.5, 6)
        assert "(changed)" not in screen_lines(pilot)[0]
        await fill(pilot, "seed", "7")
        assert f"{written.name} (changed)" in screen_lines(pilot)[0]
        await fill(pilot, "seed", "")
        assert "(changed)" not in screen_lines(pilot)[0]
        await do(pilot, "new.clear")
        await fill(pilot, "task.source", str(written))
        await press(pilot, "enter")
        await known(pilot)
        assert field(pilot, "task_model.price").value == "1.5 / 6.0"


LONG = "method.selection"


async def test_the_explanation_of_a_field_is_whole_in_the_help(open_app: OpenApp) -> None:
    hint = next(each.hint for each in method_fields("ape") if each.path == LONG)
    for size in (WIDE, NARROW):
        async with open_app(size) as pilot:
            await do(pilot, "runs.new")
            field(pilot, LONG).focus()
            await known(pilot)
            shown = form_of(pilot).query_one("#field-hint", Static)
            assert shown.size.height == (3 if size == WIDE else 1)
            told = str(shown.content)
            assert told.startswith("⏎ choose  ")
            assert told.endswith("f1 more")
            assert hint[:50] in told
            await press(pilot, "f1")
            assert isinstance(pilot.app.screen, HelpScreen)
            text = str(pilot.app.screen.query_one("#help-text Static", Static).content)
            assert " ".join(text.split()).startswith(f"selection ({LONG}) {hint}")
            assert f"selection ({LONG})" in screen_text(pilot)
            await press(pilot, "escape")
            # Of another pane nothing of a field is told.
            await do(pilot, "new.pane-4", "app.help")
            assert LONG not in screen_text(pilot)


async def test_in_a_high_window_most_explanations_are_whole(open_app: OpenApp) -> None:
    async with open_app(WIDE) as pilot:
        await do(pilot, "runs.new")
        for path in ("task.choices_column", "task_model.price", "method.keep"):
            field(pilot, path).focus()
            await known(pilot)
            fields = [each for _, fields in SECTIONS for each in fields] + [*method_fields("ape")]
            hint = next(each.hint for each in fields if each.path == path)
            assert hint in " ".join(" ".join(screen_lines(pilot)).split())
            assert "f1 more" not in screen_text(pilot)
