//! Word edit distance: how many words must be deleted, inserted or replaced to make one text of
//! another, and which.

mod alignment;
mod bit_vectors;
mod distance;
mod parent;

pub use alignment::{Edit, Operation, alignment};
pub use parent::{Parent, Scratch, levenshtein};
