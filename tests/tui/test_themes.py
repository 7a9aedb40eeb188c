"""The looks: readable in light and dark, the terminal's own colours, and none at all."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, press, screen_lines, workbench
from tests.tui.run_player import RunPlayer
from tests.tui.test_hostile_text import assert_sane
from tui.keymap import keymap_path
from tui.preferences import remember_theme, remembered_theme
from tui.themes import ANSI, DARK, LIGHT, OURS

READABLE = 4.5
"""The contrast that WCAG 2.1 asks of text, at the least."""


def contrast(text: Color, ground: Color) -> float:
    """The contrast ratio of WCAG 2.1, from 1 to 21."""

    def luminance(colour: Color) -> float:
        parts = (
            each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
            for each in colour.normalized
        )
        return sum(
            weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_colour_of_text_can_be_read(theme: Theme) -> None:
    colours = theme.to_color_system().generate()
    background = Color.parse(colours["background"])
    panel = Color.parse(colours["panel"])
    names = ("foreground", "primary", "secondary", "accent", "success", "warning", "error")
    for name in (*names, "foreground-muted"):
        text = Color.parse(colours[name])
        for ground in (background, panel):
            ratio = contrast(ground.blend(text, text.a, alpha=1), ground)
            assert ratio >= READABLE, (name, ratio)
    for under in ("block-cursor", "block-cursor-blurred"):
        ground = Color.parse(colours[f"{under}-background"])
        text = Color.parse(colours[f"{under}-foreground"])
        assert contrast(text, ground) >= READABLE
        assert ground != background


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name, *ANSI])
@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_in_every_theme(
    store: Store, open_app: OpenApp, theme: str, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size) as pilot:
        app = workbench(pilot)
        app.theme = theme
        for keys in ("enter", "c", "escape", "enter", "3", "enter", "m", "escape", "escape", "E"):
            await press(pilot, keys)
            assert_sane(pilot, size)
        await press(pilot, "escape")
        table = app.screen.query_one("#candidates")
        row = table.region.y + 2
        strips = app.screen._compositor.render_strips()
        styles = [
            {segment.style.bgcolor for segment in strips[y] if segment.style}
            for y in (row, row + 1)
        ]
        assert styles[0] != styles[1]  # the cursor's row is told from the next one
        assert player.run_id in screen_lines(pilot)[0]


async def test_the_theme_is_remembered(store: Store, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        assert workbench(pilot).theme == DARK.name
        assert remembered_theme() is None
        workbench(pilot).theme = LIGHT.name
        await pilot.pause()
    assert remembered_theme() == LIGHT.name
    async with open_app() as pilot:
        assert workbench(pilot).theme == LIGHT.name


@pytest.mark.parametrize("text", ["theme = 3", "no toml [", 'theme = "gone"', "\udce4"])
async def test_what_cannot_be_remembered_is_no_reason_not_to_start(
    store: Store, open_app: OpenApp, text: str
) -> None:
    path = keymap_path().with_name("workbench.toml")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    async with open_app() as pilot:
        assert workbench(pilot).theme == DARK.name
    remember_theme('a "name"')
    assert remembered_theme() == 'a "name"'


async def test_without_colour_only_themes_without_colours_of_their_own(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    remember_theme(LIGHT.name)
    async with open_app() as pilot:
        app = workbench(pilot)
        assert app.theme == ANSI[0]
        assert set(app.available_themes) == set(ANSI)
    assert remembered_theme() == LIGHT.name
