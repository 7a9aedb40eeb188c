"""What the workbench waits for before its first frame."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import tui

FORBIDDEN = ["openai", "numpy", "httpx", "httpx2", "pydantic", "xllamacpp", "tokenizers"]
LATER = ["tui.screens.dashboard", "tui.screens.compare", "tui.screens.export", "tui.screens.help"]

FIRST_FRAME = """
import asyncio, json, sys
from promptopt.runs.store import Store
from tui.app import WorkbenchApp
import tui.main

async def first_frame():
    with Store() as store:
        app = WorkbenchApp(store)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            seen = "".join(strip.text for strip in app.screen._compositor.render_strips())
            print(json.dumps({"seen": "No runs yet" in seen, "modules": sorted(sys.modules)}))

asyncio.run(first_frame())
"""


def test_first_frame_needs_no_model_library(store: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    report = json.loads(done.stdout)
    assert report["seen"]
    assert not {*FORBIDDEN, *LATER} & set(report["modules"])


def test_the_workbench_knows_runs_and_results_and_nothing_deeper() -> None:
    allowed = ("promptopt.runs", "promptopt.results", "promptopt.errors")
    package = Path(tui.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] == "promptopt":
                    assert name.startswith(allowed), f"{path.name} imports {name}"
