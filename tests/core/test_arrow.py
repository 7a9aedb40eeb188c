"""Texts in Arrow arrays, from pyarrow and from polars, as exporters of the C data interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from promptopt._core import References, normalize, score, score_matrix

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")

TEXTS = ["Paris.", "", "é Σ, " * 9, "a text that is longer than twelve bytes", "x" * 13, "Ünï 12"]

# From a list of strings (or of lists of them) to what exports it.
EXPORTERS: dict[str, Callable[[Any, Any], Any]] = {
    "string": lambda texts, of: pa.array(texts, of(pa.string())),
    "large string": lambda texts, of: pa.array(texts, of(pa.large_string())),
    "string view": lambda texts, of: pa.array(texts, of(pa.string_view())),
    "chunks": lambda texts, of: pa.chunked_array([texts[:2], [], texts[2:]], of(pa.string())),
    "part": lambda texts, of: pa.array([None, *texts, None], of(pa.string()))[1:-1],
    "polars": lambda texts, of: pl.Series(texts),
    "polars, part": lambda texts, of: pl.Series([texts[0], *texts])[1:],
    "numpy": lambda texts, of: np.array(texts) if isinstance(texts[0], str) else texts,
    "numpy strings": lambda texts, of: (
        np.array(texts, np.dtypes.StringDType()) if isinstance(texts[0], str) else texts
    ),
}


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_arrow_is_read_like_a_list(exporter: str) -> None:
    export = EXPORTERS[exporter]
    texts = export(TEXTS, lambda inner: inner)
    assert normalize(texts) == normalize(TEXTS)
    answers = [[text, "other"][: 1 + row % 2] for row, text in enumerate(TEXTS)]
    plain = References(answers)
    prepared = References(export(answers, pa.list_))
    large = References(pa.array(answers, pa.large_list(pa.string())))
    for references in (plain, prepared, large):
        assert len(references) == len(TEXTS)
        assert np.array_equal(score(texts, references, "token_f1"), np.ones(len(TEXTS)))
        matrix = score_matrix(export(TEXTS[::-1] + TEXTS, lambda t: t), references, "exact_match")
        assert matrix.shape == (2, len(TEXTS))
        assert matrix[1].all()


def test_no_rows() -> None:
    for empty in (
        pa.array([], pa.string()),
        pa.chunked_array([], pa.string()),
        pl.Series([], dtype=pl.String),
    ):
        assert normalize(empty) == []
    assert len(References(pa.array([], pa.list_(pa.string())))) == 0


@pytest.mark.parametrize("inner", [pa.string(), pa.large_string(), pa.string_view()])
def test_a_null_is_named(inner: Any) -> None:
    references = References([["a"]] * 11)
    texts = pa.array(["a"] * 10 + [None], inner)
    for call in (
        lambda: normalize(texts),
        lambda: normalize(pa.chunked_array([texts[:7], texts[7:]])),
    ):
        with pytest.raises(TypeError, match=r"texts\[10\] must be a str, not null"):
            call()
    with pytest.raises(TypeError, match=r"predictions\[10\] must be a str, not null"):
        score(texts, references, "exact_match")
    with pytest.raises(TypeError, match=r"predictions\[2\] must be a str, not null"):
        score_matrix(pl.Series(["a", "b", None]), References([["a"]]), "exact_match")
    with pytest.raises(TypeError, match=r"answers\[1\]\[2\] must be a str, not null"):
        References(pa.array([["a"], ["b", "c", None]], pa.list_(inner)))
    with pytest.raises(TypeError, match=r"answers\[1\] must be a list, not null"):
        References(pa.array([["a"], None], pa.list_(inner)))


def test_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="texts must be an Arrow array of strings, not of format"):
        normalize(pa.array([1, 2]))
    with pytest.raises(TypeError, match="answers must be an Arrow array of lists of strings"):
        References(pa.array(["a"]))
    with pytest.raises(TypeError, match="answers must be an Arrow array of lists of strings"):
        References(pa.array([[1]]))


def test_bytes_that_are_no_text_are_refused() -> None:
    for ends in ([0, 1, 3], [0, 2, 3]):
        buffers = [None, pa.py_buffer(np.array(ends, np.int32)), pa.py_buffer(b"a\xff\xfe")]
        with pytest.raises(ValueError, match=r"texts\[[01]\] is not UTF-8"):
            normalize(pa.Array.from_buffers(pa.string(), 2, buffers))
    # Together it is text, but a character lies across two.
    buffers = [None, pa.py_buffer(np.array([0, 2, 3], np.int32)), pa.py_buffer("aé".encode())]
    with pytest.raises(ValueError, match=r"texts\[0\] is not UTF-8"):
        normalize(pa.Array.from_buffers(pa.string(), 2, buffers))


def test_an_exporter_that_fails_says_why() -> None:
    class Broken:
        def __arrow_c_stream__(self) -> object:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        normalize(Broken())

    def batches() -> Any:
        yield pa.record_batch([pa.array(["a"])], ["text"])

    reader = pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches())
    with pytest.raises(TypeError, match=r"not of format '\+s'"):
        normalize(reader)
