//! The words around a place in a text, within its sentence.

use super::fold::is_quotation;
use crate::text::is_word;

/// Marks across which a phrase does not go on.
const fn ends_phrase(character: char) -> bool {
    matches!(character, '\n' | '.' | ';' | '?' | '!')
}

const fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}

fn is_part_of_word(character: char) -> bool {
    is_word(character) || is_apostrophe(character)
}

/// A word as it is compared with the words of the rules, which are of small ASCII letters: in any
/// case, without its apostrophes. No character beyond ASCII has a lower case that is a letter of
/// theirs.
#[derive(Clone, Copy, Default)]
pub struct Word<'a> {
    text: &'a str,
    /// Whether it has an apostrophe, or a letter beyond ASCII.
    is_irregular: bool,
}

impl<'a> Word<'a> {
    fn new(text: &'a str) -> Self {
        let is_irregular = |byte: u8| byte == b'\'' || !byte.is_ascii();
        // Without a branch for each byte.
        let is_irregular = text.bytes().fold(false, |any, byte| any | is_irregular(byte));
        Self { text, is_irregular }
    }

    #[inline]
    pub fn is_one_of(&self, words: &[&str]) -> bool {
        if self.is_irregular {
            return self.is_plainly_one_of(words);
        }
        // Nearly all words are told apart by their length and their first letter.
        let first = self.text.as_bytes().first().map(u8::to_ascii_lowercase);
        words.iter().any(|word| {
            word.len() == self.text.len()
                && word.as_bytes().first().copied() == first
                && self.text.eq_ignore_ascii_case(word)
        })
    }

    #[cold]
    fn is_plainly_one_of(&self, words: &[&str]) -> bool {
        let plain = self.text.replace(is_apostrophe, "");
        words.iter().any(|word| plain.eq_ignore_ascii_case(word))
    }

    /// Whether it may be a letter by itself: it is no longer, or has an apostrophe.
    pub const fn may_be_letter(&self) -> bool {
        self.text.len() == 1 || self.is_irregular
    }

    fn is_apostrophe(&self) -> bool {
        self.is_irregular && self.text.chars().all(is_apostrophe)
    }
}

/// Whether an ASCII character is part of a word; no other is as quickly told.
const fn is_part_of_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'')
}

/// Where looking for the start of a word stops: there, at the end of the phrase, or beyond ASCII.
const fn stops(byte: u8) -> bool {
    is_part_of_ascii_word(byte) || ends_phrase(byte as char) || !byte.is_ascii()
}

/// Cuts the first word of the phrase that goes on at the start of a text from it.
fn next_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let bytes = rest.as_bytes();
    let start = bytes.iter().position(|&byte| stops(byte))?;
    let is_over = |&byte: &u8| !is_part_of_ascii_word(byte);
    let end = bytes[start..].iter().position(is_over).map_or(bytes.len(), |length| start + length);
    let (word, after) = if bytes.get(end).is_none_or(u8::is_ascii) {
        (&rest[start..end], &rest[end..])
    } else {
        let word = rest.trim_start_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
        word.split_at(word.find(|c| !is_part_of_word(c)).unwrap_or(word.len()))
    };
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// Cuts the last word of the phrase that ends with a text from it.
fn last_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let bytes = rest.as_bytes();
    let end = bytes.iter().rposition(|&byte| stops(byte))? + 1;
    let is_over = |&byte: &u8| !is_part_of_ascii_word(byte);
    let start = bytes[..end].iter().rposition(is_over).map_or(0, |at| at + 1);
    let (before, word) = if start == 0 || bytes[start - 1].is_ascii() {
        (&rest[..start], &rest[start..end])
    } else {
        let word = rest.trim_end_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
        word.split_at(word.trim_end_matches(is_part_of_word).len())
    };
    *rest = before;
    (!word.is_empty()).then_some(word)
}

/// The words of the phrase that goes on at the start of `text`, in order.
pub fn following_words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || next_word(&mut rest).map(Word::new))
        .filter(|word| !word.is_apostrophe())
}

/// The words of the phrase that ends with `text`, the nearest first.
pub fn preceding_words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || last_word(&mut rest).map(Word::new))
        .filter(|word| !word.is_apostrophe())
}

/// Whether a letter after `before` goes on a contraction, a compound or an abbreviation: can't,
/// vitamin-C, U.S.
pub fn goes_on_from(before: &str) -> bool {
    let mut backwards = before.chars().rev();
    match backwards.next() {
        Some(previous) if is_word(previous) => true,
        Some(previous) if previous == '.' || previous == '-' || is_quotation(previous) => {
            backwards.next().is_some_and(is_word)
        }
        _ => false,
    }
}

/// Whether a letter before `after` goes on into one: I'd, A-level, U.S., C++.
pub fn goes_on_into(after: &str) -> bool {
    let mut forwards = after.chars();
    match forwards.next() {
        Some('+' | '#') => true,
        Some(next) if is_word(next) => true,
        Some(next) if next == '.' || next == '-' || is_quotation(next) => {
            forwards.next().is_some_and(is_word)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_ends_with_its_sentence() {
        let text = "One. It isn\u{2019}t -- Two";
        let are = |words: Vec<Word>, expected: &[&str]| {
            assert_eq!(words.len(), expected.len());
            assert!(words.iter().zip(expected).all(|(word, expected)| word.is_one_of(&[expected])));
        };
        are(preceding_words(text).collect(), &["two", "isnt", "it"]);
        are(following_words(" (Two)' can't; so").collect(), &["two", "cant"]);
        are(following_words(". So").collect(), &[]);
        are(preceding_words("So.").collect(), &[]);
    }

    #[test]
    fn a_letter_of_a_compound_does_not_stand_alone() {
        assert!(goes_on_from("can'") && goes_on_from("vitamin-") && goes_on_from("U."));
        assert!(goes_on_into("'d") && goes_on_into("-level") && goes_on_into("++"));
        assert!(!goes_on_from("it is '") && !goes_on_into(". It") && !goes_on_into("\u{2019},"));
    }
}
