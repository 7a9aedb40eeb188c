"""Every screen as it was when somebody last looked at it and found it good.

`pytest tests/tui/test_snapshots.py --snapshot-update` keeps what there is now; `git diff` shows
what that changes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.screen import Screen

import tui.screens
from tests.tui.conftest import NARROW, WIDE
from tests.tui.scenes import SCENES, Scene, Stage
from tests.tui.snapshot import HOW, UPDATE, check, snapshot_of
from tests.tui.staging import look, shown, stage
from tui.screens import questions
from tui.themes import DARK, LIGHT

__all__ = ["stage"]

FOLDER = Path(__file__).with_name("snapshots")

SHOWN = [
    (scene, size) for scene in SCENES for size in ((WIDE,) if scene.wide_only else (WIDE, NARROW))
]


def file_of(scene: Scene, size: tuple[int, int]) -> Path:
    return FOLDER / f"{scene.name}-{size[0]}x{size[1]}.txt"


@pytest.mark.parametrize(("scene", "size"), SHOWN, ids=[file_of(*each).stem for each in SHOWN])
async def test_it_looks_as_it_did(
    stage: Stage, scene: Scene, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    async with shown(scene, stage, size, DARK.name) as pilot:
        dark = await look(pilot, stage.folder)
        pilot.app.theme = LIGHT.name
        light = await look(pilot, stage.folder)
    assert dark.lines == light.lines, "the light theme says something else"
    wrong = check(file_of(scene, size), snapshot_of(dark, light), update=_updating(request))
    if wrong is not None:
        pytest.fail(wrong, pytrace=False)


def _updating(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption(UPDATE))


@pytest.mark.parametrize("name", ["dashboard_live", "help"])
async def test_a_theme_chosen_late_looks_as_one_chosen_before(stage: Stage, name: str) -> None:
    """So that it is enough to choose the light one while a scene is shown."""
    (scene,) = (each for each in SCENES if each.name == name)
    looks = []
    async with shown(scene, stage, WIDE, DARK.name) as pilot:
        pilot.app.theme = LIGHT.name
        looks.append(await look(pilot, stage.folder))
    again = replace(scene, set_up=lambda _: None)  # the store is as it was
    async with shown(again, stage, WIDE, LIGHT.name) as pilot:
        stage.now -= 3
        looks.append(await look(pilot, stage.folder))
    assert looks[0] == looks[1]


def test_no_file_is_left_over(request: pytest.FixtureRequest) -> None:
    wanted = {file_of(*each) for each in SHOWN}
    for path in set(FOLDER.iterdir()) - wanted:
        if not _updating(request):
            pytest.fail(f"no scene has the snapshot {path.name}", pytrace=False)
        path.unlink()


def screens() -> set[type[Screen[object]]]:
    """The classes of screens in tui.screens that are no mere base of others."""
    found: set[type[Screen[object]]] = set()
    for module in pkgutil.iter_modules(tui.screens.__path__):
        inside = importlib.import_module(f"tui.screens.{module.name}")
        found |= {
            each
            for _, each in inspect.getmembers(inside, inspect.isclass)
            if issubclass(each, Screen) and each.__module__ == inside.__name__
        }
    return {each for each in found if not any(each in other.__mro__[1:] for other in found)}


def test_every_screen_is_shown() -> None:
    missing = sorted(each.__name__ for each in screens() - {scene.screen for scene in SCENES})
    assert not missing, f"no scene in scenes.py shows {', '.join(missing)}"
    assert len(screens()) > 8


def test_every_question_is_shown() -> None:
    asked = {
        name
        for name, each in inspect.getmembers(questions, inspect.isfunction)
        if each.__module__ == questions.__name__ and name.endswith("_question")
    }
    assert asked - {scene.name for scene in SCENES} == set()


def _heavier(screen: Screen[object]) -> None:
    screen.query_one("#events").styles.border = ("heavy", "#3a424d")


def _another_colour(screen: Screen[object]) -> None:
    screen.query_one("#events").styles.color = "#d3d9e2"


def _another_ground(screen: Screen[object]) -> None:
    screen.query_one("#inspector").styles.background = "#14171d"


def _shifted(screen: Screen[object]) -> None:
    screen.query_one("#candidates").styles.padding = (0, 0, 0, 1)


@pytest.mark.parametrize("change", [_heavier, _another_colour, _another_ground, _shifted])
async def test_a_change_is_seen_and_told(
    stage: Stage, tmp_path: Path, change: Callable[[Screen[object]], None]
) -> None:
    (scene,) = (each for each in SCENES if each.name == "dashboard")
    path = tmp_path / "kept" / "dashboard.txt"
    async with shown(scene, stage, WIDE, DARK.name) as pilot:
        kept = await look(pilot, stage.folder)
        kept_text = snapshot_of(kept, kept)
        missing = check(path, kept_text, update=False)
        assert missing is not None
        assert missing.startswith("there is no snapshot dashboard.txt yet")
        assert not path.exists()
        assert check(path, kept_text, update=True) is None
        assert check(path, kept_text, update=False) is None
        change(pilot.app.screen)
        now = await look(pilot, stage.folder)
    wrong = check(path, snapshot_of(now, now), update=False)
    assert wrong is not None
    assert wrong.startswith(f"the screen is not as dashboard.txt has it; {HOW}")
    # No more of it than what has changed: the lines of the pane, and the style that came or went.
    changed = [line for line in wrong.splitlines()[4:] if line[0] in "+-"]
    assert 0 < len(changed) < 60
    assert path.read_text(encoding="utf-8") == kept_text
    assert check(path, snapshot_of(now, now), update=True) is None
    assert path.read_text(encoding="utf-8") != kept_text


async def test_two_themes_that_differ_in_one_colour(stage: Stage) -> None:
    """Each theme is kept, not the one that was looked at last."""
    (scene,) = (each for each in SCENES if each.name == "dashboard")
    async with shown(scene, stage, NARROW, DARK.name) as pilot:
        dark = await look(pilot, stage.folder)
        pilot.app.theme = LIGHT.name
        light = await look(pilot, stage.folder)
    assert len({snapshot_of(*pair) for pair in ((dark, dark), (dark, light), (light, dark))}) == 3
