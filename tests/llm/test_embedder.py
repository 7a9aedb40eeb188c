from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.llm.embedder import LexicalEmbedder, ModelEmbedder, cosine, lexical_vector
from promptopt.llm.errors import BudgetExhausted, FatalError

from .asking import asking, endpoint_model
from .endpoint import Endpoint, fails
from .likelihood_servers import embedding

TEXTS = ["abc", "abba", "Cab!"]


def test_cosine() -> None:
    one, other = np.array([3.0, 4.0]), np.array([4.0, 3.0])
    assert cosine(one, other) == pytest.approx(0.96)
    assert cosine(one, one) == 1.0
    assert cosine(one, -one) == -1.0
    assert cosine(one, np.zeros(2)) == 0.0


# Words


async def test_what_shares_words_is_alike() -> None:
    texts = [
        "Write the plural form of the noun.",
        "Write the plural of the noun",
        "Say the opposite of the word.",
        "Translate into French.",
    ]
    base, near, some, none = await LexicalEmbedder().vectors(texts)
    assert cosine(base, near) > 0.5 > cosine(base, some) > cosine(base, none)
    # Only words that say little are shared.
    assert cosine(base, some) < 0.2


async def test_order_of_words_counts_and_their_case_does_not() -> None:
    first, turned, loud = await LexicalEmbedder().vectors(
        ["dog bites man", "man bites dog", "DOG bites, man"]
    )
    assert cosine(first, loud) == pytest.approx(1.0)
    assert 0 < cosine(first, turned) < 0.9


async def test_a_text_without_words_is_like_nothing() -> None:
    empty, other = await LexicalEmbedder().vectors(["…", "words"])
    assert cosine(empty, other) == 0.0


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_vector_depends_on_its_text_alone(texts: list[str]) -> None:
    assert [lexical_vector(text) for text in texts] == [lexical_vector(text) for text in texts]
    assert all(len(lexical_vector(text, 16)) == 16 for text in texts)


def test_it_is_the_same_in_every_process_and_numpy_waits() -> None:
    code = (
        "import sys; from promptopt.llm.embedder import lexical_vector\n"
        "assert 'numpy' not in sys.modules\n"
        "print(lexical_vector('Write the plural.', 32))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told[0] == told[1] == f"{lexical_vector('Write the plural.', 32)}\n"


# A model


async def test_each_text_is_asked_for_once(tmp_path: Path) -> None:
    with Endpoint(embedding) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            embedder = ModelEmbedder(here.client)
            vectors = await embedder.vectors([*TEXTS, TEXTS[0]])
            again = await embedder.vectors(TEXTS[::-1])
            run_id = here.run_id
        assert sorted(endpoint.prompts) == sorted(TEXTS)
        assert {each.path for each in endpoint.requests} == {"/v1/embeddings"}
        # A resumed run has the vectors from the store.
        async with asking(tmp_path, endpoint_model(endpoint.url), run_id=run_id) as resumed:
            stored = await ModelEmbedder(resumed.client).vectors(TEXTS)
        assert len(endpoint.requests) == len(TEXTS)
    assert [vector.tolist() for vector in vectors] == [
        [1.0, 1.0, 1.0, 0.5],
        [2.0, 2.0, 0.0, 0.5],
        [1.0, 1.0, 0.0, 0.5],
        [1.0, 1.0, 1.0, 0.5],
    ]
    for vector, other in zip(vectors[:3], reversed(again), strict=True):
        assert vector is other
    for vector, other in zip(vectors[:3], stored, strict=True):
        assert vector.tolist() == other.tolist()


async def test_a_text_that_is_too_long_or_empty_is_like_nothing(tmp_path: Path) -> None:
    with Endpoint(embedding) as endpoint:
        endpoint.script.extend(
            [embedding, fails(500, "input (900 tokens) is too large to process")]
        )
        async with asking(tmp_path, endpoint_model(endpoint.url), concurrency=1) as here:
            vectors = await ModelEmbedder(here.client).vectors(["abc", "long", " "])
    assert [vector.shape for vector in vectors] == [(4,)] * 3
    assert not vectors[1].any()
    assert not vectors[2].any()
    assert len(endpoint.requests) == 2


async def test_calls_for_vectors_count(tmp_path: Path) -> None:
    with Endpoint(embedding) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), max_calls=2) as here:
            with pytest.raises(BudgetExhausted):
                await ModelEmbedder(here.client).vectors(TEXTS)
        assert len(endpoint.requests) == 2


async def test_an_endpoint_without_embeddings_ends_the_run(tmp_path: Path) -> None:
    with Endpoint(fails(404, "no such path")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            with pytest.raises(FatalError, match="no such path"):
                await ModelEmbedder(here.client).vectors(TEXTS)
