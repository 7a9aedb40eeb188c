"""What a viewer imports before its first frame must be light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("openai", "numpy", "httpx", "httpx2", "pydantic", "xllamacpp", "textual", "asyncio")

LIGHT = (
    "promptopt.errors",
    "promptopt.runs.config",
    "promptopt.runs.control",
    "promptopt.runs.events",
    "promptopt.runs.paths",
    "promptopt.runs.state",
    "promptopt.runs.store",
    "promptopt.results.export",
    "promptopt.results.progress",
    "promptopt.results.statistics",
    "promptopt.results.summary",
    "promptopt.results.verdict",
    "promptopt.results.visible",
    "promptopt.results.word_diff",
)


def imported_by(*modules: str) -> set[str]:
    """Top-level modules in a fresh interpreter that imported these."""
    code = f"import {', '.join(modules)}, sys; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_viewers_import_nothing_heavy() -> None:
    assert not imported_by(*LIGHT) & set(HEAVY)


@pytest.mark.parametrize(
    "module", ["promptopt.cli.main", "promptopt.cli.run", "promptopt.runs.prepare"]
)
def test_commands_import_no_model(module: str) -> None:
    heavy = set(HEAVY) - {"asyncio"}
    assert not imported_by(module) & heavy


def test_an_engine_imports_only_the_backend_that_it_uses() -> None:
    assert not imported_by("promptopt.runs.engine_process") & (set(HEAVY) - {"asyncio"})
