"""Token counts before a call is sent: for estimates, and for what a call may take at the most.

With a tokenizer of the model's own the count is its count. Without one it is estimated: a token
for every four ASCII characters and one for every other character, which is near what today's
vocabularies need for English text and for scripts beyond it. What no vocabulary exceeds is one
token a byte of UTF-8; a call's worst case is counted so where no tokenizer is known.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol

from promptopt.errors import InputError
from promptopt.named_path import is_file, named_path

PER_MESSAGE = 16
"""Tokens that a chat template puts around a message, at the most, and the beginning of a text."""

ASCII_PER_TOKEN = 4


class TokenCounter(Protocol):
    """Counts the tokens of a text."""

    exact: bool
    """Whether it counts as the model does."""

    def count(self, text: str) -> int:
        """Tokens of the text, what a template puts around it not counted."""
        ...

    def most(self, text: str) -> int:
        """Tokens that the text cannot exceed, with what a template puts around it."""
        ...


class Estimate:
    """Counts without a tokenizer."""

    exact = False

    def count(self, text: str) -> int:
        ascii_characters = sum(character < "\x80" for character in text)
        return math.ceil(ascii_characters / ASCII_PER_TOKEN) + len(text) - ascii_characters

    def most(self, text: str) -> int:
        return len(text.encode("utf-8", "surrogatepass")) + PER_MESSAGE


class Tokenizer:
    """Counts with a tokenizer in the form of the `tokenizers` library.

    A text that it has no tokens for is estimated.

    Args:
        name: the path of a `tokenizer.json`, or the name of a repository on the Hugging Face hub.

    Raises:
        InputError: there is no such file, it is no tokenizer, or the hub does not give one.
    """

    exact = True

    def __init__(self, name: str) -> None:
        import tokenizers

        path = named_path(name)
        try:
            if is_file(path):
                self._tokenizer = tokenizers.Tokenizer.from_file(str(path))
            elif path.suffix == ".json":
                raise InputError(f"there is no tokenizer file {name}")
            else:
                self._tokenizer = tokenizers.Tokenizer.from_pretrained(name)
        except InputError:
            raise
        except Exception as error:  # the library raises plain Exception
            where = (
                f"the file {path} is no tokenizer"
                if is_file(path)
                else (f"the tokenizer {name} cannot be had from the hub")
            )
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"{where}: {reason}; name a tokenizer.json or a hub repository, or leave "
                "tokenizer out to have tokens estimated"
            ) from error
        self._tokenizer.no_truncation()

    def count(self, text: str) -> int:
        ids = self._ids(text)
        return Estimate().count(text) if ids is None else ids

    def most(self, text: str) -> int:
        ids = self._ids(text)
        return Estimate().most(text) if ids is None else ids + PER_MESSAGE

    def _ids(self, text: str) -> int | None:
        """How many there are; None for a text that a vocabulary without an unknown token lacks."""
        try:
            return len(self._tokenizer.encode(text, add_special_tokens=False).ids)
        except Exception:  # the library raises plain Exception
            return None


@lru_cache(maxsize=8)
def token_counter(name: str | None) -> TokenCounter:
    """The counter of a tokenizer by its name; the estimate for None.

    Raises:
        InputError: see `Tokenizer`.
    """
    return Estimate() if name is None else Tokenizer(name)
