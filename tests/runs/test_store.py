from __future__ import annotations

import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.errors import DamagedRunError, InputError, StoreError
from promptopt.llm.spend import Known, Spend
from promptopt.runs import control, schema
from promptopt.runs.commands import Add, Pause, Remark, SetLimit, Stop, Unpause, Veto
from promptopt.runs.events import CandidateAdded, CandidateVetoed, Paused, StageStarted
from promptopt.runs.store import Command, Prediction, Store, writable

from ..llm.asking import small_task
from ..workspace import Workspace

TASK = small_task()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "new" / "promptopt.db") as opened:
        yield opened


VERSION_1 = Path(__file__).with_name("store_version_1.sql")
"""An interrupted run as the first version of the store had it."""


def old_store(folder: Path) -> Path:
    """A store of version 1, with a run in it whose engine was killed."""
    path = folder / "promptopt.db"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    connection.close()
    return path


def run_sql(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


# Opening


def test_file_and_folder_are_made(store: Store) -> None:
    assert store.path.is_file()
    assert store.runs() == []


def test_opening_again_keeps_what_is_there(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    with Store(store.path) as other:
        assert [run.id for run in other.runs()] == [run_id]
        assert other.task(run_id) == TASK


def test_a_newer_store_is_refused(store: Store) -> None:
    newer = schema.VERSION + 1
    run_sql(store.path, f"PRAGMA user_version = {newer}")
    told = rf"newer promptopt \(store version {newer}, .* update promptopt"
    with pytest.raises(StoreError, match=told):
        Store(store.path)


@pytest.mark.parametrize("version", [0, -1])
def test_a_store_that_has_lost_its_version_is_damaged(store: Store, version: int) -> None:
    run_sql(store.path, f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=r"promptopt\.db is damaged: it has no version; move it"):
        Store(store.path)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE notes (text TEXT)"],
        ["PRAGMA application_id = 7", "CREATE TABLE notes (text TEXT)"],
        ["PRAGMA user_version = 3", "CREATE TABLE notes (text TEXT)"],
    ],
)
def test_the_database_of_another_program_is_left_alone(
    tmp_path: Path, statements: list[str]
) -> None:
    path = tmp_path / "promptopt.db"
    run_sql(path, *statements)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a database of another program"):
        Store(path)
    assert path.read_bytes() == before


def test_a_store_of_version_1_is_brought_to_this_one(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    tables = ("events", "predictions", "commands")
    with sqlite3.connect(path) as connection:
        before = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        replies = connection.execute("SELECT * FROM responses ORDER BY id").fetchall()
        runs = connection.execute("SELECT id, created_at, config, task FROM runs").fetchall()
        (calls,) = connection.execute("SELECT calls_sent FROM runs").fetchone()
        sums = "SELECT sum(prompt_tokens), sum(completion_tokens) FROM responses"
        prompt, completion = connection.execute(sums).fetchone()
    connection.close()
    with Store(path) as store:
        assert store._rows("PRAGMA user_version") == [(schema.VERSION,)]
        assert {name: store._rows(f"SELECT * FROM {name}") for name in tables} == before
        assert store._rows("SELECT * FROM runs") == runs
        # What a reply has cost is what was told of it; of money nobody knows.
        assert store._rows("SELECT * FROM responses ORDER BY id") == [
            (*reply, None, (reply[9] or 0) + (reply[10] or 0), 0) for reply in replies
        ]
        (run,) = store.runs()
        assert store.calls_sent(run.id) == calls > 0
        assert store.spent(run.id) == Spend(calls, prompt + completion, 0)
        # Nobody has written down which calls were lost.
        assert store.known(run.id) == Known(store.spent(run.id), prompt, completion)
        assert prompt > 0
        assert not store.knows_money(run.id)
        assert store.task(run.id).seed_prompt == "Answer the question."
        assert store.task(run.id).final_turn == ""
        assert len(store.state(run.id).candidates) == 4
        found = store.response(run.id, replies[0][2], replies[0][3])
        assert found is not None
        assert (found.id, found.numbers) == (replies[0][0], ())
    # A second opening finds nothing to do.
    with Store(path) as store:
        assert len(store.runs()) == 1


def test_an_old_store_and_a_new_one_have_the_same_tables(tmp_path: Path, store: Store) -> None:
    def columns(opened: Store) -> dict[str, list[tuple[object, ...]]]:
        names = [name for (name,) in opened._rows("SELECT name FROM sqlite_master ORDER BY name")]
        return {name: opened._rows(f"PRAGMA table_info({name})") for name in names}

    with Store(old_store(tmp_path)) as old:
        assert columns(old) == columns(store)


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_store(tmp_path)
    good = schema._migrations
    version = schema.VERSION + 1
    monkeypatch.setattr(schema, "VERSION", version)
    bad = ("ALTER TABLE nowhere ADD COLUMN x",)
    monkeypatch.setattr(schema, "_migrations", {**good, version: bad})
    with pytest.raises(StoreError, match="cannot use"):
        Store(path)
    monkeypatch.undo()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        names = [row[1] for row in connection.execute("PRAGMA table_info(responses)")]
        assert "numbers" not in names
    connection.close()
    with Store(path) as store:
        assert len(store.runs()) == 1


def test_a_run_of_version_1_goes_on(workspace: Workspace) -> None:
    """What it has paid for is not asked again."""
    workspace.home.mkdir(parents=True)
    old_store(workspace.home)
    store = workspace.store()
    (run,) = store.runs()
    known = store._rows("SELECT id, key FROM responses WHERE role = 'task'")
    predicted = store._rows("SELECT * FROM predictions WHERE candidate = 0")
    assert len(predicted) == 3
    control.resume(store, run.id)
    assert workspace.wait_until_over(store, run.id) == "done"
    assert (
        store._rows("SELECT id, key FROM responses WHERE role = 'task' AND id <= ?", known[-1][0])
        == known
    )
    # The seed prompt's predictions still point to the replies that it got then.
    again = store._rows("SELECT * FROM predictions WHERE candidate = 0 AND split = 'dev'")
    assert set(predicted) <= set(again)
    assert len(again) == 6


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" * 9])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot use .*promptopt\.db as a store.*PROMPTOPT_HOME"):
        Store(path)
    assert path.read_bytes() == content


def test_a_damaged_file(store: Store) -> None:
    for _ in range(50):
        store.create_run(TASK, "ape", '{"filler": "' + "x" * 2000 + '"}')
    store.close()
    data = bytearray(store.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    store.path.write_bytes(data)
    for suffix in ("-wal", "-shm"):
        Path(f"{store.path}{suffix}").unlink(missing_ok=True)

    def use() -> None:
        with Store(store.path) as damaged:
            damaged.runs()

    with pytest.raises(StoreError, match=r"promptopt\.db"):
        use()


@pytest.mark.parametrize("name", [".", "file/promptopt.db"])
def test_a_path_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open the store"):
        Store(tmp_path / name)


def test_many_processes_open_a_new_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    code = (
        "import sys; from pathlib import Path; from promptopt.runs.store import Store\n"
        "from tests.llm.asking import small_task\n"
        "sys.stdin.readline()\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    for _ in range(5): print(store.create_run(small_task(), 'ape', '{}'))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert [error for _, error in outcomes] == [""] * 4
    made = [name for out, _ in outcomes for name in out.split()]
    assert sorted(made) == sorted(f"small-ape-{number}" for number in range(1, 21))
    with Store(path) as store:
        assert {run.id for run in store.runs()} == set(made)


def test_writable(tmp_path: Path) -> None:
    assert writable(tmp_path / "a" / "b" / "promptopt.db")
    (tmp_path / "file").write_text("")
    assert not writable(tmp_path / "file" / "promptopt.db")


# Runs and their names


def test_runs_get_names_that_count(store: Store) -> None:
    names = [store.create_run(TASK, "ape", "{}") for _ in range(3)]
    assert names == ["small-ape-1", "small-ape-2", "small-ape-3"]
    store.create_run(TASK, "ape", "{}", name="small-ape-9")
    assert store.create_run(TASK, "ape", "{}") == "small-ape-10"
    assert store.create_run(small_task(name="sm_ll"), "ape", "{}") == "sm-ll-ape-1"


@pytest.mark.parametrize(
    ("name", "run_id"),
    [
        ("Large Animal!", "large-animal-ape-1"),
        ("日本", "task-ape-1"),
        ("x" * 50, "x" * 32 + "-ape-1"),
        ("100%_'; --", "100-ape-1"),
    ],
)
def test_names_are_easy_to_type(store: Store, name: str, run_id: str) -> None:
    assert store.create_run(small_task(name=name), "ape", "{}") == run_id


def test_a_name_that_is_taken(store: Store) -> None:
    store.create_run(TASK, "ape", "{}", name="mine")
    with pytest.raises(InputError, match="there is a run named mine already"):
        store.create_run(TASK, "ape", "{}", name="mine")
    assert len(store.runs()) == 1


def test_find_run(store: Store) -> None:
    with pytest.raises(InputError, match="there are no runs yet"):
        store.find_run("last")
    for name in ("alpha", "alpha-2", "beta"):
        store.create_run(TASK, "ape", "{}", name=name)
    assert store.find_run("alpha").id == "alpha"
    assert store.find_run("alpha-").id == "alpha-2"
    assert store.find_run("b").id == "beta"
    assert store.find_run("last").id == "beta"
    with pytest.raises(InputError, match="'al' could be alpha-2, alpha; give more of the name"):
        store.find_run("al")
    for name in ("gamma", "", "%", "a_pha"):
        with pytest.raises(InputError, match="there is no run named"):
            store.find_run(name)


def test_an_unknown_run_has_no_task(store: Store) -> None:
    with pytest.raises(StoreError, match="no run named 'x'"):
        store.task("x")


def test_a_damaged_task(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    run_sql(store.path, "UPDATE runs SET task = '{'")
    with pytest.raises(StoreError, match="the task of run small-ape-1 is damaged"):
        store.task(run_id)


# Events


def test_events_are_numbered_per_run(store: Store) -> None:
    first, second = (store.create_run(TASK, "ape", "{}") for _ in range(2))
    for run_id in (first, second, first):
        store.append_event(run_id, Paused(), at=5.0)
    assert [(each.seq, each.at, each.event) for each in store.events(first)] == [
        (1, 5.0, Paused()),
        (2, 5.0, Paused()),
    ]
    assert [each.seq for each in store.events(first, after=1)] == [2]
    assert [each.seq for each in store.events(first, limit=1)] == [1]
    assert list(store.events("unknown")) == []


@pytest.mark.parametrize("text", ["{", '{"kind": "from_the_future"}', '{"kind": "run_ended"}'])
def test_a_damaged_event(store: Store, text: str) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    store.append_event(run_id, Paused())
    store._rows("UPDATE events SET event = ?", text)
    with pytest.raises(StoreError, match="event 1 of run small-ape-1 is damaged"):
        store.state(run_id)


def test_another_process_sees_events_as_they_are_committed(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    with Store(store.path) as viewer:
        state = viewer.state(run_id)
        store.begin()
        store.append_event(run_id, CandidateAdded(0, "seed", "seed", 0))
        assert viewer.catch_up(state) == 0
        store.commit()
        assert viewer.catch_up(state) == 1
        assert state.candidates[0].text == "seed"
        store.append_event(run_id, StageStarted("a", 0, 1))
        store.append_event(run_id, StageStarted("b", 0, 1))
        assert viewer.catch_up(state, limit=1) == 1
        assert state.stage == "a"
        assert viewer.catch_up(state) == 1
        assert state.stage == "b"


@pytest.mark.parametrize("missing", [1, 3, 4])
def test_an_event_that_is_missing_is_noticed(store: Store, missing: int) -> None:
    """Of a run that is watched as well, whose state stays as it was before it."""
    run_id, other = (store.create_run(TASK, "ape", "{}") for _ in range(2))
    watching = store.state(run_id)
    for number in range(5):
        for each in (run_id, other):
            store.append_event(each, StageStarted(f"stage {number + 1}", 0, 1))
    store._rows("DELETE FROM events WHERE run_id = ? AND seq = ?", run_id, missing)
    told = f"event {missing} of run {run_id} is missing; the run is damaged"
    with pytest.raises(DamagedRunError, match=told):
        store.state(run_id)
    with pytest.raises(DamagedRunError, match=told):
        store.catch_up(watching)
    assert (watching.last_seq, watching.stages) == (missing - 1, missing - 1)
    assert store.state(other).stages == 5


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_events_are_read_in_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    for number in range(12):
        store.append_event(run_id, StageStarted(f"stage {number}", 0, 1))
    asked: list[object] = []
    rows = store._rows

    def noted(sql: str, *values: object) -> list[tuple[object, ...]]:
        found = rows(sql, *values)
        asked.append(len(found))
        return found

    monkeypatch.setattr(store, "_rows", noted)
    monkeypatch.setattr("promptopt.runs.store_events.EVENTS_AT_ONCE", at_once)
    for after, limit in (
        (0, None),
        (0, 12),
        (0, 7),
        (5, None),
        (5, 6),
        (11, 3),
        (12, None),
        (0, 0),
    ):
        last = 12 if limit is None else min(12, after + limit)
        found = [each.seq for each in store.events(run_id, after, limit)]
        assert found == list(range(after + 1, last + 1))
    assert max(asked) <= at_once  # type: ignore[type-var]
    assert store.state(run_id).stages == 12


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")

    def broken() -> None:
        with store.transaction():
            store.append_event(run_id, Paused())
            with store.transaction():
                store.count_sent(run_id, 1)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        broken()
    assert list(store.events(run_id)) == []
    assert store.calls_sent(run_id) == 0


def test_what_a_run_has_spent_adds_up(store: Store) -> None:
    run_id, other = (store.create_run(TASK, "ape", "{}") for _ in range(2))
    store.count_sent(run_id, 1, 300, 5_000)
    store.count_sent(run_id, 0, -100, -2_000)
    store.count_sent(run_id, 1)
    assert store.spent(run_id) == Spend(2, 200, 3_000)
    assert store.spent(other) == store.spent("nobody's") == Spend()
    store.write_known(run_id, Known(Spend(1, 50, 1_000), 30, 20))
    assert store.known(run_id) == Known(Spend(1, 50, 1_000), 30, 20)
    assert store.known(other) == store.known("nobody's") == Known()
    assert store.spent(run_id) == Spend(2, 200, 3_000)
    assert store.knows_money(run_id)


# Responses and predictions


def respond(store: Store, run_id: str, key: bytes, sample: int = 0, **values: object) -> int:
    given = {"role": "task", "request": None, "text": "cats"} | values
    return store.add_response(run_id, key, sample, **given)  # type: ignore[arg-type]


def test_a_full_disk_is_explained_and_leaves_nothing(store: Store) -> None:
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="could not be read or written: database or disk is full"):
        store.create_run(small_task(), "ape", "x" * 1_000_000)
    assert not store._db.in_transaction
    assert store.runs() == []


def test_what_breaks_a_transaction_is_told_even_if_sqlite_has_taken_it_back(store: Store) -> None:
    def broken() -> None:
        with store.transaction():
            store._db.execute("ROLLBACK")
            raise ValueError("the cause")

    with pytest.raises(ValueError, match="the cause"):
        broken()


def test_responses_belong_to_a_run_a_question_and_a_sample(store: Store) -> None:
    first, second = (store.create_run(TASK, "ape", "{}") for _ in range(2))
    row = respond(store, first, b"k", 0, prompt_tokens=5, completion_tokens=2, attempts=3)
    found = store.response(first, b"k", 0)
    assert found is not None
    assert (found.id, found.text, found.error, found.attempts) == (row, "cats", None, 3)
    assert store.response(second, b"k", 0) is None
    assert store.response(first, b"k", 1) is None
    assert store.response(first, b"K", 0) is None
    respond(store, first, b"k", 1, prompt_tokens=None, completion_tokens=1)
    with pytest.raises(StoreError):
        respond(store, first, b"k", 0)


def test_numbers_come_back_to_the_last_bit(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    numbers = (-0.1, -1e-300, 0.1 + 0.2, -100.0, 1 / 3)
    respond(store, run_id, b"k", text="", numbers=numbers)
    found = store.response(run_id, b"k", 0)
    assert found is not None
    assert found.numbers == numbers
    ((blob,),) = store._rows("SELECT numbers FROM responses")
    assert blob == struct.pack("<5d", *numbers)
    respond(store, run_id, b"k", 1)
    without = store.response(run_id, b"k", 1)
    assert without is not None
    assert without.numbers == ()


def test_texts_come_back_as_they_were(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    for number, text in enumerate(["", "a\0b", "\x1b[2J", "é\n𝄞", "'; DROP TABLE runs; --"]):
        respond(store, run_id, b"k", number, text=text)
        found = store.response(run_id, b"k", number)
        assert found is not None
        assert found.text == text


def test_predictions(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    good = respond(store, run_id, b"a")
    bad = respond(store, run_id, b"b", text=None, error="filtered")
    store.add_predictions(run_id, 3, "dev", [(7, bad, None), (2, good, 1.0)])
    assert store.predictions(run_id, 3, "dev") == [
        Prediction(3, "dev", 2, "cats", None, 1.0),
        Prediction(3, "dev", 7, None, "filtered", None),
    ]
    # Told again by a replay, it stands once.
    store.add_predictions(run_id, 3, "dev", [(2, good, 1.0)])
    assert len(store.predictions(run_id, 3, "dev")) == 2
    assert store.predictions(run_id, 3, "test") == []
    # Forgotten failures take their predictions with them.
    assert store.forget_failures(run_id) == 1
    assert store.response(run_id, b"b", 0) is None
    assert [each.example for each in store.predictions(run_id, 3, "dev")] == [2]
    assert store.forget_failures(run_id) == 0


def test_what_was_sent_for_a_prediction_in_two_turns(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    one, two = respond(store, run_id, b"a"), respond(store, run_id, b"b", request="[user] …")
    store.add_predictions(run_id, 3, "dev", [(0, one, 1.0), (1, two, 1.0)])
    assert store.transcript(run_id, 3, "dev", 0) is None
    assert store.transcript(run_id, 3, "dev", 1) == "[user] …"
    assert store.transcript(run_id, 3, "test", 1) is None


# Commands


def test_commands(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    other = store.create_run(TASK, "ape", "{}")
    first = store.send_command(run_id, Pause())
    second = store.send_command(run_id, Unpause())
    elsewhere = store.send_command(other, Stop())
    assert store.open_commands(run_id) == [Command(first, Pause()), Command(second, Unpause())]
    assert not store.is_taken(first)
    store.take_commands(run_id, first)
    assert store.is_taken(first)
    assert not store.is_taken(second)
    store.take_commands(run_id, elsewhere)
    assert store.open_commands(run_id) == []
    assert store.open_commands(other) == [Command(elsewhere, Stop())]
    assert not store.is_taken(12345)


def test_commands_with_arguments_and_what_answers_them(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    asked = [Add('Say "hi" — now.\n', parent=3), Veto(7), SetLimit("max_usd", 0.5), Remark("", 1)]
    ids = [store.send_command(run_id, each) for each in asked]
    assert [each.command for each in store.open_commands(run_id)] == asked
    store.append_event(run_id, CandidateVetoed(7, "text", 0, command=ids[1]))
    # What is not taken is not answered, and an answer belongs to its own command.
    assert store.answer(run_id, ids[1]) is None
    store.take_commands(run_id, ids[1])
    assert store.answer(run_id, ids[1]) == CandidateVetoed(7, "text", 0, command=ids[1])
    assert store.answer(run_id, ids[0]) is None


def test_commands_of_an_earlier_version_and_damaged_ones(store: Store) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    store._rows("INSERT INTO commands (run_id, at, command) VALUES (?, 0, 'stop')", run_id)
    assert [each.command for each in store.open_commands(run_id)] == [Stop()]
    store._rows("UPDATE commands SET command = 'explode'")
    with pytest.raises(StoreError, match="a command in the store is damaged"):
        store.open_commands(run_id)


def test_a_locked_store_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = store.create_run(TASK, "ape", "{}")
    with Store(store.path) as other:
        other._db.execute("PRAGMA busy_timeout = 1")
        store.begin()
        store.append_event(run_id, Paused())
        with pytest.raises(StoreError, match="could not be read or written: database is locked"):
            other.append_event(run_id, Paused())
        with pytest.raises(StoreError, match="database is locked"):
            other.create_run(TASK, "ape", "{}")
        store.commit()
        other.append_event(run_id, Paused())
        assert [each.seq for each in other.events(run_id)] == [1, 2]
