"""The key is nowhere: everything is run against a server that echoes it wherever it can."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.cli.main import run
from promptopt.results.export import FORMATS
from promptopt.runs import control
from promptopt.runs.commands import Add, Remark, Veto
from promptopt.runs.store import Store
from tests.llm.endpoint import Answer, Endpoint, Received, fails, plural, reply
from tests.tui.conftest import press, screen_text, settle
from tests.workspace import Workspace, wait_until
from tui.app import WorkbenchApp

KEY = "sk-marked-3f9a1c7be2d84056a1"
ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b2J"

CONFIGURATION = """
[task]
source = "{data}"
train = 6
dev = 12
test = 6
[task_model]
spec = "openai:small"
base_url = "{url}"
concurrency = 4
[method]
name = "{method}"
{settings}
"""
METHODS = {
    "ape": "proposals = 8\nsubset = 4\nresample_rounds = 1",
    "gpo": "steps = 2\ncandidates = 3",
}

SOME_CALLS = {"ape": 20, "gpo": 35}
"""After so many a search has candidates, and is not at its end."""


class EchoingServer:
    """Answers as `scripted:plural` would, with the key in all that it says.

    Attributes:
        fatal: whether the key is refused now.
        said: how many times it has sent the key.
        waits_from: the call that waits, with all behind it, until `goes_on`.
    """

    def __init__(self) -> None:
        self.fatal = False
        self.said = 0
        self.waits_from: int | None = None
        self.goes_on = threading.Event()
        self._numbers = itertools.count()

    def __call__(self, received: Received) -> Answer:
        told = received.headers.get("authorization", "")
        assert told == f"Bearer {KEY}"
        self.said += 1
        number = next(self._numbers)
        if self.waits_from is not None and number >= self.waits_from:
            self.goes_on.wait(60)
        if self.fatal:
            return fails(401, f"Incorrect API key provided: {KEY}. {told}")(received)
        odd = {
            7: fails(500, f"bad credentials {told}", retry_after="0"),
            19: fails(400, f"{KEY} was filtered", code="content_filter"),
            31: lambda _: Answer(f'{{"choices": "{KEY}"', headers={"x-key": KEY}),
            43: lambda _: Answer({"error": {"message": KEY}}),
            55: lambda each: Answer(reply(each, None, finish_reason=KEY)),
        }
        if number in odd:
            return odd[number](received)
        text = plural(received).body["choices"][0]["message"]["content"]
        opening, ending = ("<START>", "<END>") if "<START>" in text else ("", "")
        text = text.removeprefix(opening).removesuffix(ending).rstrip(".")
        echoed = f"{opening}{text} {KEY}{ESCAPES}{ending}"
        return Answer(reply(received, echoed, finish_reason=f"stop {KEY}"), headers={"x-key": KEY})


class Searched:
    """Everything that was written or shown, to be searched for the key."""

    def __init__(self, workspace: Workspace, captured: pytest.CaptureFixture[str]) -> None:
        self._workspace = workspace
        self._captured = captured
        self.shown: list[str] = []

    def command(self, *arguments: str) -> tuple[int, str]:
        """A command as the console script runs it; returns its status and what it printed."""
        self._captured.readouterr()
        status = run(arguments)
        out, err = self._captured.readouterr()
        self.shown += [out, err]
        return status, out

    def check(self) -> None:
        """Fail where the key is, or a long part of it."""
        parts = [KEY[:14], KEY[-14:]]
        for text in self.shown:
            assert not any(part in text for part in parts)
        files = [path for path in self._workspace.folder.rglob("*") if path.is_file()]
        assert any(path.name.endswith("-wal") for path in files)
        assert any(path.suffix == ".log" for path in files)
        for path in files:
            data = path.read_bytes()
            assert not any(part.encode() in data for part in parts), path
        with sqlite3.connect(self._workspace.home / "promptopt.db") as database:
            dump = "\n".join(database.iterdump())
            blobs = [
                value
                for (table,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type='table'"
                )
                for row in database.execute(f"SELECT * FROM {table}")
                for value in row
                if isinstance(value, bytes)
            ]
        database.close()
        assert len(dump) > 10_000
        assert not any(part in dump for part in parts)
        assert not any(part.encode() in blob for part in parts for blob in blobs)


@pytest.fixture
def server() -> Iterator[tuple[EchoingServer, Endpoint]]:
    behaviour = EchoingServer()
    with Endpoint(behaviour) as endpoint:
        yield behaviour, endpoint


@pytest.mark.parametrize("method", METHODS)
async def test_the_key_is_nowhere(
    workspace: Workspace,
    server: tuple[EchoingServer, Endpoint],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    method: str,
) -> None:
    behaviour, endpoint = server
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.chdir(workspace.folder)
    searched = Searched(workspace, capfd)
    configuration = CONFIGURATION.format(
        data=workspace.data, url=endpoint.url, method=method, settings=METHODS[method]
    )
    workspace.toml(configuration)
    store = workspace.store()  # stays open, so that what is not checkpointed stays a file

    # A run to its end, one whose key is refused on the way, and its second part.
    status, out = searched.command("run", "run.toml", "--json")
    assert status == 0, searched.shown
    whole = json.loads(out.splitlines()[-1])["run_id"]
    behaviour.waits_from = behaviour.said + SOME_CALLS[method]
    run_id = control.start(store, control.config_of(store, whole))
    wait_until(lambda: len(store.state(run_id).candidates) > 2)
    for command in (Add(f"Write the plural, as [key] says {ESCAPES}"), Veto(1), Remark("odd")):
        control.steer(store, run_id, command)
    wait_until(lambda: not store.open_commands(run_id))
    behaviour.fatal = True
    behaviour.goes_on.set()
    assert workspace.wait_until_over(store, run_id) == "failed"
    assert "refused the key (401)" in store.state(run_id).reason
    assert searched.command("resume", run_id)[0] == 1
    if method == "ape":  # a screen is the same whatever the method
        await look_at_all_screens(searched)
    behaviour.fatal = False
    assert searched.command("resume", run_id)[0] == 0
    # A likelihood that this server does not have, found out before it is paid for.
    workspace.toml(f'{configuration}\nscore = "log_probability"\n', "likelihood.toml")
    assert searched.command("run", "likelihood.toml")[0] == 1

    for each in (whole, run_id):
        for option in ("--json", "--events", "--candidates=100"):
            assert searched.command("show", each, option)[0] == 0
    for arguments in (
        ("list",),
        ("doctor",),
        ("estimate", "run.toml"),
        ("add", run_id, "late"),
        ("set", run_id, "--max-calls", "5"),
        ("note", run_id, "a remark"),
        ("pause", run_id),
    ):
        searched.command(*arguments)
    # What else a model has said is kept as it came, and shown with stand-ins.
    assert not any(mark in text for text in searched.shown for mark in "\x1b\x07\x9b")
    for name in FORMATS:
        assert searched.command("export", whole, "--format", name)[0] == 0
        assert searched.command("export", run_id, "--format", name, "-o", f"mine.{name}")[0] == 0

    # It was sent all the time, and what was made of it has its mark in the place of the key.
    assert behaviour.said > 100
    assert "[key]" in "".join(searched.shown)
    texts = [row[0] for row in store._rows("SELECT text FROM responses WHERE text IS NOT NULL")]
    assert all("[key]" in text and ESCAPES in text for text in texts)
    candidates = store.state(whole).candidates.values()
    assert any("[key]" in each.text for each in candidates)
    searched.check()


async def look_at_all_screens(searched: Searched) -> None:
    """Go through the workbench, screen by screen."""
    with Store() as store:
        app = WorkbenchApp(store)
        async with app.run_test(size=(160, 48), notifications=True) as pilot:
            await settle(pilot)
            searched.shown.append(screen_text(pilot))
            for row in range(len(store.runs())):
                await press(pilot, *["down"] * row, "enter")
                keys = "L escape d 4 2 G enter t 3 G enter m escape escape c escape e escape"
                for key in keys.split():
                    await press(pilot, key)
                    searched.shown.append(screen_text(pilot))
                for _ in range(6):
                    await press(pilot, "escape")
                searched.shown.append(screen_text(pilot))
    assert any("[key]" in text for text in searched.shown)
    assert any("refused the key" in text for text in searched.shown)


def test_a_placeholder_of_a_few_letters_is_no_secret(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Replies that have the word by themselves are left alone."""
    monkeypatch.setenv("OPENAI_API_KEY", "word")
    with Endpoint() as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url}
        run_id = workspace.finish(workspace.config(model), store)
    texts = [each.text for each in store.state(run_id).candidates.values()]
    assert any("word" in text for text in texts)
    assert not any("[key]" in text for text in texts)
