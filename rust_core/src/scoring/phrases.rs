//! The words around a place in a text, within its sentence.

use super::fold::is_quotation;
use crate::text::{is_word, lower};

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

/// A word as it is compared: in lower case, without apostrophes.
fn plain(word: &str) -> String {
    lower(word).replace(is_apostrophe, "")
}

/// The words of the phrase that goes on at the start of `text`, in order.
pub fn following_words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
        let (word, after) = rest.split_at(rest.find(|c| !is_part_of_word(c)).unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then(|| plain(word))
    })
    .filter(|word| !word.is_empty())
}

/// The words of the phrase that ends with `text`, the nearest first.
pub fn preceding_words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_end_matches(|c| !is_part_of_word(c) && !ends_phrase(c));
        let (before, word) = rest.split_at(rest.trim_end_matches(is_part_of_word).len());
        rest = before;
        (!word.is_empty()).then(|| plain(word))
    })
    .filter(|word| !word.is_empty())
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
        assert_eq!(preceding_words(text).collect::<Vec<_>>(), ["two", "isnt", "it"]);
        assert_eq!(following_words(" (Two)' can't; so").collect::<Vec<_>>(), ["two", "cant"]);
        assert_eq!(following_words(". So").next(), None);
        assert_eq!(preceding_words("So.").next(), None);
    }

    #[test]
    fn a_letter_of_a_compound_does_not_stand_alone() {
        assert!(goes_on_from("can'") && goes_on_from("vitamin-") && goes_on_from("U."));
        assert!(goes_on_into("'d") && goes_on_into("-level") && goes_on_into("++"));
        assert!(!goes_on_from("it is '") && !goes_on_into(". It") && !goes_on_into("\u{2019},"));
    }
}
