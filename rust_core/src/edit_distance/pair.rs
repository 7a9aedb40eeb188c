//! One text and another.

use super::alignment::{Aligner, Edit};
use super::distance::{Buffers, distance};
use super::parent::{number_other, number_own};
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
    /// Numbers the words of both.
    fn set(&mut self, a: &str, b: &str) {
        self.a.clear();
        self.b.clear();
        number_own(a, &mut self.table, &mut self.a);
        number_other(a, &self.table, b, &mut self.b);
    }

    /// The word edit distance, or `cutoff + 1` where it is larger than `cutoff`; meaningless
    /// if the work is cancelled.
    pub fn levenshtein(&mut self, a: &str, b: &str, cutoff: usize) -> usize {
        self.set(a, b);
        distance(&self.a, &self.b, self.table.count(), cutoff, &mut self.buffers)
    }

    /// The edits of the uppermost best alignment, in order; some are missing if the work is
    /// cancelled.
    pub fn alignment(&mut self, a: &str, b: &str) -> &[Edit] {
        self.set(a, b);
        self.aligner.align(&self.a, &self.b, self.table.count())
    }
}

#[cfg(test)]
mod tests {
    use super::super::alignment::Operation;
    use super::*;
    use crate::cancellation::tests::cancelled;

    #[test]
    fn words_and_not_letters_are_counted() {
        let mut pair = Pair::default();
        for _ in 0..2 {
            let distance = pair.levenshtein("the  cat sat\n", "the dog sat down", 9);
            assert_eq!(distance, 2);
            assert_eq!(pair.levenshtein("", " \t", 0), 0);
            assert_eq!(pair.levenshtein("a b c", "", 1), 2);
        }
    }

    #[test]
    fn every_kind_of_edit_is_named() {
        let mut pair = Pair::default();
        for _ in 0..2 {
            let edits = pair.alignment("a b c d", "x a b e d f");
            let edits: Vec<_> = edits.iter().map(|edit| (edit.operation, edit.a, edit.b)).collect();
            let expected =
                [(Operation::Insert, 0, 0), (Operation::Replace, 2, 3), (Operation::Insert, 4, 5)];
            assert_eq!(edits, expected);
        }
    }

    #[test]
    fn a_long_pair_is_left_half_way() {
        let many = |word: &str| word.repeat(1 << 20);
        let (a, b) = (many("a "), many("b "));
        for cutoff in [1 << 19, usize::MAX] {
            cancelled(|| Pair::default().levenshtein(&a, &b, cutoff));
        }
        cancelled(|| Pair::default().alignment(&a, &b).len());
    }
}
