//! The normalisation of Instruction Induction (Honovich et al. 2022), which APE evaluates with.
//!
//! Both forms read a completion as its first sentence, in lower case, without punctuation and
//! without the "and" of a list, since a completion that was not told to stop rambles on.
//! `reference_into` does what the published evaluation does. `ape_into` is promptopt's own: the
//! same reading, without the cases where the published one takes a wrong answer for a right one
//! or a right one for a wrong one. `whole_into` is for answers of several sentences, which the
//! others would cut to their first.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::fold::fold_into;
use crate::cancellation::Pace;
use crate::text::{is_alphanumeric, push_bare_lower, strip};

/// Labels that a model copies from the inputs of the cause-and-effect task into its answer.
const LABELS: [&str; 2] = ["Sentence 1:", "Sentence 2:"];

/// Titles whose period does not end a sentence when another word follows.
const TITLES: [&str; 7] = ["dr", "mr", "mrs", "ms", "prof", "st", "vs"];

const CONJUNCTION: &str = " and ";

static CONJUNCTIONS: LazyLock<Finder> = LazyLock::new(|| Finder::new(CONJUNCTION));

/// The ends of the labels.
const LABEL_ENDS: [&str; 2] = ["1:", "2:"];

/// Whether the end of a label may be in a text: most have none, which is quick to see.
fn may_have_label(text: &str) -> bool {
    memchr::memchr_iter(b':', text.as_bytes())
        .any(|at| LABEL_ENDS.iter().any(|end| text[..=at].ends_with(end)))
}

/// The text with a space in place of each label.
fn without_labels(text: &str) -> Cow<'_, str> {
    if !may_have_label(text) {
        return text.into();
    }
    LABELS.into_iter().fold(text.into(), |text, label| text.replace(label, " ").into())
}

fn first_line(text: &str) -> &str {
    memchr::memchr(b'\n', text.as_bytes()).map_or(text, |end| &text[..end])
}

/// Appends the published normalisation of `text` to `out`.
///
/// It replaces, strips, cuts, lowers and drops marks, in this order. A replacement inside the text
/// changes nothing of what is stripped or where it is cut, so that all can be done in one pass over
/// the sentence that is left; one at an end, of the whole text, does, and a label may arise from
/// one.
pub fn reference_into(text: &str, out: &mut String) {
    let stripped = strip(text);
    let sentence =
        memchr::memchr2(b'\n', b'.', stripped.as_bytes()).map_or(stripped, |end| &stripped[..end]);
    let is_stripped = stripped.len() < text.len();
    if is_stripped && (stripped.starts_with("and") || stripped.ends_with("and"))
        || LABEL_ENDS.iter().any(|end| stripped.ends_with(end))
        || may_have_label(sentence)
    {
        let replaced = text.replace(CONJUNCTION, " ");
        let replaced = without_labels(&replaced);
        let sentence = first_line(strip(&replaced)).split('.').next().unwrap_or("");
        return push_bare_lower::<true>(sentence, out);
    }
    let mut from = 0;
    for at in CONJUNCTIONS.find_iter(sentence.as_bytes()) {
        push_bare_lower::<true>(&sentence[from..at], out);
        out.push(' ');
        from = at + CONJUNCTION.len();
    }
    push_bare_lower::<true>(&sentence[from..], out);
}

/// Whether the period between these texts belongs to an abbreviation: `U.S.`, `Mr. Smith`.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let mut backwards = before.chars().rev();
    let letter = backwards.next().is_some_and(|last| last.is_ascii_alphabetic());
    if letter && backwards.next() == Some('.') {
        return true;
    }
    let word = before.rsplit(|c: char| !is_alphanumeric(c)).next().unwrap_or("");
    !strip(after).is_empty() && TITLES.iter().any(|title| word.eq_ignore_ascii_case(title))
}

/// The text up to the period that ends its first sentence. A period ends one when a word comes
/// before it, no letter or digit follows it directly and it belongs to no abbreviation.
fn first_sentence(line: &str) -> &str {
    let mut has_word = false;
    let mut searched = 0;
    let mut pace = Pace::default();
    for at in memchr::memchr_iter(b'.', line.as_bytes()) {
        if pace.is_cancelled_after(at - searched + 16) {
            break;
        }
        let (before, after) = (&line[..at], &line[at + 1..]);
        has_word = has_word || line[searched..at].chars().any(is_alphanumeric);
        searched = at;
        let goes_on = after.chars().next().is_some_and(is_alphanumeric);
        if has_word && !goes_on && !is_abbreviation(before, after) {
            return before;
        }
    }
    line
}

/// Removes each word "and" that stands between two other words of `out[start..]`.
fn drop_conjunctions(out: &mut String, start: usize) {
    let Some(first) = CONJUNCTIONS.find(&out.as_bytes()[start..]) else {
        return;
    };
    let folded = out.split_off(start + first);
    let mut from = 0;
    // The space after one "and" may be that before the next.
    while let Some(at) = CONJUNCTIONS.find(&folded.as_bytes()[from..]) {
        out.push_str(&folded[from..from + at]);
        from += at + CONJUNCTION.len() - 1;
    }
    out.push_str(&folded[from..]);
}

/// Appends promptopt's own form of the normalisation of `text` to `out`.
pub fn ape_into(text: &str, out: &mut String) {
    let start = out.len();
    let text = without_labels(text);
    fold_into(first_sentence(first_line(strip(&text))), out);
    drop_conjunctions(out, start);
}

/// Appends the same form of the whole of `text`, all its lines and sentences.
pub fn whole_into(text: &str, out: &mut String) {
    let start = out.len();
    fold_into(&without_labels(text), out);
    drop_conjunctions(out, start);
}

#[cfg(test)]
mod tests {
    use super::{ape_into, reference_into};

    fn ape(text: &str) -> String {
        let mut out = String::new();
        ape_into(text, &mut out);
        out
    }

    fn reference(text: &str) -> String {
        let mut out = String::new();
        reference_into(text, &mut out);
        out
    }

    #[test]
    fn only_the_first_sentence_of_the_first_line_counts() {
        for normalize in [ape, reference] {
            assert_eq!(normalize(" \nThe cat. A dog\nA bird"), "the cat");
            assert_eq!(normalize("Sentence 1: It rained. So"), "it rained");
            assert_eq!(normalize("cat and dog-fish"), "cat dog fish");
        }
    }

    #[test]
    fn the_published_form_strips_before_it_cuts_the_line() {
        assert_eq!(reference("The \n"), "the");
        assert_eq!(reference("yes ."), "yes ");
        assert_eq!(ape("yes ."), "yes");
        assert_eq!(reference("yes\u{a0}\nSentence 2:"), "yes");
        assert_eq!(reference("yes\u{a0}\n and "), "yes");
    }

    #[test]
    fn the_published_form_confuses_what_ours_tells_apart() {
        for (one, other) in
            [("-24", "24"), ("1.5", "1.7"), ("1/2", "12"), ("Mr. Smith", "Mr. Jones"), ("]", ")")]
        {
            assert_eq!(reference(one).trim(), reference(other).trim());
            assert_ne!(ape(one), ape(other));
        }
    }

    #[test]
    fn an_abbreviation_does_not_end_the_sentence() {
        assert_eq!(ape("the U.S. Army. Yes"), "the us army");
        assert_eq!(ape("St. Louis. It is"), "st louis");
        assert_eq!(ape("No. 5"), "no");
        assert_eq!(ape("... 1.5. Then"), "1.5");
    }

    #[test]
    fn and_is_an_answer_when_it_stands_alone_or_at_an_end() {
        assert_eq!(ape("and"), "and");
        assert_eq!(ape("a and and b and"), "a b and");
        assert_eq!(ape("Anna, AND Bob"), "anna bob");
    }
}
