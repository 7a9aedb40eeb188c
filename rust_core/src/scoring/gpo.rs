//! GPO's published evaluation (Tang et al. 2024, arXiv:2402.17564), whose parser is that of OPRO
//! (Yang et al. 2023, arXiv:2309.03409), defects included: what our own forms are compared with.

use std::borrow::Cow;

use super::extraction::{ANSWER, Buffers};
use crate::cancellation::Pace;
use crate::text::{
    decimal, is_alphabetic, is_digit, is_space, lower, lower_into, push_bare_lower, strip,
};

/// Appends what the published comparison of two answers goes by.
pub fn reference_into(text: &str, out: &mut String) {
    let mut plain = String::with_capacity(text.len());
    push_bare_lower::<false>(text, &mut plain);
    out.push_str(strip(&plain));
}

/// Phrases after which an answer stands, all of which start with the same noun.
const PRIMARY: [&str; 3] = ["answer is ", "answer: ", "answer is: "];
/// What comes before the noun in the phrases before which an answer stands.
const AHEAD: [&str; 4] = [" is the correct ", " is the right ", " is the final ", " is the "];

/// Where the answer starts after the last `#### `, and with `by_verb` after the last `is: ` in what
/// follows and the last `are: ` in what follows that.
fn start_after_marks(text: &str, by_verb: bool) -> usize {
    let bytes = text.as_bytes();
    // From the end: what is found first is what the last cut would leave.
    let mut start = None;
    for at in memchr::memrchr2_iter(b'#', b':', bytes) {
        let (before, is_hash) = (&bytes[..at], bytes[at] == b'#');
        if bytes.get(at + 1) != Some(&b' ') || !(is_hash || by_verb) {
            continue;
        }
        if is_hash && before.ends_with(b"###") || !is_hash && before.ends_with(b"is") {
            return start.unwrap_or(at + 2);
        }
        if !is_hash && before.ends_with(b"are") {
            start = start.or(Some(at + 2));
        }
    }
    start.unwrap_or(0)
}

/// What is left of a completion between the phrases that announce an answer, in lower case, and
/// whether there were any.
fn announced<'a>(
    prediction: &str,
    lowered: &'a mut String,
    nouns: &mut Vec<usize>,
) -> (&'a str, bool) {
    lowered.clear();
    lower_into(prediction, lowered);
    let text = strip(lowered);
    nouns.clear();
    nouns.extend(ANSWER.find_iter(text.as_bytes()));
    // The phrases are looked for in the completion as it is: "Answer: " is not one of them.
    let opens_phrase = |at: usize| PRIMARY.iter().any(|it| prediction[at..].starts_with(it));
    let is_primary = if prediction.is_ascii() {
        // Every character has stayed where it was.
        let stripped = prediction.len() - prediction.trim_start_matches(is_space).len();
        nouns.iter().any(|at| opens_phrase(stripped + at))
    } else {
        !nouns.is_empty() && ANSWER.find_iter(prediction.as_bytes()).any(opens_phrase)
    };
    let mut start = start_after_marks(text, !is_primary);
    if is_primary {
        for phrase in PRIMARY {
            let starts = |at: &&usize| **at >= start && text[**at..].starts_with(phrase);
            start = nouns.iter().rfind(starts).map_or(start, |at| at + phrase.len());
        }
    }
    let mut end = text.len();
    if !nouns.is_empty() {
        nouns.retain(|&at| at >= start);
        for phrase in AHEAD {
            let ends = |at: &&usize| {
                **at + ANSWER.needle().len() <= end && text[start..**at].ends_with(phrase)
            };
            end = nouns.iter().find(ends).map_or(end, |at| at - phrase.len());
        }
    }
    (&text[start..end], end - start < text.len())
}

/// The first letter in round brackets, with them; all of the text if there is none.
pub fn choice(prediction: &str, buffers: &mut Buffers) -> Cow<'static, str> {
    const NAMES: &str =
        "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)(r)(s)(t)(u)(v)(w)(x)(y)(z)";
    let (text, _) = announced(prediction, &mut buffers.lowered, &mut buffers.nouns);
    let bracketed =
        memchr::memchr_iter(b'(', text.as_bytes()).find_map(|at| match text.as_bytes()[at..] {
            [_, letter @ b'a'..=b'z', b')', ..] => Some(3 * usize::from(letter - b'a')),
            _ => None,
        });
    match bracketed {
        Some(at) => Cow::Borrowed(&NAMES[at..at + 3]),
        None => Cow::Owned(text.to_owned()),
    }
}

/// The text without its marks: the branch that would look for a word compares it with lists.
pub fn boolean(prediction: &str, buffers: &mut Buffers) -> String {
    let Buffers { lowered, nouns, plain, .. } = buffers;
    let (text, _) = announced(prediction, lowered, nouns);
    plain.clear();
    push_bare_lower::<false>(text, plain);
    strip(plain).to_owned()
}

const WORDS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// Marks that go from a number.
const fn is_mark(character: char) -> bool {
    matches!(character, '$' | ',' | '%' | '€' | '£' | ':')
}

/// The first number where one is announced, else the last, rounded to `decimals` places.
pub fn number(prediction: &str, decimals: usize, buffers: &mut Buffers) -> String {
    let Buffers { lowered, plain, nouns, .. } = buffers;
    let (text, is_announced) = announced(prediction, lowered, nouns);
    // What follows the last sign of equality, without white space at the ends. White space among
    // the marks there is at the end too once they are gone.
    let start = memchr::memrchr(b'=', text.as_bytes()).map_or(0, |at| at + 1);
    let is_edge = |character| is_space(character) || is_mark(character);
    let start = text.len() - text[start..].trim_start_matches(is_edge).len();
    let end = start + text[start..].trim_end_matches(is_edge).len();
    let spelt = |at: usize, part: &str| {
        let is_token = (at == 0 || text[..at].ends_with(' '))
            && (at + part.len() == text.len() || text[at + part.len()..].starts_with(' '));
        WORDS.iter().position(|word| *word == part).filter(|_| is_token).map(|index| index + 1)
    };
    let mut parts = text[start..end].split(' ');
    let mut at = if is_announced { start } else { end };
    let mut first = None;
    let mut pace = Pace::default();
    let found = loop {
        let part = if is_announced { parts.next() } else { parts.next_back() };
        let Some(part) = part.filter(|part| !pace.is_cancelled_after(part.len() + 16)) else {
            break first.unwrap_or_default();
        };
        let from = if is_announced { at } else { at - part.len() };
        if let Some(value) = spelt(from, part) {
            return written(value as f64, decimals);
        }
        if has_digit(part) {
            break part;
        }
        first = first.or(Some(part));
        at = if is_announced { from + part.len() + 1 } else { from.saturating_sub(1) };
    };
    plain.clear();
    plain.extend(found.chars().filter(|&character| !is_mark(character)));
    let part = plain.trim_end_matches(is_alphabetic);
    let part = part.strip_suffix('-').unwrap_or(part);
    match float(part) {
        Some(value) => written(value, decimals),
        None => last_digits(part).unwrap_or(part).to_owned(),
    }
}

fn written(value: f64, decimals: usize) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{value:.decimals$}") }
}

fn has_digit(part: &str) -> bool {
    part.bytes().any(|byte| byte.is_ascii_digit()) || !part.is_ascii() && part.contains(is_digit)
}

/// `float` of Python.
fn float(text: &str) -> Option<f64> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if text.bytes().all(is_plain) && text.bytes().any(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    // Of ASCII it takes only what C does for white space.
    let is_c_space = |character| matches!(character, '\t'..='\r' | ' ');
    let text = text.trim_matches(|character: char| {
        if character.is_ascii() { is_c_space(character) } else { is_space(character) }
    });
    let mut plain = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let digit = decimal(character).and_then(|value| char::from_digit(value, 10));
        let is_joint = character == '_'
            && previous.is_ascii_digit()
            && rest.peek().is_some_and(|&next| decimal(next).is_some());
        if !is_joint {
            previous = digit.unwrap_or(character);
            plain.push(previous);
        } else {
            previous = '_';
        }
    }
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain).to_ascii_lowercase();
    let is_named = matches!(unsigned.as_str(), "inf" | "infinity" | "nan");
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit());
    (is_named || is_number).then(|| plain.parse().ok()).flatten()
}

/// The last digits of the first line that has any.
fn last_digits(text: &str) -> Option<&str> {
    let is_decimal = |character: char| decimal(character).is_some();
    let line = text.split('\n').find(|line| line.contains(is_decimal))?;
    let from_last = line.trim_end_matches(|character| !is_decimal(character));
    let before = from_last.trim_end_matches(is_decimal);
    Some(&from_last[before.len()..])
}

/// Whether the last run of closing brackets is the answer, space for space.
pub fn is_dyck(prediction: &str, answer: &str) -> bool {
    let is_closing = |character: char| matches!(character, '>' | ')' | ']' | '}');
    let prediction = lower(prediction);
    let Some(last) = prediction.rfind(is_closing) else {
        return false;
    };
    let before = &prediction[..last];
    let run = before.trim_end_matches(|character| character == ' ' || is_closing(character)).len();
    prediction[run..=last].trim_start_matches(' ') == strip(&lower(answer))
}

/// Whether the words of the answer stand in its order: each on a line of its own, or one space
/// apart as all that is said, or as all of a line.
pub fn is_word_sorting(prediction: &str, answer: &str) -> bool {
    let (prediction, answer) = (lower(prediction), lower(answer));
    let (prediction, answer) = (strip(&prediction), strip(&answer));
    let answer: Vec<&str> = answer.split(' ').map(strip).collect();
    let lines = || prediction.split('\n');
    let is_answer = |words: &mut dyn Iterator<Item = &str>| words.eq(answer.iter().copied());
    is_answer(&mut lines().filter(|line| !line.contains(' ')).map(strip))
        || is_answer(&mut prediction.split(' ').map(strip))
        || lines().any(|line| is_answer(&mut line.split(' ')))
        || is_answer(&mut lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_defects_are_there() {
        let mut out = String::from("x");
        reference_into(" \u{a0}-24 .", &mut out);
        assert_eq!(out, "x24");
        let buffers = &mut Buffers::default();
        assert_eq!(choice("I considered (A) but the answer is (C)", buffers), "(c)");
        assert_eq!(choice("I considered (A) but (C) it is", buffers), "(a)");
        assert_eq!(boolean("Yes, they do.", buffers), "yes they do");
        assert_eq!(number("Answer: 5 or 6", 0, buffers), "6");
        assert_eq!(number("the answer is 5 or 6", 2, buffers), "5.00");
    }

    #[test]
    fn a_float_is_what_python_takes_for_one() {
        for (text, value) in
            [("1_000", 1000.0), ("\u{3000}१.५", 1.5), (" -.5e1 ", -5.0), ("1.", 1.0)]
        {
            assert_eq!(float(text), Some(value));
        }
        assert!(float("nan").is_some_and(f64::is_nan) && float("-Infinity").is_some());
        for text in [
            "", ".", "\x1c1", "१\x1c", "_1", "1_", "1__0", "1_.0", "e5", "+-1", "0x1", "1e", "inf1",
        ] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn brackets_and_word_lists() {
        assert!(is_dyck("[ [ so ] ] >", "] ] >") && !is_dyck("]] >", "] ] >"));
        assert!(is_word_sorting("A\nb c\nd", "a d") && is_word_sorting("so:\na d", "a d"));
    }
}
