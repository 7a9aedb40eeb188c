//! Whether a text contains another as whole words.
//!
//! The published metric searches `\b(reference)\b`. That finds 24 in -24 and 5 in 1.5, never
//! finds -24 at all, and finds an empty reference in any text. Here an occurrence must instead cut
//! no word and no number in two; for words and unsigned integers among words the two agree.

use memchr::memmem;

use super::fold::{is_hyphen, is_quotation};
use crate::cancellation::Pace;
use crate::text::{is_alphanumeric, is_word};

/// A text that is searched for in others.
pub struct Needle {
    finder: memmem::Finder<'static>,
    /// Its first and its last character, if it isn't empty.
    ends: Option<(char, char)>,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        Self {
            finder: memmem::Finder::new(text).into_owned(),
            ends: text.chars().next().zip(text.chars().next_back()),
        }
    }

    fn len(&self) -> usize {
        self.finder.needle().len()
    }

    /// Where it occurs in `text`, overlapping occurrences included. It must not be empty.
    fn occurrences(&self, text: &str) -> impl Iterator<Item = usize> {
        let step = self.ends.map_or(1, |(first, _)| first.len_utf8());
        let mut from = 0;
        let mut pace = Pace::default();
        std::iter::from_fn(move || {
            let rest = text.as_bytes().get(from..)?;
            let at = from + self.finder.find(rest)?;
            if pace.is_cancelled_after(step + at - from) {
                return None;
            }
            from = at + step;
            Some(at)
        })
    }

    /// Where it occurs in `text` without cutting a word or a number in two; nowhere if it is empty.
    pub fn whole_occurrences(&self, text: &str) -> impl Iterator<Item = usize> {
        self.ends.into_iter().flat_map(move |(first, last)| {
            self.occurrences(text).filter(move |&at| {
                !is_cut_left(&text[..at], first) && !is_cut_right(last, &text[at + self.len()..])
            })
        })
    }

    /// Whether `text` starts with it, without cutting a word or a number in two.
    pub fn opens(&self, text: &str) -> bool {
        let cut = |(_, last)| is_cut_right(last, &text[self.len()..]);
        text.as_bytes().starts_with(self.finder.needle()) && self.ends.is_some_and(|e| !cut(e))
    }

    /// Whether `text` contains it as whole words; if it is empty, whether `text` is.
    fn is_in(&self, text: &str) -> bool {
        match self.ends {
            Some(_) => self.whole_occurrences(text).next().is_some(),
            None => text.is_empty(),
        }
    }

    /// The published form: whether `re.search(r"\b(needle)\b", text)` finds it, taken literally.
    fn is_in_by_reference(&self, text: &str) -> bool {
        if self.ends.is_none() {
            return text.chars().any(is_word);
        }
        self.occurrences(text)
            .any(|at| is_word_boundary(text, at) && is_word_boundary(text, at + self.len()))
    }
}

/// Whether `text` contains `searched` as whole words, or by the published form. `needle` gives what
/// searches for it in a text that is much longer.
pub fn is_in<'a>(
    searched: &str,
    text: &str,
    is_published: bool,
    needle: impl FnOnce() -> Option<&'a Needle>,
) -> bool {
    /// In how many places it is looked for by comparing it.
    const FEW: usize = 32;
    let Some(places) = text.len().checked_sub(searched.len()) else {
        return false;
    };
    let Some((first, last)) = searched.chars().next().zip(searched.chars().next_back()) else {
        return if is_published { text.chars().any(is_word) } else { text.is_empty() };
    };
    if places < FEW {
        return (0..=places).any(|at| {
            text.as_bytes()[at..].starts_with(searched.as_bytes())
                && if is_published {
                    is_word_boundary(text, at) && is_word_boundary(text, at + searched.len())
                } else {
                    !is_cut_left(&text[..at], first)
                        && !is_cut_right(last, &text[at + searched.len()..])
                }
        });
    }
    needle().is_some_and(|needle| {
        if is_published { needle.is_in_by_reference(text) } else { needle.is_in(text) }
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

/// Whether byte `at` of `text` is a word boundary, `\b` of Python's `re`.
fn is_word_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(is_word);
    before != text[at..].chars().next().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::Needle;

    fn contains(text: &str, needle: &str) -> bool {
        Needle::new(needle).is_in(text)
    }

    fn contains_reference(text: &str, needle: &str) -> bool {
        Needle::new(needle).is_in_by_reference(text)
    }

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
