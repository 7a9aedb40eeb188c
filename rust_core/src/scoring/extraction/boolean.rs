//! Truth values: yes, no, true, false, valid, invalid.

use std::ops::Range;

use super::Buffers;
use super::announcements::Announced;
use crate::cancellation::Pace;
use crate::text::{is_alphanumeric, is_space};

const WORDS: [&str; 6] = ["yes", "no", "true", "false", "valid", "invalid"];

/// What a truth value becomes after "not".
fn denied(word: &'static str) -> &'static str {
    match word {
        "true" => "false",
        "false" => "true",
        "valid" => "invalid",
        "invalid" => "valid",
        other => other,
    }
}

fn ends_with(text: &str, suffix: &str) -> bool {
    text.len() >= suffix.len()
        && text.as_bytes()[text.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
}

/// Whether the text ends with a word that denies the next one.
fn denies(before: &str) -> bool {
    let rest = before.trim_end_matches(is_space);
    let is_not = ends_with(rest, "not")
        && !rest.as_bytes()[..rest.len() - 3].last().is_some_and(u8::is_ascii_alphanumeric);
    rest.len() < before.len() && (is_not || ends_with(rest, "n't") || ends_with(rest, "n\u{2019}t"))
}

/// The truth value of a word of a text, if it is one.
fn value(text: &str, word: &Range<usize>) -> Option<&'static str> {
    let bytes = &text.as_bytes()[word.clone()];
    let known = WORDS.into_iter().find(|known| bytes.eq_ignore_ascii_case(known.as_bytes()))?;
    Some(if denies(&text[..word.start]) { denied(known) } else { known })
}

/// The first word of a text from a place on.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find(is_alphanumeric)?;
    let rest = &text[start..];
    let length = rest.find(|character| !is_alphanumeric(character)).unwrap_or(rest.len());
    Some(start..start + length)
}

/// The last word of a text.
fn last_word(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric();
    let end = bytes.iter().rposition(|byte| is_letter(byte) || !byte.is_ascii())? + 1;
    let start = bytes[..end].iter().rposition(|byte| !is_letter(byte)).map_or(0, |at| at + 1);
    if start == 0 || bytes[start - 1].is_ascii() {
        return Some(start..end);
    }
    // What else belongs to the word has to be looked at by character.
    let end = text.trim_end_matches(|character| !is_alphanumeric(character)).len();
    let start = text[..end].trim_end_matches(is_alphanumeric).len();
    (start < end).then_some(start..end)
}

fn first(text: &str) -> Option<&'static str> {
    let mut at = 0;
    let mut pace = Pace::default();
    loop {
        let word = next_word(text, at)?;
        if let Some(value) = value(text, &word) {
            return Some(value);
        }
        if pace.is_cancelled_after(4 * (word.end - at)) {
            return None;
        }
        at = word.end;
    }
}

fn last(text: &str) -> Option<&'static str> {
    let mut end = text.len();
    let mut pace = Pace::default();
    loop {
        let word = last_word(&text[..end])?;
        if let Some(value) = value(text, &word) {
            return Some(value);
        }
        if pace.is_cancelled_after(4 * (end - word.start)) {
            return None;
        }
        end = word.start;
    }
}

/// The truth value that a text gives: where it announces its answer, else its first word, else the
/// last one in it.
pub fn boolean(text: &str, buffers: &mut Buffers) -> Option<&'static str> {
    Announced::new(text, buffers)
        .find(first, last)
        .or_else(|| value(text, &next_word(text, 0)?))
        .or_else(|| last(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truth_value_is_found_in_a_sentence() {
        for (text, value) in [
            ("Yes, they do.", Some("yes")),
            ("The answer is **No**, since yes would be odd.", Some("no")),
            ("So it is not valid.", Some("invalid")),
            ("It isn't TRUE", Some("false")),
            ("I say no. Then true. Knot valid", Some("valid")),
            ("nothing", None),
        ] {
            assert_eq!(boolean(text, &mut Buffers::default()), value, "{text}");
        }
    }
}
