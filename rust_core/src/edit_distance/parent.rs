//! One text against others: a parent prompt and the candidates that were made from it.

use super::distance::{Buffers, distance};
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
    words: Vec<u32>,
    buffers: Buffers,
}

impl<'a> Parent<'a> {
    pub fn new(text: &'a str) -> Self {
        // A word and its space take two bytes at least, and six in ordinary English.
        let mut table = WordTable::with_capacity(text.len().div_ceil(2));
        let mut words = Vec::with_capacity(text.len() / 5);
        for_each_word(text, 0..text.len(), |word| words.push(table.add(text, word)));
        Self { text, table, words }
    }

    /// How many different words it has.
    pub fn vocabulary(&self) -> usize {
        self.table.count()
    }

    /// Its own words by their numbers.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Appends the words of another text by the same numbers; every word that the parent does not
    /// have is `vocabulary`.
    pub fn number(&self, other: &str, numbers: &mut Vec<u32>) {
        let unknown = self.vocabulary() as u32;
        numbers.reserve(other.len() / 5);
        for_each_word(other, 0..other.len(), |word| {
            numbers.push(self.table.get(self.text, &word, other).unwrap_or(unknown));
        });
    }

    /// The word edit distance to a candidate, or `cutoff + 1` where it is larger than `cutoff`.
    pub fn distance(&self, candidate: &str, cutoff: usize, scratch: &mut Scratch) -> usize {
        scratch.words.clear();
        self.number(candidate, &mut scratch.words);
        distance(&self.words, &scratch.words, self.vocabulary(), cutoff, &mut scratch.buffers)
    }
}

/// The word edit distance of two texts, or `cutoff + 1` where it is larger than `cutoff`.
pub fn levenshtein(a: &str, b: &str, cutoff: usize) -> usize {
    Parent::new(a).distance(b, cutoff, &mut Scratch::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_not_letters_are_counted() {
        assert_eq!(levenshtein("the  cat sat\n", "the dog sat down", usize::MAX), 2);
        assert_eq!(levenshtein("", " \t", 0), 0);
        assert_eq!(levenshtein("a b c", "", 1), 2);
    }

    #[test]
    fn a_scratch_can_be_used_again() {
        let texts = ["", "a", "a b c", "c b a x y", "b c d e", "a b c d e f g h"];
        let mut scratch = Scratch::default();
        for parent in texts {
            let prepared = Parent::new(parent);
            for candidate in texts {
                for cutoff in [0, 2, usize::MAX] {
                    assert_eq!(
                        prepared.distance(candidate, cutoff, &mut scratch),
                        levenshtein(parent, candidate, cutoff)
                    );
                }
            }
        }
    }
}
