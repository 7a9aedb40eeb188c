//! A best alignment: which word was replaced, deleted or inserted.
//!
//! Texts have many best alignments. The one that is found keeps the words that both texts share at
//! their start and, of what is left, at their end. Between those, read backwards, it deletes
//! wherever a best alignment can, else keeps or replaces where one can, else inserts. In the table
//! of distances, with a row for each word of `a`, that is the uppermost of the best paths; where a
//! long table is cut into two, the part of that path in each is the uppermost one there.

use super::bit_vectors::{Column, Masks, ROWS, blocks};
use super::distance::{NANOSECONDS, STRETCH, shared_ends};
use crate::cancellation::Pace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Replace,
    Delete,
    Insert,
}

/// One edit. A deletion stands before word `b` of the other text, an insertion before word `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    pub operation: Operation,
    pub a: usize,
    pub b: usize,
}

/// How many columns of 128 rows are kept for tracing back: 32 MiB. A larger table is cut.
const KEPT_COLUMNS: usize = 1 << 20;

/// Finds alignments, with room that is used again for the next one.
pub struct Aligner {
    masks: Masks,
    kept_columns: usize,
    /// The differences above the current block, one a column.
    horizontal: Vec<i8>,
    /// What is kept for tracing back: for each block its columns.
    columns: Vec<Column>,
    edits: Vec<Edit>,
}

impl Default for Aligner {
    fn default() -> Self {
        Self::keeping(KEPT_COLUMNS)
    }
}

impl Aligner {
    fn keeping(kept_columns: usize) -> Self {
        let (masks, horizontal, columns, edits) = Default::default();
        Self { masks, kept_columns, horizontal, columns, edits }
    }

    /// The edits that make sequence `b` of sequence `a`, in order. No word is above `vocabulary`,
    /// and 0 stands for every word of `b` that `a` does not have. If the work is cancelled, edits are
    /// missing.
    pub fn align(&mut self, a: &[u32], b: &[u32], vocabulary: usize) -> &[Edit] {
        self.masks.reserve(vocabulary);
        self.edits.clear();
        let (prefix, suffix) = shared_ends(a, b);
        let (a, b) = (&a[prefix..a.len() - suffix], &b[prefix..b.len() - suffix]);
        self.align_part(a, b, (prefix, prefix));
        &self.edits
    }

    /// Appends the edits between parts of both texts, which start at the words `at`; `None` if the
    /// work is cancelled.
    fn align_part(&mut self, a: &[u32], b: &[u32], at: (usize, usize)) -> Option<()> {
        if a.is_empty() || b.is_empty() || self.fits(a, b) {
            return self.trace(a, b, at);
        }
        // Hirschberg 1975, doi:10.1145/360825.360861: a best path crosses the middle column where
        // the distances from both ends add up to the least; the uppermost one, in the first such
        // row.
        let (left, right) = b.split_at(b.len() / 2);
        let row = {
            let from_start = self.last_column(a, left)?;
            let backwards = |words: &[u32]| words.iter().rev().copied().collect::<Vec<_>>();
            let from_end = self.last_column(&backwards(a), &backwards(right))?;
            let sums = from_start.iter().zip(from_end.iter().rev()).map(|(x, y)| x + y);
            let (row, _) = sums.enumerate().min_by_key(|&(row, sum)| (sum, row))?;
            row
        };
        self.align_part(&a[..row], left, at)?;
        self.align_part(&a[row..], right, (at.0 + row, at.1 + left.len()))
    }

    /// Whether the columns of the whole table can be kept.
    fn fits(&self, a: &[u32], b: &[u32]) -> bool {
        b.len() == 1 || blocks(a).len().saturating_mul(b.len()) <= self.kept_columns
    }

    /// Runs every block of `a` over `b`; hands the last column of each to `end`. This and the next
    /// two have no result if the work is cancelled.
    fn run<const KEEP: bool>(
        &mut self,
        a: &[u32],
        b: &[u32],
        mut end: impl FnMut(&[u32], Column),
    ) -> Option<()> {
        self.horizontal.clear();
        self.horizontal.resize(b.len(), 1);
        self.columns.clear();
        if KEEP {
            self.columns.reserve(blocks(a).len() * b.len());
        }
        let mut pace = Pace::default();
        for block in blocks(a) {
            self.masks.set(block);
            let mut column = Column::start(block);
            for (words, differences) in b.chunks(STRETCH).zip(self.horizontal.chunks_mut(STRETCH)) {
                let advanced = words.iter().zip(differences).map(|(&word, difference)| {
                    *difference = column.advance(self.masks.of(word), *difference);
                    column
                });
                if KEEP {
                    self.columns.extend(advanced);
                } else {
                    advanced.for_each(drop);
                }
                if pace.is_cancelled_after(words.len() * NANOSECONDS) {
                    return None;
                }
            }
            end(block, column);
            self.masks.clear(block);
        }
        Some(())
    }

    /// The distance of each start of `a` to the whole of `b`.
    fn last_column(&mut self, a: &[u32], b: &[u32]) -> Option<Vec<u32>> {
        let mut distance = b.len() as u32;
        let mut distances = Vec::with_capacity(a.len() + 1);
        distances.push(distance);
        self.run::<false>(a, b, |block, column| {
            for row in ROWS - block.len()..ROWS {
                distance += (column.more >> row & 1) as u32;
                distance -= (column.less >> row & 1) as u32;
                distances.push(distance);
            }
        })?;
        Some(distances)
    }

    /// Keeps the whole table and follows the uppermost best path back through it.
    fn trace(&mut self, a: &[u32], b: &[u32], at: (usize, usize)) -> Option<()> {
        self.run::<true>(a, b, |_, _| ())?;
        let first_edit = self.edits.len();
        let mut push = |operation, i, j| {
            self.edits.push(Edit { operation, a: at.0 + i, b: at.1 + j });
        };
        let padding = blocks(a).len() * ROWS - a.len();
        let (mut i, mut j) = (a.len(), b.len());
        while i > 0 && j > 0 {
            let row = padding + i - 1;
            let (columns, bit) = (&self.columns[row / ROWS * b.len()..], row % ROWS);
            if columns[j - 1].more >> bit & 1 != 0 {
                i -= 1;
                push(Operation::Delete, i, j);
            } else if a[i - 1] == b[j - 1] {
                (i, j) = (i - 1, j - 1);
            } else if j > 1 && columns[j - 2].less >> bit & 1 != 0 {
                // To the left the distance is one less than to the upper left.
                j -= 1;
                push(Operation::Insert, i, j);
            } else {
                (i, j) = (i - 1, j - 1);
                push(Operation::Replace, i, j);
            }
        }
        (0..i).rev().for_each(|i| push(Operation::Delete, i, 0));
        (0..j).rev().for_each(|j| push(Operation::Insert, 0, j));
        self.edits[first_edit..].reverse();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::distance::tests::{numbers, pair};
    use super::*;

    /// The uppermost best path through the full table, between the shared ends.
    fn by_full_table(a: &[u32], b: &[u32]) -> Vec<Edit> {
        let (prefix, suffix) = shared_ends(a, b);
        let (a, b) = (&a[prefix..a.len() - suffix], &b[prefix..b.len() - suffix]);
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = match (i, j) {
                    (0, _) | (_, 0) => i + j,
                    _ => (table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1),
                };
            }
        }
        let (mut i, mut j, mut edits) = (a.len(), b.len(), Vec::new());
        while i + j > 0 {
            let distance = table[i][j];
            let is_replaced = i > 0 && j > 0 && a[i - 1] != b[j - 1];
            let operation = if i > 0 && table[i - 1][j] + 1 == distance {
                i -= 1;
                Operation::Delete
            } else if i > 0 && j > 0 && table[i - 1][j - 1] + usize::from(is_replaced) == distance {
                (i, j) = (i - 1, j - 1);
                if !is_replaced {
                    continue;
                }
                Operation::Replace
            } else {
                j -= 1;
                Operation::Insert
            };
            edits.push(Edit { operation, a: prefix + i, b: prefix + j });
        }
        edits.reverse();
        edits
    }

    #[test]
    fn the_alignment_is_the_uppermost_one_whole_or_cut() {
        let mut next = numbers(7);
        for case in 0..1500 {
            let (a, b, vocabulary) = pair(&mut next, if case % 10 == 0 { 400 } else { 80 });
            let expected = by_full_table(&a, &b);
            for kept_columns in [KEPT_COLUMNS, 40, 1] {
                let mut aligner = Aligner::keeping(kept_columns);
                let edits = aligner.align(&a, &b, vocabulary);
                assert_eq!(edits, expected, "{a:?} {b:?}");
            }
        }
    }
}
