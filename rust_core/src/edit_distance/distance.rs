//! The distance alone, with a cut-off.

use super::bit_vectors::{Column, Masks, blocks};
use crate::cancellation::Pace;

/// How many columns of a block pass before it is asked whether to go on, and how long one takes.
pub const STRETCH: usize = 1 << 14;
pub const NANOSECONDS: usize = 5;

/// Buffers that are reused from one pair to the next.
#[derive(Default)]
pub struct Buffers {
    masks: Masks,
    /// The horizontal differences in the last row of the block above, one a column.
    horizontal: Vec<i8>,
}

/// How many elements two sequences share at their start and, of what is left, at their end.
/// Shared ends cost nothing in some best alignment.
pub fn shared_ends<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let shorter = a.len().min(b.len());
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (prefix, suffix.min(shorter - prefix))
}

/// What is left of two sequences without their shared ends.
pub fn trimmed<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let (prefix, suffix) = shared_ends(a, b);
    (&a[prefix..a.len() - suffix], &b[prefix..b.len() - suffix])
}

/// The distance between two sequences of words, or `cutoff + 1` where it is larger than `cutoff`;
/// meaningless if the work is cancelled. No word of either is above `vocabulary`; 0 stands for every
/// word of `b` that `a` does not have.
pub fn distance(
    a: &[u32],
    b: &[u32],
    vocabulary: usize,
    cutoff: usize,
    buffers: &mut Buffers,
) -> usize {
    let (a, b) = trimmed(a, b);
    let over = cutoff.saturating_add(1);
    if a.len().abs_diff(b.len()) > cutoff {
        return over;
    }
    let longer = a.len().max(b.len());
    if a.is_empty() || b.is_empty() {
        return longer;
    }
    buffers.masks.reserve(vocabulary);
    if cutoff < longer { banded(a, b, cutoff, buffers).min(over) } else { whole(a, b, buffers) }
}

/// The distance by the whole table.
fn whole(a: &[u32], b: &[u32], buffers: &mut Buffers) -> usize {
    let Buffers { masks, horizontal } = buffers;
    horizontal.clear();
    horizontal.resize(b.len(), 1);
    let mut distance = b.len();
    let mut pace = Pace::default();
    for block in blocks(a) {
        masks.set(block);
        let mut column = Column::start(block);
        for (words, differences) in b.chunks(STRETCH).zip(horizontal.chunks_mut(STRETCH)) {
            for (&word, difference) in words.iter().zip(differences) {
                *difference = column.advance(masks.of(word), *difference);
            }
            if pace.is_cancelled_after(words.len() * NANOSECONDS) {
                return 0;
            }
        }
        distance += column.more.count_ones() as usize;
        distance -= column.less.count_ones() as usize;
        masks.clear(block);
    }
    distance
}

/// The distance if it is at most `cutoff`, or any larger number.
///
/// A cell further than `cutoff` from the diagonal lies on no path that is short enough, so each
/// block leaves out the columns that are further away from all its rows. What stands in for them
/// is one more a cell, along the edge of the band: the cost of a real path, hence never too low.
fn banded(a: &[u32], b: &[u32], cutoff: usize, buffers: &mut Buffers) -> usize {
    let Buffers { masks, horizontal } = buffers;
    horizontal.clear();
    horizontal.resize(b.len(), 1);
    // The distance at the upper left corner of the block, in column `start`.
    let mut corner = 0_usize;
    let (mut start, mut last_row) = (0, 0);
    let mut pace = Pace::default();
    for block in blocks(a) {
        let first_row = last_row;
        last_row += block.len();
        let new_start = first_row.saturating_sub(cutoff).min(b.len());
        let end = last_row.saturating_add(cutoff).min(b.len());
        for &difference in &horizontal[start..new_start] {
            corner = corner.wrapping_add_signed(difference.into());
        }
        start = new_start;

        masks.set(block);
        let mut column = Column::start(block);
        corner += block.len();
        let mut distance = corner;
        let mut lowest = lower_bound(distance, a.len() - last_row, b.len() - start);
        let mut at = start;
        let differences = horizontal[start..end].chunks_mut(STRETCH);
        for (words, differences) in b[start..end].chunks(STRETCH).zip(differences) {
            for (&word, difference) in words.iter().zip(differences) {
                at += 1;
                *difference = column.advance(masks.of(word), *difference);
                distance = distance.wrapping_add_signed((*difference).into());
                lowest = lowest.min(lower_bound(distance, a.len() - last_row, b.len() - at));
            }
            if pace.is_cancelled_after(words.len() * NANOSECONDS) {
                return 0;
            }
        }
        // Where this block stopped short, the edge of the band goes on below it.
        horizontal[end..].fill(1);
        masks.clear(block);
        if lowest > cutoff {
            return lowest;
        }
    }
    let rest: isize = horizontal[start..].iter().map(|&difference| isize::from(difference)).sum();
    corner.wrapping_add_signed(rest)
}

/// The least distance at the end, given that of a cell and how many words are left after it: the
/// surplus of the longer rest has to be deleted or inserted.
fn lower_bound(distance: usize, left_of_a: usize, left_of_b: usize) -> usize {
    distance + left_of_a.abs_diff(left_of_b)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The distance by the full table (Wagner and Fischer 1974).
    pub fn full_table(a: &[u32], b: &[u32]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], cost);
            }
        }
        row[b.len()]
    }

    /// Numbers below `bound` from a fixed sequence (a linear congruential generator).
    pub fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |bound| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % bound
        }
    }

    /// Two sequences of words up to `vocabulary`, of which the second may hold 0: unrelated, or one an edited copy of the other.
    pub fn pair(next: &mut impl FnMut(u64) -> u64, longest: u64) -> (Vec<u32>, Vec<u32>, usize) {
        let vocabulary = 1 + next(12);
        let a: Vec<u32> = (0..next(longest)).map(|_| 1 + next(vocabulary) as u32).collect();
        let mut b: Vec<u32> = if next(3) == 0 {
            (0..next(longest)).map(|_| next(vocabulary + 1) as u32).collect()
        } else {
            a.clone()
        };
        for _ in 0..next(12) {
            let at = next(b.len() as u64 + 1) as usize;
            match next(3) {
                0 => b.insert(at, next(vocabulary + 1) as u32),
                1 if at < b.len() => b[at] = next(vocabulary + 1) as u32,
                _ => drop(b.drain(at..(at + next(4) as usize).min(b.len()))),
            }
        }
        (a, b, vocabulary as usize)
    }

    #[test]
    fn the_distance_is_that_of_the_full_table_under_every_cutoff() {
        let mut next = numbers(1);
        let mut buffers = Buffers::default();
        for case in 0..3000 {
            let (a, b, vocabulary) = pair(&mut next, if case % 10 == 0 { 400 } else { 90 });
            let expected = full_table(&a, &b);
            let near = expected.saturating_sub(next(4) as usize) + next(4) as usize;
            for cutoff in [0, 3, near, next(300) as usize, usize::MAX] {
                let got = distance(&a, &b, vocabulary, cutoff, &mut buffers);
                let expected = expected.min(cutoff.saturating_add(1));
                assert_eq!(got, expected, "{a:?} {b:?} {cutoff}");
            }
        }
    }
}
