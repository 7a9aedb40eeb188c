//! Word edit distance.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::arguments::{at_least, snapshot, text, texts};
use super::batch_call::{bytes, compute, released, threads};
use crate::edit_distance::{self, Matrix, Operation, Parent, Scratch};

/// Texts from this many bytes on are compared without the interpreter, which takes longer to
/// release than short ones to compare.
const LONG: usize = 1 << 12;

fn released_if_long<T: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if bytes < LONG { work() } else { py.detach(work) }
}

fn cutoff(argument: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    argument.map_or(Ok(usize::MAX), |argument| at_least(argument, "score_cutoff", 0))
}

/// The words of a text: what `text.split()` gives.
#[pyfunction]
#[pyo3(signature = (text))]
pub fn words<'a>(text: &'a Bound<'_, PyAny>) -> PyResult<Vec<&'a str>> {
    let text = self::text(text.as_borrowed(), || "text".into())?;
    Ok(crate::text::words(text))
}

/// How many words must be deleted, inserted or replaced to make text `b` of text `a`.
#[pyfunction]
#[pyo3(signature = (a, b, *, score_cutoff = None))]
pub fn levenshtein(
    a: &Bound<'_, PyAny>,
    b: &Bound<'_, PyAny>,
    score_cutoff: Option<&Bound<'_, PyAny>>,
) -> PyResult<usize> {
    let py = a.py();
    let a = text(a.as_borrowed(), || "a".into())?;
    let b = text(b.as_borrowed(), || "b".into())?;
    let cutoff = cutoff(score_cutoff)?;
    Ok(released_if_long(py, a.len() + b.len(), || edit_distance::levenshtein(a, b, cutoff)))
}

/// The distances from `parent` to each candidate, by `one` made into what is returned.
fn to_candidates<'py, T: Default + Clone + Send>(
    parent: &Bound<'py, PyAny>,
    candidates: &Bound<'py, PyAny>,
    cutoff: usize,
    one: impl Fn(usize) -> T + Sync + Send,
) -> PyResult<Vec<T>> {
    let parent = Parent::new(text(parent.as_borrowed(), || "parent".into())?);
    let candidates = snapshot(candidates, || "candidates".into(), "str")?;
    let py = candidates.py();
    let candidates = texts(&candidates, "candidates")?;
    // Each block of 64 words of the parent is another pass over a candidate's words.
    let work = bytes(&candidates).saturating_mul(1 + parent.words().len().div_ceil(64));
    compute(py, candidates.len(), work, None, |scratch: &mut Scratch, index| {
        one(parent.distance(candidates[index], cutoff, scratch))
    })
}

/// The word edit distance of one text to each of many.
#[pyfunction]
#[pyo3(signature = (parent, candidates, *, score_cutoff = None))]
pub fn levenshtein_many<'py>(
    parent: &Bound<'py, PyAny>,
    candidates: &Bound<'py, PyAny>,
    score_cutoff: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<u32>>> {
    let cutoff = cutoff(score_cutoff)?;
    let narrow = |distance| u32::try_from(distance).unwrap_or(u32::MAX);
    let distances = to_candidates(parent, candidates, cutoff, narrow)?;
    Ok(PyArray1::from_vec(parent.py(), distances))
}

/// The word edit distance of each of some texts to each of others.
#[pyfunction]
#[pyo3(signature = (queries, candidates, *, score_cutoff = None, threads = None))]
pub fn levenshtein_cdist<'py>(
    queries: &Bound<'py, PyAny>,
    candidates: &Bound<'py, PyAny>,
    score_cutoff: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<u32>>> {
    let py = queries.py();
    let cutoff = cutoff(score_cutoff)?;
    let threads = self::threads(threads)?;
    let queries = snapshot(queries, || "queries".into(), "str")?;
    let candidates = snapshot(candidates, || "candidates".into(), "str")?;
    let queries = texts(&queries, "queries")?;
    let candidates = texts(&candidates, "candidates")?;
    let distances = released(py, |stop| {
        let matrix = Matrix::new(&queries, &candidates, cutoff, &mut *stop);
        matrix.and_then(|matrix| matrix.compute(threads, stop)).unwrap_or_default()
    })?;
    PyArray1::from_vec(py, distances).reshape([queries.len(), candidates.len()])
}

/// Whether each candidate differs from its parent by at most `budget` words.
#[pyfunction]
#[pyo3(signature = (parent, candidates, budget))]
pub fn within_budget<'py>(
    parent: &Bound<'py, PyAny>,
    candidates: &Bound<'py, PyAny>,
    budget: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let budget = at_least(budget, "budget", 0)?;
    let within = to_candidates(parent, candidates, budget, |distance| distance <= budget)?;
    Ok(PyArray1::from_vec(parent.py(), within))
}

/// The name of an operation, the same object every time.
fn name(py: Python<'_>, operation: Operation) -> &Bound<'_, PyString> {
    match operation {
        Operation::Equal => intern!(py, "equal"),
        Operation::Replace => intern!(py, "replace"),
        Operation::Delete => intern!(py, "delete"),
        Operation::Insert => intern!(py, "insert"),
    }
}

/// An alignment of the words of two texts with the fewest edits.
#[pyfunction]
#[pyo3(signature = (a, b))]
pub fn editops<'py>(a: &Bound<'py, PyAny>, b: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = a.py();
    let a = text(a.as_borrowed(), || "a".into())?;
    let b = text(b.as_borrowed(), || "b".into())?;
    let edits = released_if_long(py, a.len() + b.len(), || edit_distance::alignment(a, b));
    PyList::new(py, edits.iter().map(|edit| (name(py, edit.operation), edit.a, edit.b)))
}
