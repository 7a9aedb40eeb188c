//! Words as small integers, so that comparing two costs one instruction.

use rustc_hash::FxHashMap;

/// The words of one text, numbered from zero in the order of their first occurrence.
#[derive(Default)]
pub struct Vocabulary<'a> {
    ids: FxHashMap<&'a str, u32>,
}

impl<'a> Vocabulary<'a> {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The number of a word, which becomes known if it was not.
    pub fn add(&mut self, word: &'a str) -> u32 {
        // A text of 2^32 different words would have to be larger than 8 GB.
        let next = self.ids.len() as u32;
        *self.ids.entry(word).or_insert(next)
    }

    /// The number of a word, and for every unknown word the first number that is not taken.
    pub fn id(&self, word: &str) -> u32 {
        self.ids.get(word).copied().unwrap_or(self.ids.len() as u32)
    }
}
