from __future__ import annotations

import copy
import csv
import io
import json
import re
import tomllib
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.results.candidates import ranked
from promptopt.results.export import FORMATS, SUFFIXES, export_text
from promptopt.results.export.markdown_format import fenced, inline
from promptopt.results.statistics import stored_difference
from promptopt.results.visible import visible
from promptopt.runs.state import RunState, candidate_name
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

from .played_run import PROPOSALS, SEED_PROMPT, Script, play_run

HOSTILE = "[/INST] \x1b[2J \u202etxt.\u2066 <b>*bold*</b> ````\n| a | b |\n```\r\n\tend  "


def test_text_is_the_instruction_and_nothing_else(store: Store) -> None:
    state = store.state(play_run(store))
    assert export_text(state, "text") == PROPOSALS[1]
    assert export_text(state, "text", "seed") == SEED_PROMPT
    assert export_text(state, "text", 3) == PROPOSALS[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunState, Task]:
    with Store(tmp_path_factory.mktemp("store") / "promptopt.db") as store:
        run = play_run(store)
        return store.state(run), store.task(run)


any_text = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\n\r\t\x00\x1b\x85\u2028\ufeff\"'{}#,:|\\")
)


@given(text=any_text)
@example(text=HOSTILE)
@example(text="  spaces around \n\n")
@example(text="日本語 👩‍💻")
@example(text="null")
@example(text="- a\n - b\n\n\n")
@example(text="\r")
def test_what_is_exported_reads_back_identical(text: str, played: tuple[RunState, Task]) -> None:
    before, task = played
    state = copy.copy(before)
    best = before.best
    assert best is not None
    state.candidates = before.candidates | {best.id: msgspec.structs.replace(best, text=text)}
    assert export_text(state, "text") == text
    exported = {name: export_text(state, name, task=task) for name in FORMATS}
    value = json.loads(exported["json"])
    assert value["prompt"] == text
    assert yaml.safe_load(exported["yaml"]) == value
    assert tomllib.loads(exported["toml"]) == _without_null(value)
    (message,) = json.loads(exported["messages"])
    assert message == {"role": "user", "content": exported["full"]}
    rows = list(csv.DictReader(io.StringIO(exported["csv"], newline="")))
    assert [row["prompt"] for row in rows if row["id"] == candidate_name(best.id)] == [text]


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(each) for key, each in value.items() if each is not None}
    return [_without_null(each) for each in value] if isinstance(value, list) else value


def test_csv_has_all_candidates_and_their_numbers(store: Store) -> None:
    state = store.state(play_run(store))
    rows = list(csv.DictReader(io.StringIO(export_text(state, "csv"), newline="")))
    assert [row["id"] for row in rows] == [candidate_name(each.id) for each in ranked(state)]
    first = rows[0]
    assert (first["id"], first["status"], first["operation"]) == ("c002", "winner", "forward")
    assert (float(first["test_score"]), int(first["test_n"])) == (0.9, 60)
    assert [row["test_score"] for row in rows[1:]].count("") == len(rows) - 2  # and the seed prompt


def test_messages_of_a_task_with_a_second_turn(store: Store) -> None:
    played = play_run(store)
    task = msgspec.structs.replace(store.task(played), final_turn="Only the letter.")
    messages = json.loads(export_text(store.state(played), "messages", task=task))
    assert [each["role"] for each in messages] == ["user", "assistant", "user"]
    assert messages[2]["content"] == "Only the letter."


def test_json_has_numbers_and_provenance(store: Store) -> None:
    run = play_run(store)
    exported = json.loads(export_text(store.state(run), "json", task=store.task(run)))
    assert exported["id"] == "c002"
    assert exported["is_winner"] is True
    assert (exported["test"]["score"], exported["test"]["n"]) == (0.9, 60)
    assert exported["seed_prompt"]["test"]["score"] == 0.5
    assert exported["run"]["id"] == run
    assert exported["run"]["metric"] == "exact_match"
    assert exported["run"]["task_model"] == "local"
    assert exported["usage"]["calls"] == 266
    assert exported["lineage"] == [{"id": "c002", "operation": "forward", "text": PROPOSALS[1]}]
    assert "{instruction}" in exported["template"]["layout"]
    assert "template" not in json.loads(export_text(store.state(run), "json"))


ABLATION = Script(
    preset="gpo-no-control",
    settings={"schedule": "none", "note": "a|b"},
    edits={2: (9, 10, "kept")},
)


def test_structured_formats_have_preset_settings_and_difference(store: Store) -> None:
    run = play_run(store, ABLATION)
    difference = stored_difference(store, run, 2, 0, "test")
    texts = {
        name: export_text(store.state(run), name, difference=difference)
        for name in ("json", "yaml", "toml")
    }
    value = json.loads(texts["json"])
    for read in (value, yaml.safe_load(texts["yaml"]), tomllib.loads(texts["toml"])):
        assert read["run"]["preset"] == "gpo-no-control"
        assert read["run"]["settings"] == {"schedule": "none", "note": "a|b"}
        assert read["difference"]["mean"] == pytest.approx(0.4)
        assert read["difference"]["interval"] == [pytest.approx(17 / 60), pytest.approx(32 / 60)]
    plain = json.loads(export_text(store.state(play_run(store)), "json"))
    assert (plain["run"]["preset"], plain["run"]["settings"]) == (None, {})
    assert plain["difference"] is None


def test_markdown_has_preset_settings_and_edits(store: Store) -> None:
    report = export_text(store.state(play_run(store, ABLATION)), "markdown")
    assert "- method: ape \\(preset gpo-no-control\\), seed 0\n" in report
    assert "- settings other than the method's own: schedule = none, note = a\\|b\n" in report
    assert "in step 0, 9 words from its parent of 10 words allowed (kept)\n" in report


def test_markdown_tells_the_whole_story(store: Store) -> None:
    run = play_run(store)
    state = store.state(run)
    report = export_text(state, "markdown", difference=stored_difference(store, run, 2, 0, "test"))
    assert report.startswith("# Prompt for singular\\_to\\_plural\n\n```text\n" + PROPOSALS[1])
    assert "| this prompt, c002 | .900 ±.048 n=40 | .900 ±.039 n=60 |" in report
    assert "| seed prompt, c000 | .500 ±.080 n=40 | .500 ±.065 n=60 |" in report
    assert "| gain | +.400 | +.400 |" in report
    assert "On test the best prompt beats the seed prompt by +.400 (± .064)" in report
    assert "n=60: 24 fixed, 0 broken" in report
    assert "266 calls, 3 answered from the store" in report
    assert "at no cost" in report
    assert report.endswith("\n")


def test_markdown_says_so_when_nothing_was_gained(store: Store) -> None:
    run = play_run(store, Script(right={0: 5, 1: 5, 2: 5, 3: 0, 4: 0}))
    difference = stored_difference(store, run, 2, 0, "test")
    report = export_text(store.state(run), "markdown", difference=difference)
    assert "scores just as the seed prompt does" in report
    assert "beats" not in report


def test_markdown_of_another_candidate_claims_no_win(store: Store) -> None:
    state = store.state(play_run(store))
    report = export_text(state, "markdown", "c001")
    assert "This is not the winner of the run, which is c002." in report
    assert "| gain | +.200 | — |" in report
    dropped = export_text(state, "markdown", "c003")
    assert "| gain | -.500 (not on the same examples) | — |" in dropped
    seed = export_text(state, "markdown", "seed")
    assert "| gain |" not in seed


def test_markdown_before_the_end(store: Store) -> None:
    report = export_text(store.state(play_run(store, Script(until="final"))), "markdown")
    assert "The search has not come to its end" in report
    assert "| this prompt, c002 | .900 ±.048 n=40 | — |" in report


def test_markdown_of_hostile_text(store: Store) -> None:
    script = Script(
        task="evil | task\n# <script>",
        proposals=(PROPOSALS[0], HOSTILE, *PROPOSALS[2:]),
        status="failed",
        reason="\x1b[31m | <img>",
    )
    report = export_text(store.state(play_run(store, script)), "markdown")
    assert visible(report, newlines=True) == report
    assert report.splitlines()[0] == "# Prompt for evil \\| task⏎\\# \\<script\\>"
    assert "`````text\n[/INST] ␛[2J" in report
    assert "held exactly" not in report
    assert "shown here by stand-ins" in report
    assert "<img>" not in report


@given(st.text())
def test_nothing_gets_out_of_the_fence(text: str) -> None:
    block = fenced(text)
    fence = re.match("`+", block)
    assert fence
    first, *inside, last = block.split("\n")
    assert first == fence[0] + "text"
    assert last == fence[0]
    assert "\n".join(inside) == visible(text, newlines=True)
    assert not any(fence[0] in line for line in inside)


def test_inline_text_is_inert() -> None:
    assert inline("a_b [x](y) `c` <d> | &amp;\n") == (
        "a\\_b \\[x\\]\\(y\\) \\`c\\` \\<d\\> \\| \\&amp;⏎"
    )


def test_no_best_yet(store: Store) -> None:
    state = store.state(play_run(store, Script(until="propose")))
    for name in FORMATS:
        with pytest.raises(InputError, match="no best prompt"):
            export_text(state, name)
    assert export_text(state, "text", "c001") == PROPOSALS[0]


def test_unknown_format(store: Store) -> None:
    state = store.state(play_run(store))
    with pytest.raises(InputError, match="did you mean markdown"):
        export_text(state, "markdwon")
    with pytest.raises(InputError, match="known: text, full, messages, json"):
        export_text(state, "\x1b")


def test_every_format_has_an_ending() -> None:
    assert FORMATS.keys() == SUFFIXES.keys()


def test_what_was_sent_can_be_put_together_from_every_format_but_text(
    store: Store,
) -> None:
    played = play_run(store)
    shown = (Example("cat {input}", ("cats", "kitties")), Example("dog", ("dogs",)))
    task = msgspec.structs.replace(store.task(played), demonstrations=shown)
    state = store.state(played)
    best = state.best
    assert best is not None
    whole = (
        f"Instruction: {best.text}\n\nInput: cat {{input}}\nOutput: cats\n\n"
        "Input: dog\nOutput: dogs\n\nInput: {input}\nOutput:"
    )
    assert export_text(state, "full", task=task) == whole
    value = json.loads(export_text(state, "json", task=task))
    assert value["full_prompt"] == whole
    assert value["template"]["demonstrations"] == [
        {"input": "cat {input}", "output": "cats"},
        {"input": "dog", "output": "dogs"},
    ]
    assert f"```text\n{whole}\n```" in export_text(state, "markdown", task=task)
    with pytest.raises(InputError, match="without the run's task"):
        export_text(state, "full")
