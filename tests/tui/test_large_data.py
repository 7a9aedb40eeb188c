"""What reading large data leaves behind, and when it is not done at all."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.runs import data_reader
from promptopt.runs.data_reader import DataReader
from promptopt.tasks.splits import SplitSizes
from tests.tui.conftest import OpenApp, do, settle
from tests.tui.new_run_form import data, fill, form_of
from tests.workspace import wait_until

__all__ = ["data"]


@pytest.fixture(autouse=True)
def _sixty_rows_are_large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(data_reader, "LARGE", 100)
    monkeypatch.setattr(data_reader, "MANY", 10)
    yield
    gc.enable()


def test_the_collector_is_back_behind_large_data(data: Path, tmp_path: Path) -> None:
    reader = DataReader()
    bad = tmp_path / "bad.csv"
    bad.write_text("input,output\n" + "a,b\n" * 60 + "a,b,c,d\n")
    with pytest.raises(InputError):
        reader.load(str(bad))
    assert gc.isenabled()
    text = data.read_text().replace("noun,plural,french", "input,output,french")
    data.write_text(text)
    dataset = reader.load(str(data))
    assert gc.isenabled()
    with pytest.raises(InputError):
        reader.draw(dataset, SplitSizes(train=1_000, dev=1_000, test=1_000), 0)
    assert gc.isenabled()
    reader.draw(dataset, SplitSizes(train=10, dev=10, test=10), 0)
    assert gc.isenabled()


async def test_large_data_are_not_read_for_a_form_that_was_left(
    data: Path, open_app: OpenApp
) -> None:
    def waiting() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "forecast"]

    async with open_app() as pilot:
        await do(pilot, "runs.new")
        screen = form_of(pilot)
        reader = screen.forecaster._reader
        with reader._one_at_a_time:  # as another large file that is being read holds it
            await fill(pilot, "task.source", str(data))
            screen._look_soon(0)
            await settle(pilot)
            assert waiting()
            await do(pilot, "new.back")
            assert not screen.is_attached
        wait_until(lambda: not waiting())
        assert reader._kept is None
