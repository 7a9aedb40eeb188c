//! Word edit distance: how many words must be deleted, inserted or replaced to make one text of
//! another, and which.

mod alignment;
mod bit_vectors;
mod distance;
mod lanes;
mod matrix;
mod pair;
mod parent;

pub use alignment::{Edit, Operation};
pub use matrix::Matrix;
pub use pair::Pair;
pub use parent::{Parent, Scratch};
