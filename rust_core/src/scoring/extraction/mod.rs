//! The answer that a free text gives: a number, a truth value, the letter of an option.

mod announcements;
mod boolean;
mod number;

use std::sync::LazyLock;

use super::choices::extract_choice;
use super::gpo;
use super::option_texts::Options;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Boolean,
    MultipleChoice,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Number, Self::Boolean, Self::MultipleChoice];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::MultipleChoice => "multiple_choice",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Options of which only the letters are known.
static LETTERS: LazyLock<Options> = LazyLock::new(|| Options::new(&[""; 26]));

/// The answer that `text` gives, if it gives one; with `is_published`, what GPO's evaluation makes
/// of the text. A number is rounded to `decimals` places, where they are given.
pub fn extract(
    text: &str,
    kind: Kind,
    decimals: Option<usize>,
    is_published: bool,
) -> Option<String> {
    match (kind, is_published) {
        (Kind::Number, true) => Some(gpo::number(text, decimals.unwrap_or(0))),
        (Kind::Boolean, true) => Some(gpo::boolean(text)),
        (Kind::MultipleChoice, true) => Some(gpo::choice(text)),
        (Kind::Number, false) => number::number(text, decimals),
        (Kind::Boolean, false) => boolean::boolean(text).map(str::to_owned),
        (Kind::MultipleChoice, false) => {
            let option = extract_choice(text, &LETTERS)?;
            char::from_u32(u32::from('A') + option as u32).map(String::from)
        }
    }
}
