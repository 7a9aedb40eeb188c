//! Folding: lower case, punctuation and white space, without losing what a number says.
//!
//! Dropping punctuation blindly makes -24 equal to 24, 1.5 to 15 and 1/2 to 12, so that a wrong
//! answer scores as a right one. Here a mark goes only where it says nothing:
//!
//! - a hyphen, or one of its typographic forms, is kept as `-` where it is the sign of a number:
//!   no letter or digit before it; a digit, a decimal point or a currency sign with its digit
//!   after it. Everywhere else it separates words.
//! - a period is kept where it is a decimal point: a digit after it, no letter before it.
//!   Everywhere else it is dropped.
//! - a comma before exactly three digits, after a digit, is dropped; every other comma separates.
//! - quotation marks and apostrophes are dropped, as is a dollar sign with no letter or digit
//!   before it.
//! - any other mark of ASCII is kept between two digits and separates words everywhere else.
//!
//! Words end up one space apart. A text of nothing but marks keeps them, since they are all it
//! says.

use crate::cancellation::Pace;
use crate::text::{is_alphanumeric, is_space, push_lower, push_plain};

/// The hyphens that can be the sign of a number.
pub const fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}')
}

/// Dashes that only ever separate.
const fn is_dash(character: char) -> bool {
    matches!(character, '\u{2014}' | '\u{2015}')
}

pub const fn is_quotation(character: char) -> bool {
    matches!(character, '\'' | '"' | '`' | '\u{2018}'..='\u{201f}')
}

const fn is_currency(character: char) -> bool {
    matches!(character, '$' | '£' | '¥' | '€')
}

/// Whether the text goes on with an unsigned number: `5`, `.5`.
fn starts_number(rest: &str) -> bool {
    let digits = rest.strip_prefix('.').unwrap_or(rest);
    digits.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a hyphen between these texts is the sign of a number.
fn is_sign(before: &str, after: &str) -> bool {
    !before.chars().next_back().is_some_and(is_alphanumeric)
        && starts_number(after.strip_prefix(is_currency).unwrap_or(after))
}

fn is_decimal_point(before: &str, after: &str) -> bool {
    after.starts_with(|next: char| next.is_ascii_digit())
        && !before
            .chars()
            .next_back()
            .is_some_and(|last| is_alphanumeric(last) && !last.is_ascii_digit())
}

fn is_between_digits(before: &str, after: &str) -> bool {
    before.ends_with(|last: char| last.is_ascii_digit())
        && after.starts_with(|next: char| next.is_ascii_digit())
}

fn is_thousands_separator(before: &str, after: &str) -> bool {
    let digits = after.bytes().take(4).take_while(u8::is_ascii_digit).count();
    digits == 3 && before.ends_with(|last: char| last.is_ascii_digit())
}

fn is_mark(character: char) -> bool {
    character.is_ascii_punctuation() || matches!(character, '\u{2010}'..='\u{2026}' | '\u{2212}')
}

/// What becomes of one mark.
enum Mark {
    Dropped,
    Space,
    Kept(char),
}

fn mark(before: &str, character: char, after: &str) -> Mark {
    match character {
        '.' if is_decimal_point(before, after) => Mark::Kept('.'),
        '.' | '…' => Mark::Dropped,
        ',' if is_thousands_separator(before, after) => Mark::Dropped,
        ',' => Mark::Space,
        '$' if !before.chars().next_back().is_some_and(is_alphanumeric) => Mark::Dropped,
        _ if is_quotation(character) => Mark::Dropped,
        _ if is_hyphen(character) && is_sign(before, after) => Mark::Kept('-'),
        _ if is_hyphen(character) || is_dash(character) => Mark::Space,
        _ if !character.is_ascii() => Mark::Kept(character),
        _ if is_between_digits(before, after) => Mark::Kept(character),
        _ => Mark::Space,
    }
}

/// Appends words to a text, one space apart.
struct Words<'a> {
    out: &'a mut String,
    start: usize,
    pending_space: bool,
}

impl<'a> Words<'a> {
    fn new(out: &'a mut String) -> Self {
        Self { start: out.len(), out, pending_space: false }
    }

    fn space(&mut self) {
        self.pending_space = true;
    }

    fn separate(&mut self) {
        if self.pending_space && !self.is_empty() {
            self.out.push(' ');
        }
        self.pending_space = false;
    }

    /// Appends the lower case of the character at byte `at` of `text`.
    fn letter(&mut self, text: &str, at: usize, character: char) {
        self.separate();
        push_lower(text, at, character, self.out);
    }

    /// Appends the longest start of a text that needs nothing but lower case, which is most of
    /// most texts. Returns its length.
    fn plain(&mut self, text: &str) -> usize {
        let after_word = !self.pending_space && !self.is_empty();
        if !after_word && !text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
            return 0;
        }
        self.separate();
        let length = push_plain(text, after_word, self.out);
        if self.out.ends_with(' ') && length > 0 {
            self.out.pop();
            self.pending_space = true;
        }
        length
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Dropped => {}
            Mark::Space => self.space(),
            Mark::Kept(kept) => {
                self.separate();
                self.out.push(*kept);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.out.len() == self.start
    }
}

/// Appends the folded form of `text` to `out`.
pub fn fold_into(text: &str, out: &mut String) {
    let mut words = Words::new(out);
    let mut at = 0;
    let mut pace = Pace::default();
    while at < text.len() {
        let length = words.plain(&text[at..]);
        at += length;
        if pace.is_cancelled_after(length + 16) {
            return;
        }
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        let next = at + character.len_utf8();
        if is_space(character) {
            words.space();
        } else if is_mark(character) {
            words.mark(&mark(&text[..at], character, &text[next..]));
        } else {
            words.letter(text, at, character);
        }
        at = next;
    }
    if words.is_empty() {
        collapse_into(text, out);
    }
}

/// Appends `text` in lower case, its words one space apart and its marks kept.
fn collapse_into(text: &str, out: &mut String) {
    let mut words = Words::new(out);
    let mut pace = Pace::default();
    for (at, character) in text.char_indices() {
        if pace.is_cancelled_after(8) {
            return;
        }
        if is_space(character) {
            words.space();
        } else {
            words.letter(text, at, character);
        }
    }
}

pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn a_number_keeps_its_sign_and_its_decimal_point() {
        for (text, folded) in [
            ("-24", "-24"),
            ("(−24)", "-24"),
            ("-$1,250.50!", "-1250.50"),
            ("$-5 or -.5", "-5 or -.5"),
            ("1.5", "1.5"),
            ("v.5 U.S.", "v5 us"),
            ("5-3, 1990–1995", "5 3 1990 1995"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn a_mark_inside_a_number_stays_and_elsewhere_separates() {
        for (text, folded) in [
            ("1/2 10:30 2^8", "1/2 10:30 2^8"),
            ("and/or f(x)=3", "and or f x 3"),
            ("1,2,3 12,345 1,2345", "1 2 3 12345 1 2345"),
            ("cat,dog", "cat dog"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn typographic_marks_are_their_plain_forms() {
        assert_eq!(fold("Don’t “stop”—now…"), fold("don't \"stop\" - now..."));
        assert_eq!(fold("Don’t “stop”—now…"), "dont stop now");
    }

    #[test]
    fn marks_alone_are_kept() {
        assert_eq!(fold(" ]  ) > "), "] ) >");
        assert_eq!(fold("..."), "...");
        assert_eq!(fold(" \t"), "");
    }
}
