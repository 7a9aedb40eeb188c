"""What the workbench asks of engines. All of it happens in threads: loading data, checking a
model or waiting for the store's lock must not hold up a key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.worker import WorkerCancelled

from promptopt.errors import PromptoptError
from promptopt.runs import control
from promptopt.runs.config import RunConfig, demo_config, load_config
from promptopt.runs.store import Store
from tui.screens.questions import stop_question

if TYPE_CHECKING:
    from tui.app import WorkbenchApp

Begin = Callable[[], RunConfig]
"""What a new run is made from, worked out when it is started."""
