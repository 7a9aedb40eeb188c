//! References, normalised and tokenised once, since every candidate is scored against them again.

use std::ops::Range;
use std::sync::OnceLock;

use super::contains::Needle;
use super::normalizer::Normalizer;
use crate::text::{Word, WordTable, for_each_word, words};

/// A row without any answer, which no prediction could be scored against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyRow {
    pub row: usize,
}

/// One accepted answer.
pub struct Answer<'a> {
    pub text: &'a str,
    /// How many words it has, repeats included.
    pub word_count: usize,
    /// Its distinct words as (identifier in the row's vocabulary, how often it occurs).
    pub word_counts: &'a [(u32, u32)],
    needle: &'a OnceLock<Box<Needle>>,
    sequence: &'a OnceLock<Box<[u32]>>,
}

impl Answer<'_> {
    /// What searches for it, made by the first search: most metrics do not search.
    pub fn needle(&self) -> &Needle {
        self.needle.get_or_init(|| Box::new(Needle::new(self.text)))
    }
}

impl References {
    /// The words of an answer of a row in order, by their identifiers, looked up once.
    pub fn sequence<'a>(&self, row: usize, answer: &Answer<'a>) -> &'a [u32] {
        answer.sequence.get_or_init(|| {
            let mut sequence = Vec::with_capacity(answer.word_count);
            for_each_word(answer.text, 0..answer.text.len(), |word| {
                sequence.extend(self.word_id(row, &word, answer.text));
            });
            sequence.into()
        })
    }
}

struct StoredAnswer {
    text: Range<usize>,
    word_count: usize,
    word_counts: Range<usize>,
    needle: OnceLock<Box<Needle>>,
    sequence: OnceLock<Box<[u32]>>,
}

/// The answers of all rows, each row with a vocabulary of its own: a prediction's words are
/// looked up in a table of a few dozen words that stays in the cache.
pub struct References {
    normalizer: Normalizer,
    text: String,
    answers: Vec<StoredAnswer>,
    /// Row r has answers `row_ends[r - 1]..row_ends[r]`.
    row_ends: Vec<usize>,
    word_counts: Vec<(u32, u32)>,
    vocabularies: Vec<WordTable>,
}

impl References {
    pub fn new(normalizer: Normalizer) -> Self {
        Self {
            normalizer,
            text: String::new(),
            answers: Vec::new(),
            row_ends: Vec::new(),
            word_counts: Vec::new(),
            vocabularies: Vec::new(),
        }
    }

    /// Adds the next row with its accepted answers.
    pub fn push_row(&mut self, answers: &[&str]) -> Result<(), EmptyRow> {
        if answers.is_empty() {
            return Err(EmptyRow { row: self.len() });
        }
        let first = self.answers.len();
        for answer in answers {
            let start = self.text.len();
            self.normalizer.push(answer, &mut self.text);
            self.answers.push(StoredAnswer {
                text: start..self.text.len(),
                word_count: words(&self.text[start..]).len(),
                word_counts: 0..0,
                needle: OnceLock::new(),
                sequence: OnceLock::new(),
            });
        }
        self.row_ends.push(self.answers.len());
        self.build_vocabulary(first);
        Ok(())
    }

    /// Builds the vocabulary of the row whose answers start at `first`.
    fn build_vocabulary(&mut self, first: usize) {
        let answers = &mut self.answers[first..];
        let words = answers.iter().map(|answer| answer.word_count).sum();
        let mut vocabulary = WordTable::with_capacity(words);
        for answer in answers {
            let start = self.word_counts.len();
            for_each_word(&self.text, answer.text.clone(), |word| {
                self.word_counts.push((vocabulary.add(&self.text, word), 1));
            });
            merge_repeats(&mut self.word_counts, start);
            answer.word_counts = start..self.word_counts.len();
        }
        self.vocabularies.push(vocabulary);
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

    /// The accepted answers of a row.
    pub fn answers(&self, row: usize) -> impl Iterator<Item = Answer<'_>> {
        let start = row.checked_sub(1).map_or(0, |previous| self.row_ends[previous]);
        self.answers[start..self.row_ends[row]].iter().map(|answer| Answer {
            text: &self.text[answer.text.clone()],
            word_count: answer.word_count,
            word_counts: &self.word_counts[answer.word_counts.clone()],
            needle: &answer.needle,
            sequence: &answer.sequence,
        })
    }

    /// How many different words the answers of a row have.
    pub fn vocabulary(&self, row: usize) -> usize {
        self.vocabularies[row].count()
    }

    /// The identifier in a row's vocabulary, if it is there, of a word of `text`.
    #[inline]
    pub fn word_id(&self, row: usize, word: &Word, text: &str) -> Option<u32> {
        self.vocabularies[row].get(&self.text, word, text)
    }
}

/// Sorts `counts[start..]` by word and adds up the counts of each.
fn merge_repeats(counts: &mut Vec<(u32, u32)>, start: usize) {
    counts[start..].sort_unstable();
    let mut kept = start;
    for index in start..counts.len() {
        let (id, count) = counts[index];
        if kept > start && counts[kept - 1].0 == id {
            counts[kept - 1].1 += count;
        } else {
            counts[kept] = (id, count);
            kept += 1;
        }
    }
    counts.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_answers_is_named() {
        let mut references = References::new(Normalizer::Ape);
        references.push_row(&["yes"]).unwrap();
        assert_eq!(references.push_row(&[]), Err(EmptyRow { row: 1 }));
    }

    #[test]
    fn words_are_counted_by_the_rows_own_vocabulary() {
        let mut references = References::new(Normalizer::None);
        references.push_row(&["b a b", ""]).unwrap();
        references.push_row(&["c"]).unwrap();
        let answers: Vec<_> = references.answers(0).collect();
        assert_eq!((answers[0].word_count, answers[0].word_counts), (3, &[(0, 2), (1, 1)][..]));
        assert_eq!((answers[1].word_count, answers[1].word_counts), (0, &[][..]));
        let text = "b a c";
        let ids = |row| {
            let mut ids = Vec::new();
            for_each_word(text, 0..text.len(), |word| {
                ids.push(references.word_id(row, &word, text));
            });
            ids
        };
        assert_eq!(ids(0), [Some(0), Some(1), None]);
        assert_eq!(ids(1), [None, None, Some(0)]);
    }
}
