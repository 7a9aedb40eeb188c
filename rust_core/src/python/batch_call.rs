//! A call over many rows: without the interpreter, until a signal comes in.

use pyo3::prelude::*;

use super::arguments::at_least;
use crate::batch::{fill, thread_count};

/// Fills one result per text on the threads that are asked for, or on as many as are worth it.
///
/// The interpreter is released for the whole of it. Ctrl-C ends it with the exception of the
/// signal's handler.
pub fn compute<T: Default + Clone + Send, S: Default>(
    py: Python<'_>,
    texts: &[&str],
    threads: Option<&Bound<'_, PyAny>>,
    one: impl Fn(&mut S, usize) -> T + Sync + Send,
) -> PyResult<Vec<T>> {
    let threads = match threads {
        Some(threads) => at_least(threads, "threads", 1)?,
        None => thread_count(texts.iter().map(|text| text.len()).sum()),
    };
    py.detach(|| {
        let mut results = vec![T::default(); texts.len()];
        let mut interruption = None;
        let stop = || {
            interruption = Python::attach(|py| py.check_signals()).err();
            interruption.is_some()
        };
        fill(&mut results, threads, one, stop);
        interruption.map_or(Ok(results), Err)
    })
}
