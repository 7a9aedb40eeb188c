//! A call over many rows: without the interpreter, until a signal comes in.

use pyo3::prelude::*;

use super::arguments::at_least;
use crate::batch::{block_size, fill, thread_count};
use crate::cancellation::cancellable;

/// One or two texts of fewer bytes are worked on without releasing the interpreter, which would take
/// longer than they do.
pub const SHORT: usize = 1 << 12;

/// The number of threads that is asked for, if any is.
pub fn threads(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    argument.map(|threads| at_least(threads, "threads", 1)).transpose()
}

/// Does `work` without the interpreter. Ctrl-C cancels it, and ends the call with the exception of
/// the signal's handler.
pub fn released<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| cancellable(|| Python::attach(|py| py.check_signals()), work))
}

/// Fills one result per row on the threads that are asked for, or on as many as are worth it for
/// `work` bytes to be read or what takes as long.
///
/// The interpreter is released for the whole of it. Ctrl-C ends it.
pub fn compute<T: Default + Clone + Send, S: Default>(
    py: Python<'_>,
    rows: usize,
    work: usize,
    threads: Option<&Bound<'_, PyAny>>,
    one: impl Fn(&mut S, usize) -> T + Sync + Send,
) -> PyResult<Vec<T>> {
    let threads = self::threads(threads)?.unwrap_or_else(|| thread_count(work));
    released(py, || {
        let mut results = vec![T::default(); rows];
        fill(&mut results, block_size(rows, work), threads, one);
        results
    })
}

/// How many bytes some texts have.
pub fn bytes(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}
