//! References, normalised once and their words numbered once, since every candidate is scored
//! against them again.

use std::sync::OnceLock;

use super::contains::Needle;
use super::metrics::Metric;
use super::normalizer::Normalizer;
use super::vocabulary::Vocabulary;
use crate::cancellation::{Pace, is_cancelled};
use crate::text::for_each_span_in_parts;

/// What is wrong with a row of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowError {
    /// It has no answer, and no prediction could be scored against it.
    Empty { row: usize },
    /// Its answers are longer than `LONGEST_ROW`.
    TooLong { row: usize },
}

/// How many bytes the answers of a row may have: their places are numbers of 32 bits.
const LONGEST_ROW: usize = u32::MAX as usize;

/// One value for each of many things, made when it is first asked for: few metrics need all.
struct Prepared<T>(OnceLock<Box<[OnceLock<T>]>>);

impl<T> Prepared<T> {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// None if the work is cancelled, which may have left the value half-made.
    fn get(&self, index: usize, count: usize, make: impl FnOnce() -> T) -> Option<&T> {
        let all = self.0.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        if let Some(made) = all[index].get() {
            return Some(made);
        }
        let made = make();
        (!is_cancelled()).then(|| all[index].get_or_init(|| made))
    }
}

/// The answers of all rows, each row with a vocabulary of its own: a prediction's words are looked
/// up among a few dozen words instead of those of all rows.
pub struct References {
    normalizer: Normalizer,
    text: String,
    /// Answer a is `text[text_ends[a - 1]..text_ends[a]]`.
    text_ends: Vec<usize>,
    /// Row r has answers `row_ends[r - 1]..row_ends[r]`.
    row_ends: Vec<usize>,
    heaviest_row: usize,
    vocabularies: Prepared<Vocabulary>,
    sequences: Prepared<Box<[u32]>>,
    needles: Prepared<Box<Needle>>,
}

/// One accepted answer.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    pub text: &'a str,
    index: usize,
}

/// The end of the previous one.
fn start(ends: &[usize], index: usize) -> usize {
    index.checked_sub(1).map_or(0, |previous| ends[previous])
}

impl References {
    pub fn new(normalizer: Normalizer) -> Self {
        Self {
            normalizer,
            text: String::new(),
            text_ends: Vec::new(),
            row_ends: Vec::new(),
            heaviest_row: 0,
            vocabularies: Prepared::new(),
            sequences: Prepared::new(),
            needles: Prepared::new(),
        }
    }

    /// Makes room for so many rows, with so many answers of so many bytes in all.
    pub fn reserve(&mut self, rows: usize, answers: usize, bytes: usize) {
        self.row_ends.reserve_exact(rows);
        self.text_ends.reserve_exact(answers);
        self.text.reserve_exact(bytes);
    }

    /// Adds the next row with its accepted answers.
    pub fn push_row(&mut self, answers: &[&str]) -> Result<(), RowError> {
        let row = self.len();
        if answers.is_empty() {
            return Err(RowError::Empty { row });
        }
        let start = self.text.len();
        let mut pace = Pace::default();
        for answer in answers {
            if pace.is_cancelled_after(answer.len() + 64) {
                break;
            }
            self.normalizer.push(answer, &mut self.text);
            self.text_ends.push(self.text.len());
        }
        let bytes = self.text.len() - start;
        if bytes > LONGEST_ROW {
            return Err(RowError::TooLong { row });
        }
        self.heaviest_row = self.heaviest_row.max(bytes.saturating_add(64 * answers.len()));
        self.row_ends.push(self.text_ends.len());
        Ok(())
    }

    /// Gives back room that nothing needs.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.row_ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.row_ends.is_empty()
    }

    pub const fn normalizer(&self) -> Normalizer {
        self.normalizer
    }

    /// About how much work it is to score predictions of so many bytes, at most.
    pub fn work(&self, metric: Metric, bytes: usize) -> usize {
        let each_word = if metric == Metric::RougeL { self.heaviest_row / 256 } else { 0 };
        bytes.saturating_mul(1 + each_word).saturating_add(self.heaviest_row)
    }

    /// The accepted answers of a row, until the work is cancelled.
    pub fn answers(&self, row: usize) -> impl Iterator<Item = Answer<'_>> + Clone {
        let answers = start(&self.row_ends, row)..self.row_ends[row];
        let first = answers.start;
        let text_ends = &self.text_ends[..answers.end];
        let mut from = start(text_ends, first);
        answers.take_while(move |index| (index - first) % 1024 != 1023 || !is_cancelled()).map(
            move |index| {
                let text = &self.text[from..text_ends[index]];
                from = text_ends[index];
                Answer { text, index }
            },
        )
    }

    /// The text of a row's answers, and the words in it. This and the following are None if the work
    /// is cancelled.
    pub fn vocabulary(&self, row: usize) -> Option<(&str, &Vocabulary)> {
        let answers = start(&self.row_ends, row)..self.row_ends[row];
        let from = start(&self.text_ends, answers.start);
        let ends = &self.text_ends[answers];
        let text = &self.text[from..ends[ends.len() - 1]];
        let make = || Vocabulary::new(text, ends.iter().map(|end| end - from));
        Some((text, self.vocabularies.get(row, self.len(), make)?))
    }

    /// The words of an answer of a row in order, by their numbers in the row's vocabulary.
    pub fn sequence(&self, row: usize, answer: Answer) -> Option<&[u32]> {
        let (text, vocabulary) = self.vocabulary(row)?;
        let make = || {
            let find = vocabulary.finder(text);
            let mut sequence = Vec::new();
            for_each_span_in_parts(answer.text, 0..answer.text.len(), |start, end| {
                sequence.extend(find(answer.text, start, end));
            });
            sequence.into_boxed_slice()
        };
        self.sequences.get(answer.index, self.text_ends.len(), make).map(|sequence| &**sequence)
    }

    /// What searches for an answer.
    pub fn needle(&self, answer: Answer) -> Option<&Needle> {
        let make = || Box::new(Needle::new(answer.text));
        self.needles.get(answer.index, self.text_ends.len(), make).map(|needle| &**needle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_answers_is_named() {
        let mut references = References::new(Normalizer::Ape);
        references.push_row(&["yes"]).unwrap();
        assert_eq!(references.push_row(&[]), Err(RowError::Empty { row: 1 }));
    }

    #[test]
    fn every_row_has_a_vocabulary_of_its_own() {
        let mut references = References::new(Normalizer::None);
        references.push_row(&["b a b", "", "c b"]).unwrap();
        references.push_row(&["c"]).unwrap();
        let answers: Vec<_> = references.answers(0).collect();
        assert_eq!(
            answers.iter().map(|answer| answer.text).collect::<Vec<_>>(),
            ["b a b", "", "c b"]
        );
        assert_eq!(references.sequence(0, answers[0]), Some(&[0, 1, 0][..]));
        assert_eq!(references.sequence(0, answers[2]), Some(&[2, 0][..]));
        let (text, vocabulary) = references.vocabulary(1).unwrap();
        assert_eq!((text, vocabulary.count()), ("c", 1));
        assert_eq!(vocabulary.finder(text)("b", 0, 1), None);
    }
}
