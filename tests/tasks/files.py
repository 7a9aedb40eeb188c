"""Writes data files for tests and loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.tasks.columns import Columns
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.example import Example
from promptopt.tasks.load import load_dataset


def write(path: Path, content: str | bytes | Any) -> Path:
    """Write text or bytes as they are, and anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_bytes(content.encode())
    else:
        path.write_bytes(json.dumps(content).encode())
    return path


def load(path: Path, **options: Any) -> Dataset:
    """Load a file; `input`, `output`, `choices` and `split` name columns."""
    names = {
        role: options.pop(role)
        for role in ("input", "output", "choices", "split")
        if role in options
    }
    return load_dataset(str(path), Columns(**names), **options)


def examples(dataset: Dataset) -> list[Example]:
    """All examples of a data set that names no splits."""
    assert set(dataset.given) == {""}
    return list(dataset.given[""])


def pairs(dataset: Dataset) -> list[tuple[str, ...]]:
    """Input and references of each example."""
    return [(each.input, *each.references) for each in examples(dataset)]


def error_of(path: Path | str, **options: Any) -> str:
    """The message with which a file is turned away: one paragraph."""
    with pytest.raises(InputError) as caught:
        load(Path(path), **options)
    message = str(caught.value)
    assert "\n" not in message
    return message
