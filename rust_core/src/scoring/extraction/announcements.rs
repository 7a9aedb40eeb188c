//! Where a text announces its answer.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Buffers;
use crate::text::{is_alphanumeric, is_word, push_ascii_lower};

/// Finds the noun of most announcements, in lower case.
pub static ANSWER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("answer"));

/// The parts of a text that stand where it announces an answer, the last one first.
pub struct Announced<'a> {
    text: &'a str,
    parts: &'a [Part],
}

/// What one announcement announces.
pub struct Part {
    /// Where the announcement is.
    at: usize,
    part: Range<usize>,
    /// Whether the announcement follows it.
    is_before: bool,
}

/// What may stand between the words of an announcement.
pub const fn is_filler(character: char) -> bool {
    matches!(character, ' ' | '\t' | '*' | '_' | '"' | '\'' | '`' | ')')
}

/// Whether `text`, in any case, starts with ASCII `word`, given in lower case.
fn starts_with(text: &str, word: &str) -> bool {
    text.len() >= word.len() && text.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
}

/// Where the announcement that starts with the noun before `rest` ends, in `rest`.
fn end_of_announcement(rest: &str) -> Option<usize> {
    let mark =
        |rest: &str| rest.trim_start_matches(is_filler).strip_prefix([':', '=']).map(str::len);
    let left = mark(rest).or_else(|| {
        let verb = rest.trim_start_matches(is_filler);
        let after = starts_with(verb, "is").then(|| &verb[2..])?;
        (!after.starts_with(is_word)).then(|| mark(after).unwrap_or(after.len()))
    })?;
    Some(rest.len() - left)
}

/// The start of "is the answer" before the noun at the end of `before`.
fn start_of_closing(before: &str) -> Option<usize> {
    let mut rest = before.strip_suffix(' ')?;
    for adjective in [" final", " correct", " right"] {
        if rest.len() >= adjective.len()
            && rest.is_char_boundary(rest.len() - adjective.len())
            && starts_with(&rest[rest.len() - adjective.len()..], adjective)
        {
            rest = &rest[..rest.len() - adjective.len()];
            break;
        }
    }
    let start = rest.len().checked_sub(" is the".len())?;
    (rest.is_char_boundary(start) && starts_with(&rest[start..], " is the")).then_some(start)
}

impl<'a> Announced<'a> {
    pub fn new(text: &'a str, buffers: &'a mut Buffers) -> Self {
        let Buffers { lowered, parts, .. } = buffers;
        parts.clear();
        for at in memchr::memchr_iter(b'#', text.as_bytes()) {
            if text[at..].starts_with("####") {
                parts.push(Part { at, part: at + 4..text.len(), is_before: false });
            }
        }
        let has_hashes = !parts.is_empty();
        lowered.clear();
        push_ascii_lower(text, lowered);
        for at in ANSWER.find_iter(lowered.as_bytes()) {
            let end = at + ANSWER.needle().len();
            if text[..at].ends_with(is_alphanumeric) || text[end..].starts_with(is_alphanumeric) {
                continue;
            }
            if let Some(length) = end_of_announcement(&text[end..]) {
                parts.push(Part { at, part: end + length..text.len(), is_before: false });
            } else if let Some(start) = start_of_closing(&text[..at]) {
                let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                parts.push(Part { at, part: line..start, is_before: true });
            }
        }
        if has_hashes {
            parts.sort_unstable_by_key(|part| part.at);
        }
        Self { text, parts }
    }

    /// The first of these parts in which there is what is looked for: `first` in a part that an
    /// announcement precedes, `last` in one that it follows.
    pub fn find<T>(
        &self,
        first: impl Fn(&'a str) -> Option<T>,
        last: impl Fn(&'a str) -> Option<T>,
    ) -> Option<T> {
        self.parts.iter().rev().find_map(|Part { part, is_before, .. }| {
            let part = &self.text[part.clone()];
            if *is_before { last(part) } else { first(part) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_found_whatever_their_case() {
        let parts = |text| {
            let mut buffers = Buffers::default();
            let announced = Announced::new(text, &mut buffers);
            announced.parts.iter().map(|part| &text[part.part.clone()]).collect::<Vec<_>>()
        };
        assert_eq!(parts("The ANSWER is: 5"), [" 5"]);
        assert_eq!(parts("**Answer**: 5"), [" 5"]);
        assert_eq!(parts("so\n5 is the final answer."), ["5"]);
        assert_eq!(parts("Answer: 6 #### 7"), [" 6 #### 7", " 7"]);
        assert_eq!(parts("#### 7 Answer: 6"), [" 7 Answer: 6", " 6"]);
        assert_eq!(parts("answers: 5, the answer island, answ"), [""; 0]);
    }
}
