//! Characters and words, as Python has them.

mod ascii;
mod characters;
mod classes;
mod lowering;
mod parts;
pub mod swar;
mod unicode_tables;
mod word_table;
mod words;

pub use ascii::push_plain;
pub use characters::{
    decimal, is_alphabetic, is_alphanumeric, is_digit, is_space, is_word, push_bare_lower,
    push_lower, strip,
};
pub use classes::{BLOCK, Bits, class_bits};
pub use lowering::{lower, lower_into};
pub use parts::{for_each_span_in_parts, push_ascii_lower, push_in_pieces};
pub use word_table::{Word, WordTable, for_each_word};
pub use words::words;
