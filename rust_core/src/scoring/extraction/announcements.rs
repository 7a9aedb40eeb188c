//! Where a text announces its answer.

use std::ops::Range;

use crate::text::{is_alphanumeric, is_word};

/// The parts of a text that stand where it announces an answer, the last one first.
pub struct Announced<'a> {
    text: &'a str,
    /// The part, and whether the announcement follows it.
    parts: Vec<(Range<usize>, bool)>,
}

fn is_filler(character: char) -> bool {
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
    pub fn new(text: &'a str) -> Self {
        const NOUN: &[u8] = b"answer";
        let bytes = text.as_bytes();
        let mut parts = Vec::new();
        for at in memchr::memchr3_iter(b'a', b'A', b'#', bytes) {
            if bytes[at] == b'#' {
                if bytes[at..].starts_with(b"####") {
                    parts.push((at + 4..text.len(), false));
                }
                continue;
            }
            let Some(noun) = bytes.get(at..at + NOUN.len()) else {
                break;
            };
            let end = at + NOUN.len();
            if !noun.eq_ignore_ascii_case(NOUN)
                || text[..at].ends_with(is_alphanumeric)
                || text[end..].starts_with(is_alphanumeric)
            {
                continue;
            }
            if let Some(length) = end_of_announcement(&text[end..]) {
                parts.push((end + length..text.len(), false));
            } else if let Some(start) = start_of_closing(&text[..at]) {
                let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                parts.push((line..start, true));
            }
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
        self.parts.iter().rev().find_map(|(part, is_before)| {
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
            let announced = Announced::new(text);
            announced.parts.into_iter().map(|(part, _)| &text[part]).collect::<Vec<_>>()
        };
        assert_eq!(parts("The ANSWER is: 5"), [" 5"]);
        assert_eq!(parts("**Answer**: 5"), [" 5"]);
        assert_eq!(parts("so\n5 is the final answer."), ["5"]);
        assert_eq!(parts("#### 7"), [" 7"]);
        assert_eq!(parts("answers: 5, the answer island, answ"), [""; 0]);
    }
}
