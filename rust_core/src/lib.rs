//! The compiled core of promptopt: scoring of predictions and word edit distance.
//!
//! `text`, `scoring` and `edit_distance` know nothing of Python. `python` makes of them the module
//! `promptopt._core`, whose interface is described in `promptopt/_core.pyi`.

pub mod batch;
pub mod edit_distance;
pub mod scoring;
pub mod text;

#[cfg(feature = "extension-module")]
mod python;
