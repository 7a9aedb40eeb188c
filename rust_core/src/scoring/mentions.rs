//! Where a text mentions an option by its letter.

use std::cell::Cell;
use std::ops::Range;

use super::phrases::{Word, following_words, goes_on_from, goes_on_into, preceding_words};
use super::short_words::ShortWords;
use crate::cancellation::Pace;
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

#[derive(Clone, Copy)]
pub struct Mention<'a> {
    text: &'a str,
    pub at: usize,
    pub option: usize,
    pub form: Form,
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
        && following_words(rest).next().is_some_and(|word| !word.is_one_of(&AFTER_LETTER))
}

/// Whether the noun that names an option is all but the last before a letter: "option B",
/// "choice **(B".
fn is_named(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t', '*', '_', '"', '\'', '`', '(']);
    before.ends_with(is_word)
        && preceding_words(before).next().is_some_and(|word| word.is_one_of(&NOUNS))
}

/// The form of the letter between these texts, if it is a mention at all.
fn form(letter: char, before: &str, after: &str) -> Option<Form> {
    if goes_on_from(before) || goes_on_into(after) {
        return None;
    }
    if is_bracketed(before, after)
        || after.starts_with([')', '.', ':']) && has_only_marks_in_line(before)
    {
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

/// Whether no letter or digit comes before a place on its line.
fn has_only_marks_in_line(before: &str) -> bool {
    let mut backwards = before.chars().rev();
    backwards.find(|&c| c == '\n' || is_alphanumeric(c)).is_none_or(|found| found == '\n')
}

impl Mention<'_> {
    fn before(&self) -> &str {
        &self.text[..self.at]
    }

    fn after(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// Whether only marks and white space come before it on its line.
    pub fn opens_line(&self) -> bool {
        has_only_marks_in_line(self.before())
    }

    /// Whether it opens its line and names what comes after it there: an item of a list of options.
    pub fn is_item(&self) -> bool {
        self.form == Form::Marked
            && self.opens_line()
            && self.after().chars().take_while(|&c| c != '\n').any(is_word)
    }

    pub fn stance(&self) -> Stance {
        let denied_before = preceding_words(self.before())
            .find(|word| !word.is_one_of(&NOUNS) && !word.is_one_of(&LINKS))
            .is_some_and(|word| word.is_one_of(&DENIALS));
        let mut words = following_words(self.after());
        let verb = words.next().unwrap_or_default();
        if denied_before || verb.is_one_of(&DENYING_VERBS) {
            return Stance::Denied;
        }
        if !verb.is_one_of(&VERBS) {
            return Stance::Plain;
        }
        let mut is_praised = false;
        for word in words.take(3) {
            if word.is_one_of(&BLAME) {
                return Stance::Denied;
            }
            is_praised |= word.is_one_of(&PRAISE);
        }
        if is_praised { Stance::Asserted } else { Stance::Plain }
    }

    pub fn is_denied(&self) -> bool {
        self.stance() == Stance::Denied
    }

    /// Whether the words before it leave open that it ends a list. They seldom do: a list goes on
    /// with certain words only, to another letter.
    pub fn may_end_list(&self) -> bool {
        lead_to_letter(preceding_words(self.before()))
    }

    /// The same of the words after it, and the start of a list.
    pub fn may_open_list(&self) -> bool {
        lead_to_letter(following_words(self.after()))
    }
}

/// The mentions in a text, of which only those that a rule asks for are looked at.
pub struct Mentions<'a> {
    text: &'a str,
    options: usize,
    places: &'a ShortWords,
    pace: Cell<Pace>,
}

impl<'a> Mentions<'a> {
    /// The mentions of the first `options` letters of the alphabet, of a text whose short words
    /// have been found.
    pub fn new(text: &'a str, options: usize, places: &'a ShortWords) -> Self {
        Self { text, options, places, pace: Cell::default() }
    }

    fn is_cancelled(&self) -> bool {
        let mut pace = self.pace.get();
        let is_cancelled = pace.is_cancelled_after(64);
        self.pace.set(pace);
        is_cancelled
    }

    fn letter(&self, at: usize) -> Option<Mention<'a>> {
        let letter = self.text.as_bytes()[at];
        let option = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
        if option >= self.options.min(26) || self.is_cancelled() {
            return None;
        }
        let form = form(char::from(letter), &self.text[..at], &self.text[at + 1..])?;
        Some(Mention { text: self.text, at, option, form })
    }

    /// Whether anything in a part of the text may be a mention.
    pub fn has_letters(&self, part: Range<usize>) -> bool {
        self.places.has_any(part)
    }

    /// The mentions in a part of the text, in order.
    pub fn within(&self, part: Range<usize>) -> impl DoubleEndedIterator<Item = Mention<'a>> {
        self.places.alone(part).filter_map(|at| self.letter(at))
    }

    /// The last mention in a part of the text that is asserted, which few texts have.
    pub fn last_asserted(&self, part: Range<usize>) -> Option<Mention<'a>> {
        if !self.places.may_have_verbs {
            return None;
        }
        let has_verb = |&at: &usize| {
            let next = following_words(&self.text[at + 1..]).next();
            next.is_some_and(|word| word.is_one_of(&VERBS))
        };
        let letters = self.places.alone(part).rev();
        let letters = letters.take_while(|_| !self.is_cancelled()).filter(has_verb);
        letters.filter_map(|at| self.letter(at)).find(|it| it.stance() == Stance::Asserted)
    }
}

/// Whether the text between two mentions makes a list of them: "A or B", "(A)/(B)", "A, B".
pub fn is_list(between: &str) -> bool {
    !between.contains(['\n', '.', ';', '?', '!'])
        && following_words(between).all(|word| is_of_list(&word))
}

/// Whether the first of these words that is not of a list may be a letter.
fn lead_to_letter<'a>(mut words: impl Iterator<Item = Word<'a>>) -> bool {
    words.find(|word| word.may_be_letter() || !is_of_list(word)).is_some_and(|w| w.may_be_letter())
}

fn is_of_list(word: &Word) -> bool {
    word.is_one_of(&["and", "or", "either", "both", "the"]) || word.is_one_of(&NOUNS)
}
