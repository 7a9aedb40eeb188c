//! The compiled core of promptopt: scoring of predictions, word edit distance, selection over tables
//! of scores.
//!
//! `text`, `scoring`, `edit_distance` and `selection` know nothing of Python. `python` makes of them
//! the module `promptopt._core`, whose interface is described in `promptopt/_core.pyi`.

pub mod batch;
pub mod cancellation;
pub mod edit_distance;
pub mod scoring;
pub mod selection;
pub mod text;

#[cfg(feature = "extension-module")]
mod python;
