//! Truth values: yes, no, true, false, valid, invalid.

use super::announcements::Announced;
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

/// The truth values of a text in order, each with whether it is the first word.
fn values(text: &str) -> impl Iterator<Item = (&'static str, bool)> {
    let mut at = 0;
    let mut is_first = true;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find(is_alphanumeric)?;
            let rest = &text[start..];
            let length = rest.find(|c| !is_alphanumeric(c)).unwrap_or(rest.len());
            at = start + length;
            let was_first = std::mem::take(&mut is_first);
            let word = &rest[..length];
            if let Some(known) = WORDS.into_iter().find(|known| word.eq_ignore_ascii_case(known)) {
                let value = if denies(&text[..start]) { denied(known) } else { known };
                return Some((value, was_first));
            }
        }
    })
}

/// The truth value that a text gives: where it announces its answer, else its first word, else the
/// last one in it.
pub fn boolean(text: &str) -> Option<&'static str> {
    let first = |part| values(part).next().map(|(value, _)| value);
    let last = |part| values(part).last().map(|(value, _)| value);
    Announced::new(text)
        .find(first, last)
        .or_else(|| values(text).next().filter(|(_, is_first)| *is_first).map(|(value, _)| value))
        .or_else(|| last(text))
}

#[cfg(test)]
mod tests {
    use super::boolean;

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
            assert_eq!(boolean(text), value, "{text}");
        }
    }
}
