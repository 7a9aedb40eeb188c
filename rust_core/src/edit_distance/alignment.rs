//! A best alignment: which word was kept, replaced, deleted or inserted.

use super::bit_vectors::{Column, Masks, ROWS};
use super::distance::shared_ends;
use super::parent::Parent;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Equal,
    Replace,
    Delete,
    Insert,
}

/// One step of an alignment. A deletion stands before word `b` of the other text, an insertion
/// before word `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    pub operation: Operation,
    pub a: usize,
    pub b: usize,
}

/// How many columns of 64 rows are kept for tracing back: 64 MiB. A larger table is halved.
const KEPT_COLUMNS: usize = 1 << 22;

/// The steps that make text `b` of text `a`, over all words of both, in order.
pub fn alignment(a: &str, b: &str) -> Vec<Edit> {
    let a = Parent::new(a);
    let mut numbers = Vec::new();
    a.number(b, &mut numbers);
    let mut aligner = Aligner::new(a.vocabulary(), KEPT_COLUMNS);
    aligner.align(a.words(), &numbers);
    aligner.edits
}

struct Aligner {
    masks: Masks,
    kept_columns: usize,
    edits: Vec<Edit>,
    /// How many words of either text the edits account for.
    a: usize,
    b: usize,
}

impl Aligner {
    fn new(vocabulary: usize, kept_columns: usize) -> Self {
        let mut masks = Masks::default();
        masks.reserve(vocabulary);
        Self { masks, kept_columns, edits: Vec::new(), a: 0, b: 0 }
    }

    fn push(&mut self, operation: Operation) {
        self.edits.push(Edit { operation, a: self.a, b: self.b });
        self.a += usize::from(operation != Operation::Insert);
        self.b += usize::from(operation != Operation::Delete);
    }

    /// Appends the alignment of the next words of both texts.
    fn align(&mut self, a: &[u32], b: &[u32]) {
        let (prefix, suffix) = shared_ends(a, b);
        (0..prefix).for_each(|_| self.push(Operation::Equal));
        self.align_middle(&a[prefix..a.len() - suffix], &b[prefix..b.len() - suffix]);
        (0..suffix).for_each(|_| self.push(Operation::Equal));
    }

    fn align_middle(&mut self, a: &[u32], b: &[u32]) {
        if a.is_empty() {
            b.iter().for_each(|_| self.push(Operation::Insert));
        } else if b.is_empty() {
            a.iter().for_each(|_| self.push(Operation::Delete));
        } else if b.len() == 1 || a.len().div_ceil(ROWS) * b.len() <= self.kept_columns {
            self.trace(a, b);
        } else {
            // Hirschberg 1975, doi:10.1145/360825.360861: a best path crosses the middle column
            // where the distances from both ends add up to the least.
            let (left, right) = b.split_at(b.len() / 2);
            let backwards = |text: &[u32]| text.iter().rev().copied().collect::<Vec<_>>();
            let from_start = self.last_column(a, left);
            let from_end = self.last_column(&backwards(a), &backwards(right));
            let sums = from_start.iter().zip(from_end.iter().rev()).map(|(x, y)| x + y);
            let row =
                sums.enumerate().min_by_key(|&(row, sum)| (sum, row)).map_or(0, |(row, _)| row);
            self.align(&a[..row], left);
            self.align(&a[row..], right);
        }
    }

    /// Runs every block of `a` over `b`, handing each column to `keep`, block by block.
    fn run(&mut self, a: &[u32], b: &[u32], mut keep: impl FnMut(Column)) {
        let mut horizontal = vec![1; b.len()];
        for block in a.chunks(ROWS) {
            self.masks.set(block);
            let last = block.len() as u32 - 1;
            let mut column = Column::FIRST;
            for (&word, difference) in b.iter().zip(&mut horizontal) {
                *difference = column.advance(self.masks.of(word), *difference, last);
                keep(column);
            }
            self.masks.clear(block);
        }
    }

    /// The distance of each start of `a` to the whole of `b`.
    fn last_column(&mut self, a: &[u32], b: &[u32]) -> Vec<usize> {
        let mut distance = b.len();
        let mut distances = vec![distance];
        let mut seen = 0;
        self.run(a, b, |column| {
            seen += 1;
            if seen % b.len() == 0 {
                let rows = (a.len() + 1 - distances.len()).min(ROWS);
                for row in 0..rows {
                    distance += (column.more >> row & 1) as usize;
                    distance -= (column.less >> row & 1) as usize;
                    distances.push(distance);
                }
            }
        });
        distances
    }

    /// Keeps the whole table and follows a best path back through it.
    fn trace(&mut self, a: &[u32], b: &[u32]) {
        let mut columns = Vec::with_capacity(a.len().div_ceil(ROWS) * b.len());
        self.run(a, b, |column| columns.push(column));
        // `j` counts from one: the column before the first has no negative differences.
        let column = |i: usize, j: usize| columns[(i / ROWS) * b.len() + j - 1];
        let (mut i, mut j) = (a.len(), b.len());
        let mut operations = Vec::with_capacity(a.len().max(b.len()));
        while i > 0 && j > 0 {
            let bit = 1 << ((i - 1) % ROWS);
            operations.push(if column(i - 1, j).more & bit != 0 {
                i -= 1;
                Operation::Delete
            } else if j > 1 && column(i - 1, j - 1).less & bit != 0 {
                // The cell is at least the one to its upper left, which is one more than the cell
                // to its left: the word is inserted.
                j -= 1;
                Operation::Insert
            } else {
                i -= 1;
                j -= 1;
                if a[i] == b[j] { Operation::Equal } else { Operation::Replace }
            });
        }
        operations.extend(std::iter::repeat_n(Operation::Delete, i));
        operations.extend(std::iter::repeat_n(Operation::Insert, j));
        for operation in operations.into_iter().rev() {
            self.push(operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::distance::tests::{full_table, numbers, pair};
    use super::*;

    /// The cost of an alignment, which must account for every word of both texts.
    fn cost(edits: &[Edit], a: &[u32], b: &[u32]) -> usize {
        let (mut i, mut j, mut cost) = (0, 0, 0);
        for edit in edits {
            assert_eq!((edit.a, edit.b), (i, j));
            match edit.operation {
                Operation::Equal => assert_eq!(a[i], b[j]),
                Operation::Replace => assert_ne!(a[i], b[j]),
                Operation::Delete | Operation::Insert => {}
            }
            i += usize::from(edit.operation != Operation::Insert);
            j += usize::from(edit.operation != Operation::Delete);
            cost += usize::from(edit.operation != Operation::Equal);
        }
        assert_eq!((i, j), (a.len(), b.len()));
        cost
    }

    #[test]
    fn an_alignment_costs_the_distance_whole_or_halved() {
        let mut next = numbers(7);
        for case in 0..1500 {
            let (a, b, vocabulary) = pair(&mut next, if case % 10 == 0 { 300 } else { 80 });
            let expected = full_table(&a, &b);
            for kept_columns in [KEPT_COLUMNS, 40, 1] {
                let mut aligner = Aligner::new(vocabulary, kept_columns);
                aligner.align(&a, &b);
                assert_eq!(cost(&aligner.edits, &a, &b), expected, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_step_is_named() {
        let steps: Vec<_> = alignment("a b c d", "x a b e d f")
            .into_iter()
            .map(|edit| (edit.operation, edit.a, edit.b))
            .collect();
        let expected = [
            (Operation::Insert, 0, 0),
            (Operation::Equal, 0, 1),
            (Operation::Equal, 1, 2),
            (Operation::Replace, 2, 3),
            (Operation::Equal, 3, 4),
            (Operation::Insert, 4, 5),
        ];
        assert_eq!(steps, expected);
    }
}
