from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from promptopt.cli.main import run
from promptopt.runs.store import Store

if TYPE_CHECKING:
    from pathlib import Path


class Outcome(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working folder of its own, with no settings from outside."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PROMPTOPT_HOME", str(folder))
    monkeypatch.setenv("PROMPTOPT_MODELS", str(tmp_path / "models"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def promptopt(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a command as the console script does, short of a process of its own."""

    def call(*arguments: str) -> Outcome:
        capfd.readouterr()
        status = run(arguments)
        out, err = capfd.readouterr()
        return Outcome(status, out, err)

    return call
