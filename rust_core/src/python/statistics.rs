//! Pareto fronts and the paired bootstrap.

use numpy::PyArray1;
use pyo3::prelude::*;

use super::arguments::{at_least, numbers, real, seed, table};
use super::batch_call::{released, threads};
use super::exceptions::{ParameterError, ScoreError, ShapeError};
use crate::batch::thread_count;
use crate::selection;

/// The quantiles of more would take longer than a call may go on after Ctrl-C.
const MOST_RESAMPLES: usize = 10_000_000;

fn check_finite(values: &[f64], name: impl Fn(usize) -> String) -> PyResult<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(ScoreError::new_err(format!(
            "{} must be a finite number, not {}",
            name(at),
            values[at]
        ))),
        None => Ok(()),
    }
}

/// Which rows of a table no other row beats.
#[pyfunction]
#[pyo3(signature = (scores))]
pub fn pareto_front<'py>(scores: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let py = scores.py();
    let (values, columns) = table(scores, "scores", 1)?;
    if columns == 0 {
        return Err(ShapeError::new_err("scores has no columns"));
    }
    check_finite(&values, |at| format!("scores[{}][{}]", at / columns, at % columns))?;
    let front = released(py, || selection::pareto_front(&values, columns))?;
    Ok(PyArray1::from_vec(py, front))
}

/// The percentile interval of the mean difference of two columns of scores.
#[pyfunction]
#[pyo3(
    signature = (
        a, b, *, n_resamples = None, confidence_level = None, seed = None, threads = None
    ),
    text_signature = "(a, b, *, n_resamples=10000, confidence_level=0.95, seed=0, threads=None)"
)]
pub fn paired_bootstrap(
    a: &Bound<'_, PyAny>,
    b: &Bound<'_, PyAny>,
    n_resamples: Option<&Bound<'_, PyAny>>,
    confidence_level: Option<&Bound<'_, PyAny>>,
    seed: Option<&Bound<'_, PyAny>>,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<(f64, f64, f64, f64)> {
    let py = a.py();
    let (a, b) = (numbers(a, "a")?, numbers(b, "b")?);
    if a.len() != b.len() || a.is_empty() {
        return Err(ShapeError::new_err(format!(
            "a has {} scores and b has {}: they must be as many, and one at least",
            a.len(),
            b.len()
        )));
    }
    check_finite(&a, |row| format!("a[{row}]"))?;
    check_finite(&b, |row| format!("b[{row}]"))?;
    let resamples = n_resamples.map_or(Ok(10_000), |n| at_least(n, "n_resamples", 1))?;
    if resamples > MOST_RESAMPLES {
        return Err(ParameterError::new_err(format!(
            "n_resamples must be at most {MOST_RESAMPLES}, not {resamples}"
        )));
    }
    let confidence = confidence_level.map_or(Ok(0.95), |level| {
        real(level, "confidence_level", "between 0 and 1", |level| level > 0.0 && level < 1.0)
    })?;
    let seed = seed.map_or(Ok(0), |seed| self::seed(seed, || "seed".into()))?;
    let work = resamples.saturating_mul(a.len());
    let threads = self::threads(threads)?.unwrap_or_else(|| thread_count(work));
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let interval = released(py, || {
        selection::paired_bootstrap(&differences, resamples, confidence, seed, threads)
    })?;
    Ok((interval.difference, interval.low, interval.high, interval.not_better))
}
