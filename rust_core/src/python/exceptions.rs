//! What can be wrong with a call.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(
    promptopt._core,
    CoreError,
    PyValueError,
    "A value that the core cannot work with."
);
create_exception!(
    promptopt._core,
    ShapeError,
    CoreError,
    "Arguments whose lengths or row numbers do not fit together."
);
create_exception!(
    promptopt._core,
    EmptyReferencesError,
    CoreError,
    "A row without any accepted answer; `row` is its number."
);
create_exception!(
    promptopt._core,
    ParameterError,
    CoreError,
    "An option whose value is not one of those that are possible."
);

create_exception!(
    promptopt._core,
    ScoreError,
    CoreError,
    "A score that is missing, not a number or out of its range."
);

/// An `EmptyReferencesError` that names the row in its message and in its attribute.
pub fn empty_references(py: Python<'_>, argument: &str, row: usize) -> PyErr {
    let error = EmptyReferencesError::new_err(format!("{argument}[{row}] is empty"));
    match error.value(py).setattr("row", row) {
        Ok(()) => error,
        Err(failure) => failure,
    }
}
