//! One text against eight patterns at a time: the bit vectors of `bit_vectors` side by side, as
//! wide as the processor has registers.
//!
//! Every pattern ends at the last bit of its last block, and all have as many blocks as the
//! longest. In the rows before a pattern starts no word stands and neighbouring cells do not
//! differ: such rows hand the horizontal differences of the first row down unchanged.

use crate::cancellation::Pace;

/// How many rows a block has: those of one register of a lane.
const ROWS: usize = u64::BITS as usize;
/// How long a column of a block takes, about.
const NANOSECONDS: usize = 6;

/// How many patterns are compared at once.
pub const LANES: usize = 8;

type Lanes = [u64; LANES];

/// The horizontal differences below one column of a block: more, less.
type Horizontal = (Lanes, Lanes);

/// How many bytes the tables of eight patterns and a text of such lengths take; more than `LARGEST`
/// are better compared one by one.
pub fn size(longest_pattern: usize, vocabulary: usize, text: usize) -> usize {
    let masks = longest_pattern.div_ceil(ROWS).saturating_mul(vocabulary + 1);
    masks.saturating_mul(size_of::<Lanes>()).saturating_add(text * size_of::<Horizontal>())
}

pub const LARGEST: usize = 1 << 22;

/// Up to eight patterns, prepared.
#[derive(Default)]
pub struct Patterns {
    lengths: [usize; LANES],
    /// How many words the masks are for: the vocabulary, and 0 for every other one.
    row: usize,
    /// For each block and each word, the rows where it stands. No row holds 0.
    masks: Vec<Lanes>,
    /// The vertical differences before the first column, for each block.
    starts: Vec<Lanes>,
    horizontal: Vec<Horizontal>,
}

impl Patterns {
    /// Prepares patterns, of which there are eight at most, with words up to `vocabulary`. A word
    /// 0 is none that a text has.
    pub fn set<'a>(
        &mut self,
        patterns: impl Iterator<Item = &'a [u32]> + Clone,
        vocabulary: usize,
    ) {
        self.lengths = [0; LANES];
        self.row = vocabulary + 1;
        let longest = patterns.clone().map(<[u32]>::len).max().unwrap_or(0);
        let blocks = longest.div_ceil(ROWS);
        self.masks.clear();
        self.masks.resize(blocks * self.row, [0; LANES]);
        self.starts.clear();
        self.starts.resize(blocks, [0; LANES]);
        for (lane, pattern) in patterns.enumerate() {
            self.lengths[lane] = pattern.len();
            let padding = blocks * ROWS - pattern.len();
            let mut words = pattern.iter();
            let masks = self.masks.chunks_exact_mut(self.row).zip(&mut self.starts);
            for (block, (masks, starts)) in masks.enumerate() {
                let before = padding.saturating_sub(block * ROWS).min(ROWS);
                let mut bit = 1_u64.checked_shl(before as u32).unwrap_or(0);
                starts[lane] = 0_u64.wrapping_sub(bit);
                for &word in words.by_ref().take(ROWS - before) {
                    masks[word as usize][lane] |= bit;
                    bit <<= 1;
                }
            }
        }
        self.masks.iter_mut().step_by(self.row).for_each(|unknown| *unknown = [0; LANES]);
    }

    /// The distance of each pattern to a text with words up to the vocabulary; meaningless
    /// if the work is cancelled.
    pub fn distances(&mut self, text: &[u32]) -> [usize; LANES] {
        if self.starts.is_empty() {
            return [text.len(); LANES];
        }
        self.horizontal.clear();
        self.horizontal.resize(text.len(), ([1; LANES], [0; LANES]));
        let mut sums = [0; LANES];
        let mut pace = Pace::default();
        for (masks, starts) in self.masks.chunks_exact(self.row).zip(&self.starts) {
            sums = advance(masks, starts, text, &mut self.horizontal);
            if pace.is_cancelled_after(text.len() * NANOSECONDS) {
                break;
            }
        }
        let mut distances = self.lengths;
        for (distance, sum) in distances.iter_mut().zip(sums) {
            *distance = distance.wrapping_add(sum as usize);
        }
        distances
    }
}

/// Runs one block of all patterns over a text; returns the sums of the horizontal differences in
/// its last row, modulo 2^64.
fn advance(masks: &[Lanes], starts: &Lanes, text: &[u32], horizontal: &mut [Horizontal]) -> Lanes {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function needs.
        return unsafe { advance_avx2(masks, starts, text, horizontal) };
    }
    advance_generic(masks, starts, text, horizontal)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn advance_avx2(
    masks: &[Lanes],
    starts: &Lanes,
    text: &[u32],
    horizontal: &mut [Horizontal],
) -> Lanes {
    advance_generic(masks, starts, text, horizontal)
}

/// The same for every processor: the compiler makes of it what the caller's features allow.
#[inline(always)]
fn advance_generic(
    masks: &[Lanes],
    starts: &Lanes,
    text: &[u32],
    horizontal: &mut [Horizontal],
) -> Lanes {
    let mut more = *starts;
    let mut less = [0; LANES];
    let mut sums = [0_u64; LANES];
    for (&word, (above_more, above_less)) in text.iter().zip(horizontal) {
        let mask = &masks[word as usize];
        for lane in 0..LANES {
            // As in `Column::advance`.
            let equal = mask[lane] | above_less[lane];
            let diagonal =
                ((equal & more[lane]).wrapping_add(more[lane]) ^ more[lane]) | equal | less[lane];
            let right_more = less[lane] | !(diagonal | more[lane]);
            let right_less = diagonal & more[lane];
            let shifted_more = right_more << 1 | above_more[lane];
            let shifted_less = right_less << 1 | above_less[lane];
            above_more[lane] = right_more >> (ROWS - 1);
            above_less[lane] = right_less >> (ROWS - 1);
            sums[lane] = sums[lane].wrapping_add(above_more[lane]).wrapping_sub(above_less[lane]);
            more[lane] = shifted_less | !(diagonal | shifted_more);
            less[lane] = shifted_more & diagonal;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::distance::tests::{full_table, numbers, pair};
    use super::*;

    #[test]
    fn every_lane_has_the_distance_of_the_full_table() {
        let mut next = numbers(3);
        let mut patterns = Patterns::default();
        for case in 0..300 {
            let longest = if case % 10 == 0 { 300 } else { 80 };
            let texts: Vec<_> = (0..next(9)).map(|_| pair(&mut next, longest).0).collect();
            let (_, text, _) = pair(&mut next, longest);
            let slices: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
            patterns.set(slices.iter().copied(), 14);
            let got = patterns.distances(&text);
            for (pattern, got) in texts.iter().zip(got) {
                assert_eq!(got, full_table(pattern, &text), "{pattern:?} {text:?}");
            }
        }
    }

    #[test]
    fn wider_registers_change_nothing() {
        let mut next = numbers(5);
        for _ in 0..200 {
            let mut random = || std::array::from_fn(|_| next(1 << 31) << 33 | next(1 << 31));
            let masks: Vec<Lanes> = (0..4).map(|_| random()).collect();
            let starts = [!0; LANES];
            let text: Vec<u32> = (0..50).map(|_| next(4) as u32).collect();
            let mut horizontal = vec![([1; LANES], [0; LANES]); 50];
            let mut other = horizontal.clone();
            let sums = advance(&masks, &starts, &text, &mut horizontal);
            assert_eq!(sums, advance_generic(&masks, &starts, &text, &mut other));
            assert_eq!(horizontal, other);
        }
    }
}
