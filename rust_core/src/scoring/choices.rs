//! Multiple choice: which option a free text names.
//!
//! The published evaluations take the first letter they see, so that "I considered (A) but the
//! answer is (C)" counts as A. The rules here, the first that decides:
//!
//! 1. The whole text is one letter, marks aside, or is an option's text. If it is both, of two
//!    different options, it is ambiguous.
//! 2. Statements, the last one first. A statement is an announcement ("answer", "choice" or
//!    "option" with ":", "=", "is" or "would/should/must/could be" after it) or an assertion ("(B)
//!    is the correct one"). An announcement holds to the end of its line and names, in this order,
//!    the option whose text comes next, the first letter that is not denied, or the one option
//!    whose text occurs. One that names nothing is passed over.
//! 3. The last marked letter that is not denied. Where lines of text open with the letters of two
//!    or more options, they are a copy of the list of options and don't count. A capital letter
//!    that opens the text counts as marked, unless the text opens with an option's text.
//! 4. The one option whose text occurs, and the last capital letter by itself; if there are both
//!    and they differ, it is ambiguous.
//!
//! Two different letters that form a list ("A or B") are ambiguous wherever the rules meet them.
//! An ambiguous text names no option.

use std::cell::OnceCell;
use std::ops::Range;

use super::extraction::{Buffers, is_filler};
use super::mentions::{Form, Mention, Mentions, is_list};
use super::option_texts::Options;
use super::phrases::goes_on_into;
use crate::text::{is_alphanumeric, is_word};

/// What a rule made of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Option(usize),
    Ambiguous,
}

impl Verdict {
    fn option(self) -> Option<usize> {
        match self {
            Self::Option(option) => Some(option),
            Self::Ambiguous => None,
        }
    }
}

/// The option that `text` names, if it names one.
pub fn extract_choice(text: &str, options: &Options, buffers: &mut Buffers) -> Option<usize> {
    let Buffers { announcements, short_words, .. } = buffers;
    let verdict = whole(text, options).or_else(|| {
        short_words.find(text.as_bytes());
        find_announcements(text, &short_words.nouns, announcements);
        let mentions = Mentions::new(text, options.count(), short_words);
        stated(text, announcements, &mentions, options)
            .or_else(|| marked(text, &mentions, options))
            .or_else(|| occurring(text, &mentions, options))
    });
    verdict.and_then(Verdict::option)
}

/// Rule 1.
fn whole(text: &str, options: &Options) -> Option<Verdict> {
    let core = text.trim_start_matches(|character| !is_word(character));
    let mut characters = core.chars();
    let first = characters.next().filter(char::is_ascii_alphabetic);
    let rest = characters.as_str();
    let is_alone = !rest.contains(is_word) && !goes_on_into(rest);
    let letter = first.map(|letter| usize::from(letter.to_ascii_lowercase() as u8 - b'a'));
    let letter = letter.filter(|&letter| is_alone && letter < options.count());
    agreement(letter, options.said_by(text))
}

/// What two readings say together.
fn agreement(one: Option<usize>, other: Option<usize>) -> Option<Verdict> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(Verdict::Ambiguous),
        _ => one.or(other).map(Verdict::Option),
    }
}

/// Rule 2.
fn stated(
    text: &str,
    announcements: &[Range<usize>],
    mentions: &Mentions,
    options: &Options,
) -> Option<Verdict> {
    let mut end = text.len();
    for announcement in announcements.iter().rev() {
        if let Some(assertion) = mentions.last_asserted(announcement.end..end) {
            return Some(Verdict::Option(assertion.option));
        }
        let announced = announced(text, announcement.end, end, mentions, options);
        if announced.is_some() {
            return announced;
        }
        end = announcement.start;
    }
    mentions.last_asserted(0..end).map(|assertion| Verdict::Option(assertion.option))
}

/// Finds where a text announces an answer: from the noun, which is one of these words of six
/// letters, to the end of the verb or mark.
fn find_announcements(text: &str, words: &[usize], found: &mut Vec<Range<usize>>) {
    const NOUNS: [&str; 3] = ["answer", "choice", "option"];
    const MODALS: [&str; 4] = ["would", "should", "must", "could"];
    found.clear();
    for &start in words {
        let end = start + NOUNS[0].len();
        let noun = &text.as_bytes()[start..end];
        if !NOUNS.iter().any(|known| noun.eq_ignore_ascii_case(known.as_bytes()))
            || text[..start].ends_with(is_alphanumeric)
            || text[end..].starts_with(is_alphanumeric)
        {
            continue;
        }
        let rest = text[end..].trim_start_matches(is_filler);
        let left =
            rest.strip_prefix([':', '=']).or_else(|| without_word(rest, "is")).or_else(|| {
                let after = MODALS.iter().find_map(|modal| without_word(rest, modal))?;
                without_word(after.trim_start_matches(is_filler), "be")
            });
        if let Some(left) = left {
            found.push(start..text.len() - left.len());
        }
    }
}

/// What follows a word, in any case, at the start of a text.
fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(word.len())?;
    (first.eq_ignore_ascii_case(word) && !rest.starts_with(is_word)).then_some(rest)
}

/// What an announcement that ends at `start` announces, before `end`.
fn announced(
    text: &str,
    start: usize,
    end: usize,
    mentions: &Mentions,
    options: &Options,
) -> Option<Verdict> {
    let first = start + text[start..end].find(is_word)?;
    let end = text[first..end].find('\n').map_or(end, |length| first + length);
    let folded = options.folding(&text[start..end]);

    let letter = mentions.within(first..end).find(|mention| {
        (mention.form != Form::Small || mention.at == first) && !mention.is_denied()
    });
    if let Some(option) = options.opening(&folded)
        && letter.is_none_or(|letter| letter.form != Form::Marked)
    {
        return match letter {
            // An option that is itself a letter can't be told from the letter of an option.
            Some(letter)
                if letter.at == first
                    && letter.option != option
                    && options.folded(option).len() == 1 =>
            {
                Some(Verdict::Ambiguous)
            }
            _ => Some(Verdict::Option(option)),
        };
    }
    match letter {
        Some(letter) => Some(unless_listed(text, &letter, mentions)),
        None => options.contained_in(&folded).map(Verdict::Option),
    }
}

/// The option of a mention, unless it forms a list with a mention of another one next to it.
fn unless_listed(text: &str, mention: &Mention, mentions: &Mentions) -> Verdict {
    let counts = |other: &Mention| other.form != Form::Small && !other.is_denied();
    let differs = |other: &Mention| {
        let (from, to) = (mention.at.min(other.at), mention.at.max(other.at));
        mention.option != other.option && is_list(&text[from + 1..to])
    };
    let previous = || mentions.within(0..mention.at).rev().find(counts);
    let next = || mentions.within(mention.at + 1..text.len()).find(counts);
    let before = mentions.has_letters(0..mention.at);
    let after = mentions.has_letters(mention.at + 1..text.len());
    let in_list =
        before && mention.may_end_list() && previous().is_some_and(|other| differs(&other))
            || after && mention.may_open_list() && next().is_some_and(|other| differs(&other));
    if in_list { Verdict::Ambiguous } else { Verdict::Option(mention.option) }
}

/// Rule 3.
fn marked(text: &str, mentions: &Mentions, options: &Options) -> Option<Verdict> {
    let opens_text =
        |mention: &Mention| mention.form == Form::Capital && !text[..mention.at].contains(is_word);
    let opens_with_option = || options.opening(&options.folding(text)).is_some();
    let list = OnceCell::new();
    let has_list = || {
        *list.get_or_init(|| {
            let mut items = mentions.within(0..text.len()).filter(Mention::is_item);
            let first = items.next().map(|item| item.option);
            items.any(|item| Some(item.option) != first)
        })
    };
    let last = mentions.within(0..text.len()).rev().find(|mention| {
        (mention.form == Form::Marked || opens_text(mention) && !opens_with_option())
            && !mention.is_denied()
            && !(mention.is_item() && has_list())
    });
    last.map(|last| unless_listed(text, &last, mentions))
}

/// Rule 4.
fn occurring(text: &str, mentions: &Mentions, options: &Options) -> Option<Verdict> {
    let capital = mentions
        .within(0..text.len())
        .rev()
        .find(|mention| mention.form == Form::Capital && !mention.is_denied());
    let letter = capital.map(|capital| unless_listed(text, &capital, mentions));
    if letter == Some(Verdict::Ambiguous) {
        return letter;
    }
    let option = options.contained_in(&options.folding(text));
    agreement(letter.and_then(Verdict::option), option)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> Option<usize> {
        let cities = Options::new(&["Paris", "London", "New York", "York"]);
        extract_choice(text, &cities, &mut Buffers::default())
    }

    #[test]
    fn a_letter_or_a_text_alone_names_its_option() {
        for text in ["(B)", "B.", "B)", "B:", "B", "b", "**b**", "London", "LONDON!", "{B}"] {
            assert_eq!(choice(text), Some(1), "{text}");
        }
        assert_eq!(choice("C++"), None);
        assert_eq!(choice("x"), None);
    }

    #[test]
    fn the_last_statement_wins_over_what_was_considered() {
        for text in [
            "I considered (A) but the answer is (C)",
            "The answer is (A). No: the correct answer is C, not D.",
            "**Answer:** C",
            "Answer:\n(C) New York",
            "the correct choice would be new york",
            "(A) is wrong. (C) is right. (B) is wrong",
            "The answer is not (A), it is (C).",
            "My answer is c.",
        ] {
            assert_eq!(choice(text), Some(2), "{text}");
        }
    }

    #[test]
    fn without_a_statement_the_last_marked_letter_counts() {
        assert_eq!(choice("Between (A) and Rome, (B) it must be"), Some(1));
        assert_eq!(choice("A) Paris\nB) London"), None);
        assert_eq!(choice("A) Paris\nB) London\nC) New York\n\n(B)"), Some(1));
        assert_eq!(choice("I go with option d"), Some(3));
        assert_eq!(choice("B because it is large"), Some(1));
    }

    #[test]
    fn an_article_is_not_option_a() {
        assert_eq!(choice("A dog lives in London"), Some(1));
        assert_eq!(choice("The answer is a city in the north"), None);
        assert_eq!(choice("A because of the river"), Some(0));
        assert_eq!(choice("The answer is a."), Some(0));
    }

    #[test]
    fn ambiguity_names_nothing() {
        for text in
            ["A or B", "The answer is (A) or (B)", "(A)/(B)", "Paris or London", "", "Paris, so B"]
        {
            assert_eq!(choice(text), None, "{text}");
        }
        let letters = Options::new(&["B", "A"]);
        assert_eq!(extract_choice("B", &letters, &mut Buffers::default()), None);
    }

    #[test]
    fn a_longer_option_is_meant_where_a_shorter_one_is_inside_it() {
        assert_eq!(choice("I would say New York"), Some(2));
        assert_eq!(choice("I would say old York"), Some(3));
    }
}
