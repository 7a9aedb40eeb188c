//! The answer that a free text gives: a number, a truth value, the letter of an option.

mod announcements;
mod boolean;
mod number;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

pub use announcements::{ANSWER, is_filler};

use super::choices::extract_choice;
use super::gpo;
use super::option_texts::Options;
use super::short_words::ShortWords;

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

/// What one thread reuses from one text to the next, so that a text costs no allocation but its
/// answer's.
#[derive(Default)]
pub struct Buffers {
    /// The text in lower case.
    pub lowered: String,
    /// It, or one word of it, without its marks.
    pub plain: String,
    parts: Vec<announcements::Part>,
    /// Where a choice is announced.
    pub announcements: Vec<Range<usize>>,
    pub short_words: ShortWords,
    /// Where a noun is that announces an answer.
    pub nouns: Vec<usize>,
}

/// The answer that `text` gives, if it gives one; with `is_published`, what GPO's evaluation makes
/// of the text. A number is rounded to `decimals` places, where they are given.
pub fn extract(
    text: &str,
    kind: Kind,
    decimals: Option<usize>,
    is_published: bool,
    buffers: &mut Buffers,
) -> Option<Cow<'static, str>> {
    match (kind, is_published) {
        (Kind::Number, true) => Some(gpo::number(text, decimals.unwrap_or(0), buffers).into()),
        (Kind::Boolean, true) => Some(gpo::boolean(text, buffers).into()),
        (Kind::MultipleChoice, true) => Some(gpo::choice(text, buffers)),
        (Kind::Number, false) => number::number(text, decimals, buffers).map(Cow::Owned),
        (Kind::Boolean, false) => boolean::boolean(text, buffers).map(Cow::Borrowed),
        (Kind::MultipleChoice, false) => {
            const NAMES: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let option = extract_choice(text, &LETTERS, buffers)?;
            Some(Cow::Borrowed(&NAMES[option..=option]))
        }
    }
}

/// Whether a text says that something is so: by the truth value that it gives or, if it gives none,
/// by a number that is 1 or 0.
pub fn truth(text: &str, buffers: &mut Buffers) -> Option<bool> {
    if let Some(value) = boolean::boolean(text, buffers) {
        return Some(matches!(value, "yes" | "true" | "valid"));
    }
    match number::number(text, None, buffers)?.as_str() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}
