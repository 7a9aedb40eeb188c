from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers, trainers

from promptopt.errors import InputError
from promptopt.llm.token_counts import PER_MESSAGE, Estimate, Tokenizer, token_counter


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level vocabulary of 400 tokens, as a model's own would be."""
    library = Library(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    library.train_from_iterator(["write the plural of the word"] * 50, trainer)
    library.enable_truncation(4)
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"
    library.save(str(path))
    return path


def test_a_tokenizer_counts_as_the_model_does(tokenizer_file: Path) -> None:
    counter = token_counter(str(tokenizer_file))
    assert counter.exact
    assert counter.count("write the plural of the word") == 6
    assert counter.count("") == 0
    # The file says that texts are cut at four tokens; a count is of the whole text.
    assert counter.count("xyz") == 3
    assert counter.count("xyz" * 10) == 30


@given(text=st.text(max_size=200))
def test_no_text_has_more_tokens_than_the_most(text: str, tokenizer_file: Path) -> None:
    real = Tokenizer(str(tokenizer_file)).count(text)
    assert real <= Estimate().most(text) - PER_MESSAGE
    assert Estimate().count(text) <= Estimate().most(text)


def test_the_estimate() -> None:
    estimate = token_counter(None)
    assert not estimate.exact
    assert estimate.count("") == 0
    assert estimate.count("four") == 1
    assert estimate.count("fives") == 2
    assert estimate.count("日本語") == 3
    assert estimate.most("\ud800") == 3 + PER_MESSAGE


@pytest.mark.parametrize(
    "model",
    [
        models.WordLevel({"plural": 0}, unk_token="?"),
        models.WordPiece({"plural": 0}, unk_token="?"),
    ],
)
def test_a_text_that_a_tokenizer_has_no_tokens_for_is_estimated(
    tmp_path: Path, model: models.Model
) -> None:
    library = Library(model)
    library.pre_tokenizer = pre_tokenizers.Whitespace()
    library.save(str(tmp_path / "tokenizer.json"))
    counter = Tokenizer(str(tmp_path / "tokenizer.json"))
    assert counter.count("plural plural") == 2
    assert counter.most("plural plural") == 2 + PER_MESSAGE
    text = "the plural of 日本語"
    assert counter.count(text) == Estimate().count(text)
    assert counter.most(text) == Estimate().most(text)


def test_files_that_are_no_tokenizer(tmp_path: Path) -> None:
    broken = tmp_path / "tokenizer.json"
    broken.write_text('{"model": 1}')
    with pytest.raises(InputError, match=r"tokenizer\.json is no tokenizer: .*; name a tokenizer"):
        Tokenizer(str(broken))
    with pytest.raises(InputError, match=r"there is no tokenizer file .*missing\.json"):
        Tokenizer(str(tmp_path / "missing.json"))
