from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from promptopt.cli.init import starter_text
from promptopt.llm.settings import ModelSettings
from promptopt.methods.ape_settings import ApeSettings
from promptopt.runs.config import BudgetConfig, RunConfig, TaskConfig, load_config
from promptopt.tasks.template import DEFAULT_DEMONSTRATION, DEFAULT_LAYOUT, Template

if TYPE_CHECKING:
    from .conftest import Command


def test_writes_a_file_that_loads(promptopt: Command) -> None:
    done = promptopt("init")
    assert (done.status, done.out) == (0, "")
    assert "promptopt run promptopt.toml" in done.err
    Path("data.csv").write_text("input,output\na,b\n")
    config = load_config(Path("promptopt.toml"))
    assert config.task.source == str(Path("data.csv").absolute())
    assert config.method == ApeSettings()
    assert config.task_model == ModelSettings()
    assert config.budget.max_calls == 2000
    assert config.seed == 0


def uncommented() -> str:
    """The starter with every option in it switched on."""
    lines = []
    inside = False
    for line in starter_text().splitlines():
        option = re.match(r"# (\w+ = |\[)", line)
        lines.append(re.sub("^# ?", "", line) if option or inside else line)
        if (option or inside) and line.count('"""') == 1:
            inside = not inside
    return "\n".join(lines)


def test_every_option_in_it_exists(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(uncommented())
    config = load_config(path)
    assert config.task.input_column == "question"
    assert config.optimizer_model is not None
    assert config.optimizer_model.temperature == 0.9
    assert config.task.template.layout.strip() == DEFAULT_LAYOUT
    assert config.task.template.demonstration == DEFAULT_DEMONSTRATION


def test_every_option_there_is_stands_in_it() -> None:
    tables = tomllib.loads(uncommented())
    for struct, table in (
        (RunConfig, tables),
        (TaskConfig, tables["task"]),
        (Template, tables["task"]["template"]),
        (ModelSettings, tables["task_model"]),
        (ApeSettings, tables["method"]),
        (BudgetConfig, tables["budget"]),
    ):
        missing = set(struct.__struct_fields__) - set(table)
        if struct is ApeSettings:
            # What is left out where it is not set has no line of its own, but is told of.
            missing -= {"subset", "threshold", "template"}
            assert all(name in starter_text() for name in ("subset", "threshold", "template"))
        assert not missing, f"{struct.__name__} lacks {missing}"


def test_the_values_in_method_are_the_defaults() -> None:
    table = tomllib.loads(uncommented())["method"]
    table.pop("name")
    assert ApeSettings(**table) == ApeSettings()


def test_never_overwrites(promptopt: Command) -> None:
    Path("mine.toml").write_text("mine")
    done = promptopt("init", "mine.toml")
    assert done.status == 2
    assert "left as it is" in done.err
    assert Path("mine.toml").read_text() == "mine"


@pytest.mark.parametrize("file", ["missing/promptopt.toml", "."])
def test_places_that_will_not_do(promptopt: Command, file: str) -> None:
    assert promptopt("init", file).status == 2
    assert list(Path().iterdir()) == []
