from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from promptopt.metrics import scorer
from promptopt.tasks.example import Example
from promptopt.tasks.folder import tasks_in
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
        ("number", "-24", ("24",), 0),
        ("number", "1.5", ("15",), 0),
        ("number", "2 + 2 = 4, so the answer is 4.00. Is it 5?", ("4",), 1),
        ("number", "That makes $1,500", ("1500",), 1),
        ("number", "seven", ("7", "8"), 1),
        ("number", "I cannot say", ("7",), 0),
        ("boolean", "Yes, they do, although it is no great matter", ("Yes",), 1),
        ("boolean", "No. Yes would be wrong", ("Yes",), 0),
        ("boolean", "The argument is not valid", ("invalid",), 1),
        ("boolean", "The answer is yes", ("valid",), 1),
        ("boolean", "It depends", ("False",), 0),
        ("brackets", "So it ends with ]) .", ("] )",), 1),
        ("brackets", ") ]", ("] )",), 0),
        ("word_list", "1. ant\n2. bee\n3. cat", ("ant bee cat",), 1),
        ("word_list", "Sorted: ant, cat, bee", ("ant bee cat",), 0),
        ("rouge_l", "the cat sat", ("a dog ran", "the cat then sat"), 6 / 7),
        ("rouge_l_mean", "the cat sat", ("a dog ran", "the cat then sat"), 3 / 7),
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


def test_an_option_that_stands_twice_is_right_under_both_letters() -> None:
    example = Example("colour?", ("green",), ("green", "red", "green"))
    assert scorer("choice", [example]).score(["(A)", "(B)", "(C)"], [0, 0, 0]) == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("metric", ["number", "rouge_l", "rouge_l_mean", "word_list"])
def test_rows_hold_for_the_other_metrics_too(metric: str) -> None:
    examples = [Example("q", ("1",)), Example("q", ("2", "3")), Example("q", ("4",))]
    prepared = scorer(metric, examples)
    most = 0.5 if metric == "rouge_l_mean" else 1.0
    assert prepared.score(["4", "2", "4", "3", "1"], [2, 1, 0, 1, 0]) == [1.0, most, 0.0, most, 1.0]
    assert prepared.score([], []) == []
    for wrong in ([0], [0, 3], [-1, 0]):
        with pytest.raises(ValueError, match="row"):
            prepared.score(["1", "1"], wrong)


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


def test_nearest_true() -> None:
    example = Example("q", ("The sky is blue", "It is blue"), wrong=("The sky is green",))
    prepared = scorer("nearest_true", [example])
    predictions = ["it is blue", "The sky is green.", "The sky is", "No idea"]
    assert prepared.score(predictions, [0] * 4) == [1.0, 0.0, 0.0, 0.0]


def test_every_published_answer_is_right(benchmark_data: Path) -> None:
    sources = [str(path) for path in sorted(benchmark_data.glob("bbh/*.json"))]
    for family in ("instruction_induction", "mmlu"):
        sources += [
            f"{benchmark_data / family}:{name}" for name in tasks_in(benchmark_data / family)
        ]
    sources += [str(benchmark_data / name) for name in ("gsm8k", "wsc", "webnlg", "truthfulqa")]
    assert len(sources) >= 52
    for source in sources:
        dataset = load_dataset(source)
        examples = dataset.given.get("test") or dataset.given[""]
        rows = range(len(examples))
        prepared = scorer(dataset.metric, examples)
        scores = prepared.score([each.references[0] for each in examples], rows)
        if dataset.metric == "rouge_l_mean":
            assert min(scores) > 0.2, source
        else:
            # Of two options with the same text, the text alone names none.
            twice = [len(set(each.choices)) < len(each.choices) for each in examples]
            assert [at for at in rows if scores[at] < 1 and not twice[at]] == [], source
        assert prepared.score(["~"] * len(rows), rows) == [0.0] * len(rows), source


def test_numpy_is_not_imported_before_something_is_scored() -> None:
    code = (
        "import sys; import promptopt.tasks.load, promptopt.tasks.splits, promptopt.metrics\n"
        "heavy = {'numpy', 'openai', 'httpx', 'pydantic', 'promptopt._core'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
