from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from promptopt.metrics import scorer
from promptopt.tasks.example import Example
from promptopt.tasks.load import load_dataset


def score(metric: str, prediction: str, *references: str) -> float:
    (value,) = scorer(metric, [Example("q", references)]).score([prediction], [0])
    return value


@pytest.mark.parametrize(
    ("metric", "prediction", "references", "wanted"),
    [
        ("exact_match", " Paris.\nIt is a city.", ("paris",), 1),
        ("exact_match", "big", ("large", "big"), 1),
        ("exact_match", "-24", ("24",), 0),
        ("exact_match", "1.5", ("15",), 0),
        ("token_f1", "are used for repairs", ("can be used for repairs.",), 2 / 3),
        ("token_f1", "nothing", ("else",), 0),
        ("exact_set", "spider, chicken and tortoise", ("chicken, spider, tortoise",), 1),
        ("exact_set", "spider, chicken", ("chicken, spider, tortoise",), 0),
        ("contains", "It means rest, I think", ("pillow", "rest"), 1),
        ("contains", "arrest", ("rest",), 0),
    ],
)
def test_known_scores(
    metric: str, prediction: str, references: tuple[str, ...], wanted: float
) -> None:
    assert score(metric, prediction, *references) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("prediction", "wanted"),
    [("B", 1), ("(b)", 1), ("The answer is green", 1), ("red", 0), ("A or B", 0), ("", 0)],
)
def test_choice(prediction: str, wanted: float) -> None:
    example = Example("colour?", ("green",), ("red", "green", "blue"))
    assert scorer("choice", [example]).score([prediction], [0]) == [wanted]


def test_several_options_may_be_correct() -> None:
    example = Example("colour?", ("green", "red"), ("red", "green", "blue"))
    assert scorer("choice", [example]).score(["A", "B", "C"], [0, 0, 0]) == [1.0, 1.0, 0.0]


def test_rows_say_which_example_a_prediction_answers() -> None:
    examples = [Example(f"i{n}", (f"o{n}",)) for n in range(5)]
    prepared = scorer("exact_match", examples)
    rows = [4, 0, 4, 2]
    assert prepared.score(["o4", "o1", "o3", "o2"], rows) == [1.0, 0.0, 0.0, 1.0]
    assert prepared.score([], []) == []
    for wrong in ([0], [0, 5], [-1, 0]):
        with pytest.raises(ValueError, match="row"):
            prepared.score(["o0", "o1"], wrong)


def test_references_of_several_sentences_are_compared_whole() -> None:
    long = Example("q", ("It rained. The street was wet.",))
    lines = Example("q", ("one\ntwo",))
    short = Example("q", ("Mr. Smith went to the U.S.",))
    prepared = scorer("exact_match", [long, lines, short])
    predictions = [
        "it rained, the street was wet",
        "It rained. We stayed in.",
        "One two",
        "one\nthree",
        "Mr. Smith went to the U.S.\nThen he came back.",
        "Mr. Jones",
    ]
    assert prepared.score(predictions, [0, 0, 1, 1, 2, 2]) == [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
    # 2 of 5 words and 2 of 6: precision .4, recall .333.
    assert score("token_f1", "It rained. We stayed in.", *long.references) == pytest.approx(4 / 11)


def test_every_published_answer_is_right(benchmark_data: Path) -> None:
    folder = benchmark_data / "instruction_induction"
    sources = [f"{folder}:{path.stem}" for path in (folder / "execute").glob("*.json")]
    sources += [f"{benchmark_data}/{name}" for name in ("gsm8k", "wsc", "webnlg", "mmlu:anatomy")]
    for source in sources:
        dataset = load_dataset(source)
        examples = dataset.given["test"]
        rows = range(len(examples))
        prepared = scorer(dataset.metric, examples)
        assert prepared.score([each.references[0] for each in examples], rows) == [1.0] * len(rows)
        assert prepared.score(["~"] * len(rows), rows) == [0.0] * len(rows), source


def test_numpy_is_not_imported_before_something_is_scored() -> None:
    code = (
        "import sys; import promptopt.tasks.load, promptopt.tasks.splits, promptopt.metrics\n"
        "heavy = {'numpy', 'openai', 'httpx', 'pydantic', 'promptopt._core'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
