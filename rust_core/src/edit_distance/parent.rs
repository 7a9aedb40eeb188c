//! One text against many: a parent prompt and the candidates that were made from it.

use super::distance::{Buffers, distance};
use super::vocabulary::Vocabulary;
use crate::text::words;

/// A text whose words are numbered once.
pub struct Parent<'a> {
    vocabulary: Vocabulary<'a>,
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
        let mut vocabulary = Vocabulary::default();
        let words = words(text).map(|word| vocabulary.add(word)).collect();
        Self { vocabulary, words }
    }

    /// The word edit distance to a candidate, or `cutoff + 1` where it is larger than `cutoff`.
    pub fn distance(&self, candidate: &str, cutoff: usize, scratch: &mut Scratch) -> usize {
        scratch.words.clear();
        scratch.words.extend(words(candidate).map(|word| self.vocabulary.id(word)));
        let vocabulary = self.vocabulary.len();
        distance(&self.words, &scratch.words, vocabulary, cutoff, &mut scratch.buffers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit_distance::levenshtein;

    #[test]
    fn one_to_many_agrees_with_pairs() {
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
