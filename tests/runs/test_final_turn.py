from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptopt.runs.config import config_from_dict
from promptopt.runs.prepare import Prepared, prepare


def prepared(task: dict[str, Any], api: str = "chat") -> Prepared:
    tables = {"task": task, "task_model": {"spec": "scripted:echo", "api": api}}
    return prepare(config_from_dict(tables, "here"))


@pytest.fixture
def choices(tmp_path: Path) -> str:
    rows = "".join(f"question {number},A|B|C,A\n" for number in range(20))
    path = tmp_path / "data.csv"
    path.write_text("input,choices,output\n" + rows)
    return str(path)


def test_the_second_turn_is_asked_for(choices: str) -> None:
    assert prepared({"source": choices}).task.final_turn == ""
    asked = prepared({"source": choices, "final_turn": True})
    assert asked.task.final_turn.endswith("only one option, (A) to (C).")
    assert not [note for note in asked.notes if "final_turn" in note]
    own = prepared({"source": choices, "final_turn": "  Only the letter, please.  "})
    assert own.task.final_turn == "Only the letter, please."


def test_a_second_turn_that_cannot_be_is_told(choices: str) -> None:
    plain = prepared({"source": choices, "final_turn": True}, api="completion")
    assert plain.task.final_turn == ""
    assert any("no second turn" in note for note in plain.notes)
    needless = prepared({"source": "plurals", "final_turn": True})
    assert needless.task.final_turn == ""
    assert any("need no second turn" in note for note in needless.notes)
