from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from promptopt.cli import health

if TYPE_CHECKING:
    from pathlib import Path

    from promptopt.runs.store import Store

    from .conftest import Command


def lines_of(out: str) -> dict[str, str]:
    """Mark and text of each finding by what it is about."""
    found = {}
    for line in out.splitlines():
        if line[0] in "✓✗–":
            mark, _, rest = line.partition(" ")
            what, _, details = rest.partition("  ")
            found[what] = f"{mark} {details.strip()}"
    return found


def test_essentials_are_fine_here(promptopt: Command) -> None:
    done = promptopt("doctor")
    found = lines_of(done.out)
    assert done.status == 0
    assert found["Python"].startswith("✓ 3.")
    assert found["promptopt"].startswith("✓ ")
    assert found["store"].startswith("✓ ")
    assert found["embedded model"] == "– not on this machine"
    assert "promptopt models pull" in done.out
    assert len(found) == len(health.CHECKS)


def test_looking_makes_nothing(promptopt: Command, home: Path) -> None:
    promptopt("doctor")
    assert not home.exists()


def test_a_key_is_never_shown(promptopt: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(promptopt("doctor").out)["API key"] == "– OPENAI_API_KEY is not set"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:hunter2@127.0.0.1:8000/v1?key=hunter3")
    done = promptopt("doctor")
    found = lines_of(done.out)
    assert found["API key"] == "✓ OPENAI_API_KEY is set"
    assert found["endpoint"] == "– OPENAI_BASE_URL is no usable web address"
    for secret in ("very-secret", "hunter2", "hunter3"):
        assert secret not in done.out + done.err


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/v1?api-version=2", "✓ http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1?key=hunter3", "– OPENAI_BASE_URL is no usable web address"),
        ("localhost:8000", "– OPENAI_BASE_URL is no usable web address"),
        ("http://a:port/v1", "– OPENAI_BASE_URL is no usable web address"),
        ("http://[/INST]", "– OPENAI_BASE_URL is no usable web address"),
        ("", "✓ OpenAI's own, since OPENAI_BASE_URL is not set"),
    ],
)
def test_endpoint(
    promptopt: Command, monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    assert lines_of(promptopt("doctor").out)["endpoint"] == expected


def test_a_store_that_cannot_be_used_is_essential(promptopt: Command, home: Path) -> None:
    home.mkdir()
    (home / "promptopt.db").write_bytes(b"not a database" * 100)
    done = promptopt("doctor")
    assert done.status == 1
    assert lines_of(done.out)["store"].startswith("✗ cannot use ")
    assert "set PROMPTOPT_HOME" in done.out


def test_a_home_that_is_a_file(promptopt: Command, home: Path) -> None:
    home.write_text("x")
    done = promptopt("doctor")
    assert done.status == 1
    assert lines_of(done.out)["store"].startswith("✗ ")


def test_a_store_in_use_is_fine(promptopt: Command, store: Store) -> None:
    assert lines_of(promptopt("doctor").out)["store"].endswith("promptopt.db, 0 runs")


def test_damaged_weights(promptopt: Command, tmp_path: Path) -> None:
    from promptopt.llm.weights import places

    (path,) = places()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"short")
    done = promptopt("doctor")
    assert done.status == 0
    assert lines_of(done.out)["embedded model"] == f"– {path} is damaged"


@pytest.mark.parametrize(
    ("status", "err", "expected"),
    [
        (1, "ImportError: libgomp.so.1: cannot open shared object", "system library libgomp"),
        (1, "Traceback\nModuleNotFoundError: No module named 'x'", "No module named 'x'"),
        (-4, "", "ended by signal 4; the processor may lack AVX2"),
        (1, "", "it says nothing"),
    ],
)
def test_an_embedded_backend_that_does_not_load(
    monkeypatch: pytest.MonkeyPatch, status: int, err: str, expected: str
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, status, "", err)

    monkeypatch.setattr(health.subprocess, "run", run)
    finding = health.check_embedded()
    assert finding.state == "absent"
    assert expected in finding.details
    assert ("libgomp1" in finding.advice) == ("libgomp" in err)


def test_a_core_that_cannot_be_loaded_is_essential(monkeypatch: pytest.MonkeyPatch) -> None:
    import promptopt

    monkeypatch.setitem(sys.modules, "promptopt._core", None)
    monkeypatch.delattr(promptopt, "_core", raising=False)
    finding = health.check_core()
    assert finding.state == "wrong"
    assert "cannot be loaded" in finding.details
    assert "install it anew" in finding.advice
