//! A call over many rows: without the interpreter, until a signal comes in.

use pyo3::prelude::*;

use super::arguments::at_least;
use crate::batch::{block_size, fill, thread_count};
use crate::cancellation::watched;

/// From so much work on, a call gets a thread that only looks for signals: a single row may be most
/// of it. To start one costs a hundredth of that.
const LONG: usize = 1 << 22;

/// The number of threads that is asked for, if any is.
pub fn threads(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    argument.map(|threads| at_least(threads, "threads", 1)).transpose()
}

/// Runs `work` without the interpreter. Ctrl-C makes the `stop` that it is given say yes, and ends
/// the call with the exception of the signal's handler.
pub fn released<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut() -> bool) -> T + Send,
) -> PyResult<T> {
    py.detach(|| {
        let mut interruption = None;
        let mut stop = || {
            interruption = Python::attach(|py| py.check_signals()).err();
            interruption.is_some()
        };
        let result = work(&mut stop);
        interruption.map_or(Ok(result), Err)
    })
}

/// The same for so many bytes to be read, or what takes as long. A lot of work is done on another
/// thread, and cancelled, so that Ctrl-C ends it within a row.
pub fn released_for<T: Send>(
    py: Python<'_>,
    work: usize,
    run: impl FnOnce(&mut dyn FnMut() -> bool) -> T + Send,
) -> PyResult<T> {
    if work < LONG { released(py, run) } else { released(py, |stop| watched(run, stop)) }
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
    released_for(py, work, |stop| {
        let mut results = vec![T::default(); rows];
        fill(&mut results, block_size(rows, work), threads, one, stop);
        results
    })
}

/// How many bytes some texts have.
pub fn bytes(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}
