//! Characters and words, as Python has them.

mod characters;
mod unicode_tables;
mod words;

pub use characters::{is_alphanumeric, is_space, is_space_byte, is_word, lower, push_lower, strip};
pub use words::words;
