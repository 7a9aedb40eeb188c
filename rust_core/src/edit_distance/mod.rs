//! Word edit distance: how many words must be deleted, inserted or replaced to make one text of
//! another, and which.

mod alignment;
mod bit_vectors;
mod distance;
mod parent;
mod vocabulary;

pub use alignment::{Edit, Operation, alignment};
pub use distance::levenshtein;
pub use parent::{Parent, Scratch};
