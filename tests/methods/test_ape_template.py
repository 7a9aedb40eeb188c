"""Templates of one's own: what is refused before anything is spent, and what they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.ape_template import Gapped, fill_template, find_template
from promptopt.runs.config import config_from_dict, config_from_json, load_config

GOOD = "{pairs}\nThis was asked for: {instruction}"


def of_tables(**method: object) -> ApeSettings:
    return config_from_dict({"task": "data.csv", "method": method}, "run.toml").method


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("Say {instruction} here", "the template lacks {pairs}"),
        ("", "the template lacks {pairs}"),
        ("{pairs} {examples}", "{examples}, which stands for nothing; known: {pairs}, {inputs}"),
        ("{pairs} a {pairs}", "{pairs} 2 times"),
        ("{pairs} {instruction} or {instruction}", "{instruction} 2 times"),
        ("{pairs}{instruction}", "nothing but placeholders"),
    ],
)
def test_a_bad_template_is_refused(template: str, complaint: str) -> None:
    with pytest.raises(InputError) as refused:
        of_tables(mode="custom", template=template)
    assert complaint in str(refused.value)
    assert str(refused.value).startswith("run.toml: method: ")


def test_settings_that_contradict_each_other() -> None:
    with pytest.raises(InputError, match='mode = "custom" needs a template'):
        of_tables(mode="custom")
    with pytest.raises(InputError, match='a template is there, but mode is "forward"'):
        of_tables(template=GOOD)
    with pytest.raises(InputError, match='leave mode = "reverse" out'):
        of_tables(mode="reverse", target="reasoning_prefix")


def test_a_file_beside_the_configuration_becomes_its_text(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(f"\ufeff{GOOD}\n", encoding="utf-8")
    (tmp_path / "run.toml").write_text(
        'task = "data.csv"\n[method]\nmode = "custom"\ntemplate = "mine.txt"\n'
    )
    config = load_config(tmp_path / "run.toml")
    assert config.method.template == GOOD
    # A stored run never depends on the file again.
    (tmp_path / "mine.txt").unlink()
    assert config_from_json(config.to_json()) == config


def test_a_template_by_name() -> None:
    settings = of_tables(mode="custom", template="truthfulqa")
    assert settings.template is not None
    assert settings.template.startswith("Professor Smith was given")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        find_template("truthful.txt", tmp_path)
    assert f"no file {tmp_path / 'truthful.txt'}" in str(refused.value)
    assert "truthfulqa" in str(refused.value)


def test_files_that_will_not_do(tmp_path: Path) -> None:
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00{pairs}")
    with pytest.raises(InputError, match=r"cannot read the template .*bytes\.txt"):
        find_template("bytes.txt", tmp_path)
    with pytest.raises(InputError, match="cannot read the template"):
        find_template(".", tmp_path)
    (tmp_path / "bare.txt").write_text("no place for them")
    with pytest.raises(InputError, match=r"bare\.txt: the template lacks \{pairs\}"):
        find_template("bare.txt", tmp_path)


def test_what_is_filled_in_is_not_searched() -> None:
    filled = fill_template("{inputs}: {instruction}. {pairs}", "{instruction}{pairs}", "{pairs}")
    assert filled == Gapped("{pairs}: ", ". {instruction}{pairs}")


def test_other_braces_are_left_alone() -> None:
    text = 'JSON {"a": 1} {} { pairs } {pairs}'
    assert of_tables(mode="custom", template=text).template == text
    assert fill_template(text, "x", "y").before == 'JSON {"a": 1} {} { pairs } x'
