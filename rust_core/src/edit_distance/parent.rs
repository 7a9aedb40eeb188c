//! One text against others: a parent prompt and the candidates that were made from it.

use super::bit_vectors::ROWS;
use super::distance::{Buffers, distance};
use super::lanes::{self, LANES, Patterns};
use crate::text::{WordTable, for_each_word};

/// A text whose words are numbered once.
pub struct Parent<'a> {
    text: &'a str,
    table: WordTable,
    words: Vec<u32>,
}

/// What one thread reuses from one candidate to the next.
#[derive(Default)]
pub struct Scratch {
    candidates: Texts,
    /// Which candidates are compared together: the shortest first.
    order: Vec<usize>,
    buffers: Buffers,
    patterns: Patterns,
}

/// Texts as the numbers of their words.
#[derive(Default)]
pub struct Texts {
    pub words: Vec<u32>,
    ends: Vec<usize>,
}

impl Texts {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn of(&self, text: usize) -> &[u32] {
        let start = text.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.words[start..self.ends[text]]
    }

    /// Makes the words that were appended last a text.
    pub fn end(&mut self) {
        self.ends.push(self.words.len());
    }

    pub fn clear(&mut self) {
        self.words.clear();
        self.ends.clear();
    }
}

/// Appends the words of a table's own text by their numbers, which start at one, to `numbers`;
/// only the first ones if the work is cancelled.
pub fn number_own(text: &str, table: &mut WordTable, numbers: &mut Vec<u32>) {
    // In ordinary English a word and its space take six bytes, and most words are repeated.
    table.reset((text.len() / 6).min(1 << 10));
    numbers.reserve(text.len() / 5);
    for_each_word(text, 0..text.len(), |word| numbers.push(table.add_numbered(text, word)));
}

/// Appends the words of another text by the same numbers; every word that the table does not have
/// is 0.
pub fn number_other(text: &str, table: &WordTable, other: &str, numbers: &mut Vec<u32>) {
    numbers.reserve(other.len() / 5);
    for_each_word(other, 0..other.len(), |word| numbers.push(table.number(text, &word, other)));
}

impl<'a> Parent<'a> {
    /// Numbers the words of a text.
    pub fn new(text: &'a str) -> Self {
        let mut table = WordTable::with_capacity(0);
        let mut words = Vec::new();
        number_own(text, &mut table, &mut words);
        Self { text, table, words }
    }

    /// How many different words it has.
    pub fn vocabulary(&self) -> usize {
        self.table.count()
    }

    /// Its own words by their numbers, which start at one.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Calls `put` with each candidate's number and its word edit distance, or `cutoff + 1` where it is
    /// larger than `cutoff`; meaningless if the work is cancelled.
    pub fn distances(
        &self,
        candidates: &[&str],
        cutoff: usize,
        scratch: &mut Scratch,
        mut put: impl FnMut(usize, usize),
    ) {
        let Scratch { candidates: texts, order, buffers, patterns } = scratch;
        texts.clear();
        for candidate in candidates {
            number_other(self.text, &self.table, candidate, &mut texts.words);
            texts.end();
        }
        order.clear();
        order.extend(0..candidates.len());
        order.sort_unstable_by_key(|&candidate| texts.of(candidate).len());
        for group in order.chunks(LANES) {
            let longest = group.last().map_or(0, |&candidate| texts.of(candidate).len());
            let size = lanes::size(longest, self.vocabulary(), self.words.len());
            // A small cut-off leaves so little of a pair that eight at a time are no quicker.
            let is_quick = cutoff < longest.div_ceil(ROWS) * 8;
            if is_quick || group.len() < LANES / 2 || size > lanes::LARGEST {
                for &candidate in group {
                    let words = texts.of(candidate);
                    let distance = distance(&self.words, words, self.vocabulary(), cutoff, buffers);
                    put(candidate, distance);
                }
                continue;
            }
            let words = group.iter().map(|&candidate| texts.of(candidate));
            patterns.set(words, self.vocabulary());
            let distances = patterns.distances(&self.words);
            for (&candidate, distance) in group.iter().zip(distances) {
                put(candidate, distance.min(cutoff.saturating_add(1)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pair::Pair;
    use super::*;

    fn pair(a: &str, b: &str, cutoff: usize) -> usize {
        Pair::default().levenshtein(a, b, cutoff)
    }

    #[test]
    fn a_scratch_can_be_used_again() {
        let long = "b c a x ".repeat(70);
        let texts = ["", "a", "a b c", "c b a x y", "b c d e", "a b c d e f g h", &long, "x a b"];
        let mut scratch = Scratch::default();
        for parent in texts {
            let prepared = Parent::new(parent);
            for count in [1, 4, texts.len()] {
                for cutoff in [0, 2, 30, usize::MAX] {
                    let mut got = vec![None; count];
                    let put = |candidate: usize, distance| got[candidate] = Some(distance);
                    prepared.distances(&texts[..count], cutoff, &mut scratch, put);
                    let expected =
                        texts[..count].iter().map(|text| Some(pair(parent, text, cutoff)));
                    assert_eq!(got, expected.collect::<Vec<_>>());
                }
            }
        }
    }
}
