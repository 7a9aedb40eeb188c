"""What the workbench remembers of how somebody likes it: the theme."""

from __future__ import annotations

import contextlib
import tomllib

from promptopt.errors import PromptoptError
from promptopt.results.atomic_file import write_atomically
from promptopt.results.json_text import json_text
from tui.keymap import keymap_path

FILE = "workbench.toml"


def remembered_theme() -> str | None:
    """The name of the theme that was chosen last; None where there is none."""
    try:
        tables = tomllib.loads(keymap_path().with_name(FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None  # a look is nothing to refuse to start over
    theme = tables.get("theme")
    return theme if isinstance(theme, str) else None


def remember_theme(name: str) -> None:
    """Write the chosen theme down, where that is possible."""
    path = keymap_path().with_name(FILE)
    with contextlib.suppress(PromptoptError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A JSON string is a TOML string too.
        write_atomically(path, f"theme = {json_text(name)}\n", overwrite=True)
