"""Names of files that no file can have: the home of nobody, and what is too long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..results.played_run import play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command

NAMES = {"nobody": "~nobody-of-this-name/x", "long": "x" * 300}
SEARCH = ("run", "--task", "plurals", "--model", "scripted:plural")

COMMANDS: dict[str, tuple[str, ...]] = {
    "task": ("run", "--model", "scripted:plural", "--task", "@"),
    "model": ("run", "--task", "plurals", "--model", "local:@"),
    "metric": (*SEARCH, "--metric", "judged:@"),
    "configuration": ("run", "@"),
    "output": (*SEARCH, "-o", "@"),
    "export": ("export", "last", "-o", "@"),
    "init": ("init", "@"),
    "add": ("add", "last", "--file", "@"),
    "tasks": ("tasks", "@"),
    "tasks list": ("tasks", "list", "@"),
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_no_file_has_is_a_wrong_request(
    promptopt: Command, store: Store, arguments: tuple[str, ...], name: str
) -> None:
    play_run(store)
    done = promptopt(*(each.replace("@", name) for each in arguments))
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert name.split("/")[0] in done.err
    assert len(store.runs()) == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_backup_to_such_a_name(promptopt: Command, name: str) -> None:
    done = promptopt("backup", name)
    assert done.status in (1, 2)
    assert done.err.startswith("error: ")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_tokenizer_of_such_a_name(promptopt: Command, name: str) -> None:
    Path("run.toml").write_text(
        '[task]\nsource = "plurals"\n[task_model]\nspec = "scripted:plural"\n'
        f'tokenizer = "{name}.json"\n'
    )
    done = promptopt("run", "run.toml")
    assert done.status == 2
    assert done.err == f"error: there is no tokenizer file {name}.json\n"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_weights_in_such_a_place(
    promptopt: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PROMPTOPT_MODELS", name)
    assert "promptopt models pull" in promptopt("models", "path").err
    assert promptopt("doctor").status == 0


def test_a_store_in_the_home_of_nobody(promptopt: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTOPT_HOME", "~nobody-of-this-name/store")
    done = promptopt("list")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: PROMPTOPT_HOME: there is no ~nobody-of-this-name; write the folder out\n"
    )
    assert "there is no ~nobody-of-this-name" in promptopt("doctor").out
    assert list(Path().iterdir()) == []


def test_a_store_with_too_long_a_name(promptopt: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTOPT_HOME", "x" * 300)
    done = promptopt("list")
    assert done.status == 1
    assert "File name too long" in done.err
    assert "Traceback" not in done.err
    assert "File name too long" in promptopt("doctor").out


def test_one_s_own_home(
    promptopt: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: Store
) -> None:
    play_run(store)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert promptopt("export", "last", "-o", "~/best.txt").status == 0
    assert (tmp_path / "best.txt").is_file()
