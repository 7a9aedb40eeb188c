//! Whether a text contains another as whole words.
//!
//! The published metric searches `\b(reference)\b`. That finds 24 in -24 and 5 in 1.5, never
//! finds -24 at all, and finds an empty reference in any text. `contains` asks instead that an
//! occurrence cut no word and no number in two; for words and unsigned integers among words the
//! two agree.

use memchr::memmem;

use super::fold::{is_hyphen, is_quotation};
use crate::text::{is_alphanumeric, is_word};

/// Where `needle`, which isn't empty, occurs in `text`, overlapping occurrences included.
fn occurrences<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let step = needle.chars().next().map_or(1, char::len_utf8);
    let finder = memmem::Finder::new(needle.as_bytes());
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(text.as_bytes().get(from..)?)?;
        from = at + step;
        Some(at)
    })
}

fn is_digit(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_ascii_digit())
}

/// Whether a mark between two digits makes one number of them: `1.5`, `1,000`, `10:30`. A hyphen
/// between digits is a range or a difference, of two numbers.
fn joins_digits(mark: char) -> bool {
    mark.is_ascii_punctuation() && mark != '-' && !is_quotation(mark)
}

/// Whether an occurrence that starts with `first` goes on to the left, where `before` ends.
fn is_cut_left(before: &str, first: char) -> bool {
    let mut backwards = before.chars().rev();
    let Some(previous) = backwards.next() else {
        return false;
    };
    let second = backwards.next();
    if is_word(first) && is_word(previous) {
        return true;
    }
    if first.is_ascii_digit() {
        return previous == '.'
            || is_hyphen(previous) && !second.is_some_and(is_alphanumeric)
            || joins_digits(previous) && is_digit(second);
    }
    // A sign or a decimal point that opens the needle: not one if a number comes before it.
    first == '.' && previous.is_ascii_digit() || is_hyphen(first) && is_alphanumeric(previous)
}

/// Whether an occurrence that ends with `last` goes on to the right, where `after` starts.
fn is_cut_right(last: char, after: &str) -> bool {
    let mut forwards = after.chars();
    let Some(next) = forwards.next() else {
        return false;
    };
    is_word(last) && is_word(next)
        || last.is_ascii_digit() && joins_digits(next) && is_digit(forwards.next())
}

/// Where `needle` occurs in `text` without cutting a word or a number in two. An empty needle
/// occurs nowhere.
pub fn whole_occurrences<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let ends = needle.chars().next().zip(needle.chars().next_back());
    ends.into_iter().flat_map(move |(first, last)| {
        occurrences(text, needle).filter(move |&at| {
            !is_cut_left(&text[..at], first) && !is_cut_right(last, &text[at + needle.len()..])
        })
    })
}

/// Whether `text` contains `needle` as whole words; an empty needle, only in an empty text.
pub fn contains(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        text.is_empty()
    } else {
        whole_occurrences(text, needle).next().is_some()
    }
}

/// Whether byte `at` of `text` is a word boundary, `\b` of Python's `re`.
fn is_word_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(is_word);
    before != text[at..].chars().next().is_some_and(is_word)
}

/// The published form: `re.search(r"\b(needle)\b", text)` with the needle taken literally.
pub fn contains_reference(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return text.chars().any(is_word);
    }
    occurrences(text, needle)
        .any(|at| is_word_boundary(text, at) && is_word_boundary(text, at + needle.len()))
}

#[cfg(test)]
mod tests {
    use super::{contains, contains_reference};

    #[test]
    fn a_word_is_found_whole() {
        for search in [contains, contains_reference] {
            assert!(search("a big cat", "cat") && search("cat", "cat") && search("été, là", "là"));
            assert!(!search("concatenate", "cat") && !search("cat_s", "cat"));
            assert!(search("cats cat", "cat") && search("aa a", "a"));
        }
    }

    #[test]
    fn a_number_is_not_found_inside_another() {
        for (text, needle) in [
            ("-24", "24"),
            ("1.5", "5"),
            ("1.5", "1"),
            ("10:30", "30"),
            ("1.5", ".5"),
            ("3-5", "-5"),
        ] {
            assert!(!contains(text, needle), "{needle} in {text}");
        }
        for (text, needle) in [("it is -24", "-24"), ("(24)", "24"), ("24.", "24"), ("3-5", "5")] {
            assert!(contains(text, needle), "{needle} in {text}");
        }
        assert!(contains_reference("-24", "24") && !contains_reference("it is -24", "-24"));
    }

    #[test]
    fn an_empty_needle_is_found_in_an_empty_text_only() {
        assert!(contains("", "") && !contains("cat", ""));
        assert!(contains_reference("cat", "") && !contains_reference("", ""));
    }
}
