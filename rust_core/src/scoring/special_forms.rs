//! The two forms of answers of BIG-Bench Hard that are neither words nor choices.

use crate::cancellation::Pace;
use crate::text::{is_alphanumeric, is_space, lower, strip};

/// The bracket that a closing one closes.
const fn opening(closing: char) -> Option<char> {
    match closing {
        ')' => Some('('),
        ']' => Some('['),
        '}' => Some('{'),
        '>' => Some('<'),
        _ => None,
    }
}

/// The last run of closing brackets, white space between them allowed. A bracket that closes words
/// of the text, of which the first stands right after the opening one, belongs to none.
pub fn last_brackets(text: &str) -> &str {
    // The brackets around words that are open.
    let mut open: Vec<char> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let mut is_interrupted = true;
    let mut pace = Pace::default();
    for (at, character) in text.char_indices() {
        if pace.is_cancelled_after(4) {
            break;
        }
        let Some(opening) = opening(character) else {
            if matches!(character, '(' | '[' | '{' | '<')
                && text[at + 1..].starts_with(is_alphanumeric)
            {
                open.push(character);
            }
            is_interrupted = is_interrupted || !is_space(character);
            continue;
        };
        if open.pop_if(|bracket| *bracket == opening).is_some() {
            is_interrupted = true;
            continue;
        }
        let start = run.filter(|_| !is_interrupted).map_or(at, |(start, _)| start);
        run = Some((start, at + 1));
        is_interrupted = false;
    }
    run.map_or("", |(start, end)| &text[start..end])
}

pub fn is_same_but_spaces(one: &str, other: &str) -> bool {
    let plain = |character: &char| !is_space(*character);
    one.chars().filter(plain).eq(other.chars().filter(plain))
}

/// The words of a list: lower case, without the marks around them, without the numbers and marks
/// before its items.
fn items(text: &str) -> impl Iterator<Item = &str> + Clone {
    let is_number = |word: &str| {
        word.strip_suffix(['.', ')']).is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let mut pace = Pace::default();
    text.split(is_space)
        .take_while(move |word| !pace.is_cancelled_after(word.len() + 8))
        .filter(move |word| !is_number(word))
        .flat_map(|word| word.split(','))
        .map(|word| word.trim_matches(|character| !is_alphanumeric(character)))
        .filter(|word| !word.is_empty())
}

/// Whether a prediction lists the words of the answer in the answer's order: as all that it says,
/// as all after its last colon, as all of a line, or as all of a line after its last colon.
pub fn lists_words(prediction: &str, answer: &str) -> bool {
    let (prediction, answer) = (lower(prediction), lower(answer));
    let answer = items(&answer);
    let after_colon = |text: &str| text.rfind(':').map(|at| at + 1);
    let is_answer = |text: &str| {
        let is_list = |text| items(text).eq(answer.clone());
        is_list(text) || after_colon(text).is_some_and(|at| is_list(&text[at..]))
    };
    let mut pace = Pace::default();
    is_answer(strip(&prediction))
        || prediction
            .split('\n')
            .take_while(|line| !pace.is_cancelled_after(line.len() + 64))
            .any(is_answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_brackets_are_found_among_words() {
        for (text, brackets) in [
            ("] ] >", "] ] >"),
            ("[ { [ ] } the rest is ] ]", "] ]"),
            ("So we need ]]> (closing each).", "]]>"),
            ("[ [ ] ]", "] ]"),
            ("nothing", ""),
            (") a ]", "]"),
        ] {
            assert_eq!(last_brackets(text), brackets);
        }
        assert!(is_same_but_spaces("]]>", "] ]\u{a0}>") && !is_same_but_spaces("]", "] ]"));
    }

    #[test]
    fn a_word_list_may_be_written_in_several_ways() {
        let answer = "barn it&t same";
        for text in [
            "barn it&t same",
            "Sorted: Barn, it&t, same.",
            "1. barn\n2. it&t\n3. same",
            "The sorted words are:\n- barn\n- it&t\n- same",
            "I sort.\nbarn,it&t,same\nThat is it.",
        ] {
            assert!(lists_words(text, answer), "{text}");
        }
        for text in ["same it&t barn", "barn same", "barn it&t same too", ""] {
            assert!(!lists_words(text, answer), "{text}");
        }
    }
}
