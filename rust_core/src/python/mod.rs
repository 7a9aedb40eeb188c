//! The module `promptopt._core`: arguments in, results and exceptions out.

mod arguments;
mod arrow;
mod batch_call;
mod choices;
mod edit_distance;
mod exceptions;
mod score_tables;
mod scoring;
mod selection;
mod statistics;
mod texts;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _core {
    use super::edit_distance::code;
    use crate::edit_distance::Operation;

    #[pymodule_export]
    const EDIT_REPLACE: i32 = code(Operation::Replace);
    #[pymodule_export]
    const EDIT_DELETE: i32 = code(Operation::Delete);
    #[pymodule_export]
    const EDIT_INSERT: i32 = code(Operation::Insert);

    #[pymodule_export]
    use super::choices::{Choices, extract_choice, score_choices};
    #[pymodule_export]
    use super::edit_distance::{
        editops, levenshtein, levenshtein_cdist, levenshtein_many, within_budget, words,
    };
    #[pymodule_export]
    use super::exceptions::{
        CoreError, EmptyReferencesError, ParameterError, ScoreError, ShapeError,
    };
    #[pymodule_export]
    use super::scoring::{References, extract_answers, normalize, score, score_matrix};
    #[pymodule_export]
    use super::selection::Selection;
    #[pymodule_export]
    use super::statistics::{paired_bootstrap, pareto_front};
}
