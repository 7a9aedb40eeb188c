"""Embedder: vectors of texts, for how alike they are.

From a model (an embeddings endpoint or the embedded model), or from the words alone, which
needs no model and no call. numpy is imported when the first vector is made.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from promptopt.llm.client import ModelClient
from promptopt.llm.model import Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

LEXICAL_DIMENSIONS = 512
"""Of a vector of words. So many that two words seldom share a place, and few that it is quick."""

# Words that say little about what a text is about. A weight of their own stands in for the
# inverse document frequency, which would change a vector with every text that is added.
_common_words = (
    "a an and are as at be by can do for from has have how if in into is it its of on or so that "
    "the their them then these they this to was what when which will with you your"
)
_common = frozenset(_common_words.split())
COMMON_WEIGHT = 0.2


class Embedder(Protocol):
    """Gives vectors."""

    async def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text, float64, all of one length; the same text has the same one.

        Zeros where there is none: such a text is like no other.
        """
        ...


class LexicalEmbedder:
    """Vectors of the words and the pairs of neighbouring words, hashed to fixed places."""

    def __init__(self) -> None:
        self._known: dict[str, Vector] = {}

    async def vectors(self, texts: Sequence[str]) -> list[Vector]:
        import numpy as np

        for text in texts:
            if text not in self._known:
                self._known[text] = np.array(lexical_vector(text))
        return [self._known[text] for text in texts]


class ModelEmbedder:
    """Vectors of a model. Each text is asked for once; the stored replies keep it over resumes.

    Args:
        client: a model in the role "embedder", which has embeddings.
    """

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self._known: dict[str, Vector] = {}

    async def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """See `Embedder`. A text whose call failed, as one that is too long, has zeros.

        Raises:
            BudgetExhausted: the calls do not reach.
            FatalError: the endpoint has no embeddings, or will not answer.
        """
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        # Those that were sent are paid for, so they are waited for whatever becomes of others.
        told = await asyncio.gather(*map(self._ask, new), return_exceptions=True)
        for text, numbers in zip(new, told, strict=True):
            if isinstance(numbers, BaseException):
                raise numbers
            self._known[text] = np.array(numbers, dtype=np.float64)
        length = max((len(self._known[text]) for text in texts), default=0)
        return [
            self._known[text] if len(self._known[text]) == length else np.zeros(length)
            for text in texts
        ]

    async def _ask(self, text: str) -> tuple[float, ...]:
        if not text.strip():
            return ()
        reply = await self._client.ask(
            Request(self._client.model.identity, "embedding", text, 0.0, 1.0, 1)
        )
        return reply.response.numbers if reply.response else ()


def cosine(one: Vector, other: Vector) -> float:
    """The cosine similarity of two vectors of one length, in [-1, 1]; 0 if one is all zeros."""
    lengths = math.sqrt(float(one @ one) * float(other @ other))
    return max(-1.0, min(1.0, float(one @ other) / lengths)) if lengths else 0.0


def lexical_vector(text: str, dimensions: int = LEXICAL_DIMENSIONS) -> list[float]:
    """The vector of a text's words and pairs of words.

    A term that stands n times in it adds 1 + ln n, weighted, at its place and with its sign,
    both of which follow from a hash (Weinberger et al. 2009).
    """
    words = re.findall(r"\w+", text.lower())
    terms = Counter(words)
    terms.update(f"{first} {second}" for first, second in itertools.pairwise(words))
    vector = [0.0] * dimensions
    for term, count in terms.items():
        common = all(word in _common for word in term.split())
        weight = (COMMON_WEIGHT if common else 1.0) * (1 + math.log(count))
        digest = int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")
        vector[(digest >> 1) % dimensions] += weight if digest & 1 else -weight
    return vector
