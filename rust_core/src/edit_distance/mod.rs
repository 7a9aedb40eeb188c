//! Word edit distance: how many words must be deleted, inserted or replaced to make one text of
//! another, and which.

mod alignment;
mod bit_vectors;
mod distance;
mod lanes;
mod matrix;
mod parent;

pub use alignment::{Edit, Operation, alignment};
pub use matrix::Matrix;
pub use parent::{Parent, Scratch, levenshtein};
