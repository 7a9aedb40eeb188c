from __future__ import annotations

from pathlib import Path

from promptopt.metrics import METRICS
from promptopt.tasks.describe import describe, description_lines
from promptopt.tasks.splits import SplitSizes, draw_splits
from tests.tasks.files import load, write


def test_what_was_understood(tmp_path: Path) -> None:
    rows = "".join(f"text {n},{'yes' if n % 4 else 'no'}\n" for n in range(40))
    path = write(tmp_path / "d.csv", "sentence,label\n" + rows + "Text 1,yes|ja\n")
    dataset = load(path)
    splits = draw_splits(dataset, SplitSizes(test=20), 3)
    description = describe(dataset, splits)
    assert description.counts == {"train": 5, "dev": 15, "test": 20}
    assert description.removed == {"train": 0, "dev": 0, "test": 0, "pool": 1}
    assert description.first["dev"] == splits.dev[:3]
    shown = [*splits.train, *splits.dev]
    yes = sum(each.references[0] == "yes" for each in shown)
    several = sum(len(each.references) > 1 for each in shown)
    assert description.answers == {"yes": yes, "no": 20 - yes}
    assert description.several_answers == several
    lines = description_lines(description)
    assert lines[:7] == [
        "task     d",
        f"source   {path}",
        "format   CSV: input from sentence, output from label",
        f"metric   exact_match: {METRICS['exact_match']}",
        "splits   train 5, dev 15, test 20",
        "removed  duplicates: pool 1",
        f"answers  2 different in 20 examples of train and dev: 'yes' {yes}, 'no' {20 - yes}"
        + ("; 1 examples accept several" if several else ""),
    ]
    assert lines[7].startswith("note     Answers are separated by '|'")
    assert lines[8].startswith("note     1 input stands more than once")
    at = lines.index("dev: first 3")
    assert lines[at + 1] == f"  input   {splits.dev[0].input}"
    assert lines[at + 2].startswith(f"  answer  {splits.dev[0].references[0]}")
    assert not any(line.startswith("test:") for line in lines)


def test_long_texts_choices_and_what_is_left_over(tmp_path: Path) -> None:
    rows = [
        {"question": f"{n} " + "long " * 100, "choices": ["x", "y"], "answer": "x"}
        for n in range(400)
    ]
    dataset = load(write(tmp_path / "d.json", rows))
    lines = description_lines(describe(dataset, draw_splits(dataset, SplitSizes(), 0)))
    assert "unused   168 examples; set sizes of splits to use them" in lines
    assert "removed  no duplicates" in lines
    assert lines.count("  choices x | y") == 6
    assert all(len(line) <= 170 for line in lines if line.startswith("  input"))
