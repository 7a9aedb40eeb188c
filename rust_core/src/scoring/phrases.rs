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

/// Longer than every word that words are compared with.
const LONGEST: usize = 12;

/// The start of a word as it is compared with the words of the rules, which are of small ASCII
/// letters: in lower case, without apostrophes. No character beyond ASCII has a lower case that is
/// a letter of theirs.
#[derive(Clone, Copy, Default)]
pub struct Plain {
    bytes: [u8; LONGEST],
    length: usize,
    had_apostrophe: bool,
}

impl Plain {
    fn new(word: &str) -> Self {
        let mut plain = Self::default();
        for character in word.chars() {
            if is_apostrophe(character) {
                plain.had_apostrophe = true;
            } else if plain.length < LONGEST {
                plain.bytes[plain.length] = u8::try_from(character).unwrap_or(u8::MAX);
                plain.length += 1;
            }
        }
        plain.bytes.make_ascii_lowercase();
        plain
    }

    pub fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| word.as_bytes() == &self.bytes[..self.length])
    }

    /// Whether it may be a letter by itself: it is no longer, or had an apostrophe.
    pub const fn may_be_letter(&self) -> bool {
        self.length == 1 || self.had_apostrophe
    }

    const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Cuts the first word of the phrase that goes on at the start of a text from it.
fn next_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let start = rest.trim_start_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
    let length = start.find(|c| !is_part_of_word(c)).unwrap_or(start.len());
    let (word, after) = start.split_at(length);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// Cuts the last word of the phrase that ends with a text from it.
fn last_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = rest.trim_end_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
    let (before, word) = end.split_at(end.trim_end_matches(is_part_of_word).len());
    *rest = before;
    (!word.is_empty()).then_some(word)
}

/// The words of the phrase that goes on at the start of `text`, in order.
pub fn following_words(text: &str) -> impl Iterator<Item = Plain> {
    let mut rest = text;
    std::iter::from_fn(move || next_word(&mut rest).map(Plain::new)).filter(|word| !word.is_empty())
}

/// The words of the phrase that ends with `text`, the nearest first.
pub fn preceding_words(text: &str) -> impl Iterator<Item = Plain> {
    let mut rest = text;
    std::iter::from_fn(move || last_word(&mut rest).map(Plain::new)).filter(|word| !word.is_empty())
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
        let are = |words: Vec<Plain>, expected: &[&str]| {
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
