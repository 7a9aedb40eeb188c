//! Word edit distance.

use std::cell::RefCell;

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use super::arguments::{at_least, snapshot, text, texts};
use super::batch_call::{SHORT, bytes, released, threads};
use crate::batch::{fill_blocks, thread_count};
use crate::edit_distance::{Edit, Matrix, Operation, Pair, Parent, Scratch};

thread_local! {
    /// For short texts, whose comparison takes hardly longer than getting room for it.
    static PAIR: RefCell<Pair> = RefCell::default();
}

/// Does `work` over so many bytes. Ctrl-C ends it where that could take long.
fn with_pair<T: Send>(
    py: Python<'_>,
    bytes: usize,
    work: impl FnOnce(&mut Pair) -> T + Send,
) -> PyResult<T> {
    if bytes < SHORT {
        return Ok(PAIR.with_borrow_mut(work));
    }
    released(py, || work(&mut Pair::default()))
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
    with_pair(py, a.len() + b.len(), |pair| pair.levenshtein(a, b, cutoff))
}

/// How many candidates are taken at once: enough that eight of a similar length go together.
const CANDIDATES: usize = 64;

/// The distances from `parent` to each candidate.
fn to_candidates<'py>(
    parent: &Bound<'py, PyAny>,
    candidates: &Bound<'py, PyAny>,
    cutoff: usize,
) -> PyResult<Vec<u32>> {
    let parent = text(parent.as_borrowed(), || "parent".into())?;
    let candidates = snapshot(candidates, || "candidates".into(), "str")?;
    let py = candidates.py();
    let candidates = texts(&candidates, "candidates")?;
    released(py, || {
        let mut distances = vec![0; candidates.len()];
        let parent = Parent::new(parent);
        // Each block of 64 words of the parent is another pass over a candidate's words.
        let work = bytes(&candidates).saturating_mul(1 + parent.words().len().div_ceil(64));
        let some = |scratch: &mut Scratch, first: usize, some: &mut [u32]| {
            let candidates = &candidates[first..first + some.len()];
            let put = |candidate: usize, distance| {
                some[candidate] = u32::try_from(distance).unwrap_or(u32::MAX);
            };
            parent.distances(candidates, cutoff, scratch, put);
        };
        fill_blocks(&mut distances, CANDIDATES, thread_count(work), some);
        distances
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
    Ok(PyArray1::from_vec(parent.py(), to_candidates(parent, candidates, cutoff)?))
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
    let compute = || Matrix::new(&queries, &candidates, cutoff).compute(threads);
    let distances = released(py, compute)?;
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
    let distances = to_candidates(parent, candidates, budget)?;
    let within = distances.into_iter().map(|distance| distance as usize <= budget).collect();
    Ok(PyArray1::from_vec(parent.py(), within))
}

/// What stands for an operation in an array.
pub const fn code(operation: Operation) -> i32 {
    match operation {
        Operation::Replace => 0,
        Operation::Delete => 1,
        Operation::Insert => 2,
    }
}

/// The edits of an alignment of the words of two texts with the fewest of them.
#[pyfunction]
#[pyo3(signature = (a, b))]
pub fn editops<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray2<i32>>> {
    let py = a.py();
    let a = text(a.as_borrowed(), || "a".into())?;
    let b = text(b.as_borrowed(), || "b".into())?;
    // Word numbers beyond 32 bits would take texts of more than 4 GB.
    let row = |edit: &Edit| [code(edit.operation), edit.a as i32, edit.b as i32];
    let edits = with_pair(py, a.len() + b.len(), |pair| {
        pair.alignment(a, b).iter().map(row).collect::<Vec<_>>()
    })?;
    // SAFETY: the array is new, so that nobody else reads or writes it, and every element is set.
    unsafe {
        let array = PyArray2::new(py, [edits.len(), 3], false);
        array.as_slice_mut()?.copy_from_slice(edits.as_flattened());
        Ok(array)
    }
}
