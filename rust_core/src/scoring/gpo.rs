//! GPO's published evaluation (Tang et al. 2024, arXiv:2402.17564), whose parser is that of OPRO
//! (Yang et al. 2023, arXiv:2309.03409), defects included: what our own forms are compared with.

use crate::text::{
    decimal, is_alphabetic, is_digit, is_space, lower, push_without_punctuation, strip,
};

/// Appends what the published comparison of two answers goes by.
pub fn reference_into(text: &str, out: &mut String) {
    let mut plain = String::with_capacity(text.len());
    push_without_punctuation(&lower(text), "", &mut plain);
    out.push_str(strip(&plain));
}

/// The last part of `text` that a marker separates, if it occurs.
fn after_last<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    memchr::memmem::rfind(text.as_bytes(), marker.as_bytes()).map(|at| &text[at + marker.len()..])
}

/// What is left of a completion between the phrases that announce an answer, in lower case, and
/// whether there were any.
struct Announced {
    text: String,
    is_announced: bool,
}

fn announced(prediction: &str) -> Announced {
    const PRIMARY: [&str; 3] = ["answer is ", "answer: ", "answer is: "];
    const SECONDARY: [&str; 2] = ["is: ", "are: "];
    const AHEAD: [&str; 4] = [
        " is the correct answer",
        " is the right answer",
        " is the final answer",
        " is the answer",
    ];
    let lowered = lower(prediction);
    let mut text = strip(&lowered);
    // The markers are looked for in the completion as it is: "Answer: " is not one of them.
    let contains =
        |marker: &&str| memchr::memmem::find(prediction.as_bytes(), marker.as_bytes()).is_some();
    let behind: &[&str] = if PRIMARY.iter().any(contains) { &PRIMARY } else { &SECONDARY };
    let mut is_announced = false;
    for marker in ["#### "].iter().chain(behind) {
        if let Some(after) = after_last(text, marker) {
            (text, is_announced) = (after, true);
        }
    }
    for marker in AHEAD {
        if let Some(at) = memchr::memmem::find(text.as_bytes(), marker.as_bytes()) {
            (text, is_announced) = (&text[..at], true);
        }
    }
    Announced { text: text.to_owned(), is_announced }
}

/// The first letter in round brackets, with them; all of the text if there is none.
pub fn choice(prediction: &str) -> String {
    let Announced { text, .. } = announced(prediction);
    let bracketed = memchr::memchr_iter(b'(', text.as_bytes())
        .filter_map(|at| text.as_bytes().get(at..at + 3).map(|bytes| (at, bytes)))
        .find(|(_, bytes)| bytes[1].is_ascii_alphabetic() && bytes[2] == b')');
    bracketed.map(|(at, _)| text[at..at + 3].to_owned()).unwrap_or(text)
}

/// The text without its marks: the branch that would look for a word compares it with lists.
pub fn boolean(prediction: &str) -> String {
    let mut out = String::new();
    push_without_punctuation(&announced(prediction).text, "", &mut out);
    strip(&out).to_owned()
}

const WORDS: [(&str, &str); 12] = [
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
];

/// The first number where one is announced, else the last, rounded to `decimals` places.
pub fn number(prediction: &str, decimals: usize) -> String {
    let Announced { text, is_announced } = announced(prediction);
    let tokens = text.split(' ').map(|token| {
        WORDS.iter().find(|(word, _)| *word == token).map_or(token, |&(_, digits)| digits)
    });
    let text = tokens.collect::<Vec<_>>().join(" ");
    let text = text.rsplit('=').next().unwrap_or_default();
    let text: String =
        text.chars().filter(|c| !matches!(c, '$' | ',' | '%' | '€' | '£' | ':')).collect();
    let mut parts: Vec<&str> = strip(&text).split(' ').collect();
    if !is_announced {
        parts.reverse();
    }
    let has_digit = |part: &&&str| part.contains(is_digit);
    let part = parts.iter().find(has_digit).copied().unwrap_or(parts[0]);
    let part = part.trim_end_matches(is_alphabetic);
    let part = part.strip_suffix('-').unwrap_or(part);
    match float(part) {
        Some(value) if value.is_nan() => "nan".to_owned(),
        Some(value) => format!("{value:.decimals$}"),
        None => last_digits(part).unwrap_or(part).to_owned(),
    }
}

/// `float` of Python.
fn float(text: &str) -> Option<f64> {
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
        assert_eq!(choice("I considered (A) but the answer is (C)"), "(c)");
        assert_eq!(choice("I considered (A) but (C) it is"), "(a)");
        assert_eq!(boolean("Yes, they do."), "yes they do");
        assert_eq!(number("Answer: 5 or 6", 0), "6");
        assert_eq!(number("the answer is 5 or 6", 2), "5.00");
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
