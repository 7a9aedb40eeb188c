//! Tables of scores, candidates by examples, as arguments.

use numpy::{PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

use super::arguments::table;
use super::exceptions::{ScoreError, ShapeError};

/// A recorded table of this shape: where it lies, if it is a NumPy array, and else a copy.
pub struct Recorded<'py> {
    array: Option<PyReadonlyArray2<'py, f64>>,
    copied: Vec<f64>,
}

impl<'py> Recorded<'py> {
    pub fn new(argument: &Bound<'py, PyAny>, candidates: usize, examples: usize) -> PyResult<Self> {
        if let Ok(array) = argument.cast::<PyArray2<f64>>()
            && array.is_c_contiguous()
            && array.shape() == [candidates, examples]
            && let Ok(array) = array.try_readonly()
        {
            return Ok(Self { array: Some(array), copied: vec![] });
        }
        Ok(Self { array: None, copied: shaped(argument, "scores", candidates, examples)? })
    }

    pub fn values(&self) -> &[f64] {
        self.array.as_ref().and_then(|array| array.as_slice().ok()).unwrap_or(&self.copied)
    }
}

/// A table of numbers of this shape.
fn shaped(
    argument: &Bound<'_, PyAny>,
    name: &str,
    candidates: usize,
    examples: usize,
) -> PyResult<Vec<f64>> {
    let (values, columns) = table(argument, name, examples)?;
    if columns != examples || values.len() != candidates * examples {
        return Err(ShapeError::new_err(format!(
            "{name} has {} rows of {columns}, but there are {candidates} candidates and \
             {examples} examples",
            values.len() / columns.max(1)
        )));
    }
    Ok(values)
}

/// A table of scores of this shape, in which cells may be missing.
pub fn checked(
    argument: &Bound<'_, PyAny>,
    name: &str,
    candidates: usize,
    examples: usize,
) -> PyResult<Vec<f64>> {
    let values = shaped(argument, name, candidates, examples)?;
    let wrong = values.iter().position(|value| !value.is_nan() && !(0.0..=1.0).contains(value));
    match wrong {
        Some(at) => Err(ScoreError::new_err(format!(
            "{name}[{}][{}] must be between 0 and 1, not {}",
            at / examples,
            at % examples,
            values[at]
        ))),
        None => Ok(values),
    }
}
