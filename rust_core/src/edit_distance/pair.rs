//! One text and another.

use super::alignment::{Aligner, Edit};
use super::distance::{Buffers, distance};
use super::parent::{number_other, number_own};
use crate::batch::Watch;
use crate::text::WordTable;

/// Compares two texts, with room that is used again for the next two.
pub struct Pair {
    table: WordTable,
    a: Vec<u32>,
    b: Vec<u32>,
    buffers: Buffers,
    aligner: Aligner,
}

impl Default for Pair {
    fn default() -> Self {
        let (a, b, buffers, aligner) = Default::default();
        Self { table: WordTable::with_capacity(0), a, b, buffers, aligner }
    }
}

impl Pair {
    /// Numbers the words of both; `None` where `watch` said to stop.
    fn set(&mut self, a: &str, b: &str, watch: &mut Watch) -> Option<()> {
        self.a.clear();
        self.b.clear();
        number_own(a, &mut self.table, &mut self.a, watch)?;
        number_other(a, &self.table, b, &mut self.b, watch)
    }

    /// The word edit distance, or `cutoff + 1` where it is larger than `cutoff`; `None` where
    /// `watch` said to stop.
    pub fn levenshtein(
        &mut self,
        a: &str,
        b: &str,
        cutoff: usize,
        watch: &mut Watch,
    ) -> Option<usize> {
        self.set(a, b, watch)?;
        distance(&self.a, &self.b, self.table.count(), cutoff, &mut self.buffers, watch)
    }

    /// The edits of the uppermost best alignment, in order; `None` where `watch` said to stop.
    pub fn alignment(&mut self, a: &str, b: &str, watch: &mut Watch) -> Option<&[Edit]> {
        self.set(a, b, watch)?;
        self.aligner.align(&self.a, &self.b, self.table.count(), watch)
    }
}

#[cfg(test)]
mod tests {
    use super::super::alignment::Operation;
    use super::*;

    #[test]
    fn words_and_not_letters_are_counted() {
        let mut pair = Pair::default();
        let mut stop = || false;
        let watch = &mut Watch::new(&mut stop);
        for _ in 0..2 {
            let distance = pair.levenshtein("the  cat sat\n", "the dog sat down", 9, watch);
            assert_eq!(distance, Some(2));
            assert_eq!(pair.levenshtein("", " \t", 0, watch), Some(0));
            assert_eq!(pair.levenshtein("a b c", "", 1, watch), Some(2));
        }
    }

    #[test]
    fn every_kind_of_edit_is_named() {
        let mut pair = Pair::default();
        let mut stop = || false;
        let watch = &mut Watch::new(&mut stop);
        for _ in 0..2 {
            let edits = pair.alignment("a b c d", "x a b e d f", watch).unwrap();
            let edits: Vec<_> = edits.iter().map(|edit| (edit.operation, edit.a, edit.b)).collect();
            let expected =
                [(Operation::Insert, 0, 0), (Operation::Replace, 2, 3), (Operation::Insert, 4, 5)];
            assert_eq!(edits, expected);
        }
    }

    #[test]
    fn a_long_pair_can_be_stopped() {
        let (a, b) = ("a ".repeat(30_000), "b ".repeat(30_000));
        let mut pair = Pair::default();
        assert_eq!(pair.alignment(&a, &b, &mut Watch::new(&mut || true)), None);
        assert_eq!(pair.levenshtein(&a, &b, 40_000, &mut Watch::new(&mut || true)), None);
    }
}
