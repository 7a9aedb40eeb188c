//! Where a text mentions an option by its letter.

use super::phrases::{following_words, goes_on_from, goes_on_into, preceding_words};
use crate::text::{is_alphanumeric, is_word};

/// How a letter stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In brackets, before `)`, `.` or `:` at the start of a line, or right after the word
    /// "option", "choice", "letter" or "answer".
    Marked,
    /// A capital letter by itself.
    Capital,
    /// A small letter by itself, which is a mention only where an answer is announced.
    Small,
}

/// What the sentence says of the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// "not (A)", "A is wrong".
    Denied,
    /// "B is correct".
    Asserted,
    Plain,
}

#[derive(Clone, Copy, Debug)]
pub struct Mention {
    pub at: usize,
    pub option: usize,
    pub form: Form,
    pub stance: Stance,
    /// Whether only marks and white space come before it on its line.
    pub opens_line: bool,
}

/// Words after which a letter names an option.
const NOUNS: [&str; 4] = ["option", "choice", "letter", "answer"];
/// Words after "A" or "I" that show it to be a letter, and not the article or the pronoun.
const AFTER_LETTER: [&str; 8] = ["is", "because", "since", "as", "and", "or", "but", "which"];
/// Words that deny the option after them: "not (A)", "rather than (A)", "instead of (A)".
const DENIALS: [&str; 9] =
    ["not", "nor", "neither", "than", "isnt", "wasnt", "cannot", "cant", "instead"];
/// Words that may stand between a denial and the letter, besides the nouns.
const LINKS: [&str; 3] = ["the", "be", "of"];
const VERBS: [&str; 3] = ["is", "was", "must"];
const DENYING_VERBS: [&str; 4] = ["isnt", "wasnt", "cannot", "cant"];
const PRAISE: [&str; 5] = ["correct", "right", "true", "best", "answer"];
const BLAME: [&str; 5] = ["not", "wrong", "incorrect", "false", "invalid"];

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.contains(&word)
}

fn is_bracketed(before: &str, after: &str) -> bool {
    let pair = before.chars().next_back().zip(after.chars().next());
    matches!(pair, Some(('(', ')') | ('[', ']') | ('{', '}')))
}

/// Whether "a" or "i" before `after` is the article or the pronoun: only blanks are between it and
/// a word that does not show it to be a letter.
fn is_article(letter: char, after: &str) -> bool {
    let rest = after.trim_start_matches([' ', '\t']);
    matches!(letter, 'A' | 'a' | 'I' | 'i')
        && rest.len() < after.len()
        && rest.starts_with(is_word)
        && following_words(rest).next().is_some_and(|word| !is_one_of(&word, &AFTER_LETTER))
}

/// Whether the noun that names an option is all but the last before a letter: "option B",
/// "choice **(B".
fn is_named(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t', '*', '_', '"', '\'', '`', '(']);
    before.ends_with(is_word)
        && preceding_words(before).next().is_some_and(|word| is_one_of(&word, &NOUNS))
}

/// The form of the letter between these texts, if it is a mention at all.
fn form(letter: char, before: &str, after: &str, opens_line: bool) -> Option<Form> {
    if goes_on_from(before) || goes_on_into(after) {
        return None;
    }
    if is_bracketed(before, after) || opens_line && after.starts_with([')', '.', ':']) {
        return Some(Form::Marked);
    }
    let is_named = is_named(before);
    if is_named && letter.is_ascii_uppercase() {
        return Some(Form::Marked);
    }
    if is_article(letter, after) {
        return None;
    }
    Some(match letter {
        _ if is_named => Form::Marked,
        'A'..='Z' => Form::Capital,
        _ => Form::Small,
    })
}

fn stance(before: &str, after: &str) -> Stance {
    let denied_before = preceding_words(before)
        .find(|word| !is_one_of(word, &NOUNS) && !is_one_of(word, &LINKS))
        .is_some_and(|word| is_one_of(&word, &DENIALS));
    let mut words = following_words(after);
    let verb = words.next().unwrap_or_default();
    let complement: Vec<String> = words.take(3).collect();
    let complement_has = |list| complement.iter().any(|word| is_one_of(word, list));
    let is_verb = is_one_of(&verb, &VERBS);
    if denied_before || is_one_of(&verb, &DENYING_VERBS) || is_verb && complement_has(&BLAME) {
        Stance::Denied
    } else if is_verb && complement_has(&PRAISE) {
        Stance::Asserted
    } else {
        Stance::Plain
    }
}

/// The mentions of the first `options` letters of the alphabet in `text`, in order.
pub fn mentions(text: &str, options: usize) -> Vec<Mention> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let option = usize::from(byte.to_ascii_lowercase().wrapping_sub(b'a'));
        // Most letters are inside a word: two bytes tell so.
        if option >= options.min(26)
            || bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
            || at > 0 && bytes[at - 1].is_ascii_alphanumeric()
        {
            continue;
        }
        let (before, after) = (&text[..at], &text[at + 1..]);
        let line = before.rsplit('\n').next().unwrap_or(before);
        let opens_line = !line.contains(is_alphanumeric);
        if let Some(form) = form(byte as char, before, after, opens_line) {
            found.push(Mention { at, option, form, stance: stance(before, after), opens_line });
        }
    }
    found
}

/// Whether the text between two mentions makes a list of them: "A or B", "(A)/(B)", "A, B".
pub fn is_list(between: &str) -> bool {
    !between.contains(['\n', '.', ';', '?', '!'])
        && following_words(between).all(|word| {
            is_one_of(&word, &["and", "or", "either", "both", "the"]) || is_one_of(&word, &NOUNS)
        })
}
