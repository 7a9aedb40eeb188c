//! What a letter, a digit, white space and lower case are: CPython 3.11's answers.
//!
//! The tables are generated (`scripts/generate_unicode_tables.py`). The standard library would
//! answer differently for some 1,400 code points, and differently again with another compiler.

use super::ascii::push_bare;
use super::unicode_tables::{
    ALPHABETIC, ALPHANUMERIC, CASE_IGNORABLE, CASED, DECIMAL, DIGIT, LOWER,
};
use crate::cancellation::Pace;

/// Whether `character` stands between an odd and an even switch of a table, counted from one.
///
/// Apart, so that what is asked of nearly all characters, which are ASCII, is short enough to be
/// inlined.
#[inline(never)]
fn in_table(table: &[u32], character: char) -> bool {
    table.partition_point(|&switch| switch <= character as u32) % 2 == 1
}

/// `str.isalnum` of one character.
#[inline]
pub fn is_alphanumeric(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric()
    } else {
        in_table(&ALPHANUMERIC, character)
    }
}

/// `str.isalpha` of one character.
pub fn is_alphabetic(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphabetic()
    } else {
        in_table(&ALPHABETIC, character)
    }
}

/// `str.isdigit` of one character.
pub fn is_digit(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_digit() } else { in_table(&DIGIT, character) }
}

/// The value of a character for which `str.isdecimal` is true.
pub fn decimal(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = character as u32;
    let switches = DECIMAL.partition_point(|&switch| switch <= code);
    (switches % 2 == 1).then(|| (code - DECIMAL[switches - 1]) % 10)
}

/// `\w` of Python's `re`: a letter, a digit or the underscore.
#[inline]
pub fn is_word(character: char) -> bool {
    character == '_' || is_alphanumeric(character)
}

/// `str.isspace` of one character, which is also what `str.split` and `str.strip` go by.
pub fn is_space(character: char) -> bool {
    matches!(character,
        '\t'..='\r' | '\x1c'..='\x20' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// `str.strip`.
pub fn strip(text: &str) -> &str {
    // Most texts have been stripped already, which is quick to see.
    let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches(is_space)
}

/// Whether a capital sigma between these texts is lowered to its final form: the nearest letter
/// before it that isn't looked past is cased, and the nearest one after it is not.
fn sigma_is_final(before: &str, after: &str) -> bool {
    let seen = |character: &char| !in_table(&CASE_IGNORABLE, *character);
    let is_cased = |character| in_table(&CASED, character);
    before.chars().rev().find(seen).is_some_and(is_cased)
        && !after.chars().find(seen).is_some_and(is_cased)
}

/// The lower case of a non-ASCII letter other than `Σ` and `İ`, whose lower case is one letter.
fn lower_single(character: char) -> char {
    let code = character as u32;
    let run = LOWER.partition_point(|&(first, ..)| first <= code);
    if let Some(&(first, last, step, offset)) = run.checked_sub(1).and_then(|run| LOWER.get(run))
        && code <= last
        && (code - first).is_multiple_of(step)
    {
        return char::from_u32(code.wrapping_add_signed(offset)).unwrap_or(character);
    }
    character
}

/// Appends `str.lower` of the character at byte `at` of `text`.
pub fn push_lower(text: &str, at: usize, character: char, out: &mut String) {
    match character {
        _ if character.is_ascii() => out.push(character.to_ascii_lowercase()),
        'Σ' if sigma_is_final(&text[..at], &text[at + 'Σ'.len_utf8()..]) => out.push('ς'),
        'İ' => out.push_str("i\u{307}"),
        _ => out.push(lower_single(character)),
    }
}

/// Appends `str.lower` of a text without its ASCII punctuation. A hyphen becomes a space, or goes
/// too.
pub fn push_bare_lower<const HYPHEN_IS_SPACE: bool>(text: &str, out: &mut String) {
    let mut at = 0;
    let mut pace = Pace::default();
    while at < text.len() {
        let length = push_bare::<HYPHEN_IS_SPACE>(&text[at..], out);
        at += length;
        if pace.is_cancelled_after(length) {
            return;
        }
        for character in text[at..].chars().take_while(|character| !character.is_ascii()) {
            if pace.is_cancelled_after(8) {
                return;
            }
            push_lower(text, at, character, out);
            at += character.len_utf8();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_no_letter_where_the_standard_library_says_it_is() {
        assert!('\u{345}'.is_alphanumeric() && !is_alphanumeric('\u{345}'));
        assert!(is_word('_') && !is_alphanumeric('_'));
    }

    #[test]
    fn digits_are_those_of_every_script() {
        assert!(is_digit('²') && decimal('²').is_none() && !is_alphabetic('²'));
        assert_eq!(('०'..='९').map(decimal).collect::<Option<Vec<_>>>().unwrap()[7], 7);
        assert_eq!((decimal('\u{1d7ff}'), decimal('9'), decimal('x')), (Some(9), Some(9), None));
        assert!(is_alphabetic('é') && is_alphabetic('x') && !is_alphabetic('7'));
    }

    #[test]
    fn the_separators_of_ascii_are_white_space() {
        assert_eq!(strip("\x1c\u{3000} a b\x1f\n"), "a b");
    }
}
