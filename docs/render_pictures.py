"""Renders the README's pictures from a run in the store, so that they show what is true.

    python docs/render_pictures.py RUN [FOLDER]

Writes dashboard.svg and candidate.svg. The bundled demonstration is the run they should show:
promptopt run --demo.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from promptopt.runs.store import Store
from tui.app import WorkbenchApp
from tui.themes import DARK

SIZE = (120, 36)


async def render(name: str, folder: Path) -> None:
    """Write the pictures of a run into a folder."""
    with Store() as store:
        app = WorkbenchApp(store, run_id=store.find_run(name).id)
        app.theme = DARK.name  # whatever whoever renders them prefers
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            await pilot.press("d")  # the word diff of the candidate under the cursor
            await pilot.pause()
            app.save_screenshot("dashboard.svg", str(folder))
            await pilot.press("enter")
            await pilot.pause()
            app.save_screenshot("candidate.svg", str(folder))


if __name__ == "__main__":
    where = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    asyncio.run(render(sys.argv[1], where))
