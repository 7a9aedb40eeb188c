"""Fixtures of all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .workspace import workspace

__all__ = ["workspace"]

# What an example takes depends on what else the machine is doing.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Whoever runs the tests in the background may have ctrl+c ignored, which children inherit; a
# handler they do not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--snapshot-update",
        action="store_true",
        help="keep the screens of the workbench as they look now (tests/tui/snapshots)",
    )


REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def benchmark_data() -> Path:
    """The folder of published benchmark data, which is no part of the repository."""
    named = os.environ.get("PROMPTOPT_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no benchmark data at {folder}; name their folder with PROMPTOPT_DATA")
    return folder
