//! One text against eight patterns at a time: the bit vectors of `bit_vectors` side by side, as
//! wide as the processor has registers.
//!
//! Every pattern ends at the last bit of its last block, and all have as many blocks as the
//! longest. In the rows before a pattern starts no word stands and neighbouring cells do not
//! differ: such rows hand the horizontal differences of the first row down unchanged.

use super::bit_vectors::ROWS;

/// How many patterns are compared at once.
pub const LANES: usize = 8;

type Lanes = [u64; LANES];

/// The horizontal differences below one column of a block: more, less.
type Horizontal = (Lanes, Lanes);

/// Up to eight patterns, prepared.
#[derive(Default)]
pub struct Patterns {
    lengths: [usize; LANES],
    blocks: usize,
    /// For each word of the vocabulary its number among those of the patterns; 0 if none has it.
    numbers: Vec<u32>,
    /// The words that have a number, in the order of their numbers from one.
    words: Vec<u32>,
    /// For each block and each of these words, the rows where it stands. The first row is empty.
    masks: Vec<Lanes>,
    /// The vertical differences before the first column, for each block.
    starts: Vec<Lanes>,
    text: Vec<u32>,
    horizontal: Vec<Horizontal>,
}

impl Patterns {
    /// Prepares patterns, of which there are eight at most, with words below `vocabulary`.
    pub fn set(&mut self, patterns: &[&[u32]], vocabulary: usize) {
        for &word in &self.words {
            self.numbers[word as usize] = 0;
        }
        self.words.clear();
        self.numbers.resize(vocabulary, 0);
        for &word in patterns.iter().copied().flatten() {
            let number = &mut self.numbers[word as usize];
            if *number == 0 {
                self.words.push(word);
                *number = self.words.len() as u32;
            }
        }
        self.lengths = [0; LANES];
        self.blocks = patterns.iter().map(|words| words.len().div_ceil(ROWS)).max().unwrap_or(0);
        let row = self.words.len() + 1;
        self.masks.clear();
        self.masks.resize(self.blocks * row, [0; LANES]);
        self.starts.clear();
        self.starts.resize(self.blocks, [0; LANES]);
        for (lane, pattern) in patterns.iter().enumerate() {
            self.lengths[lane] = pattern.len();
            let padding = self.blocks * ROWS - pattern.len();
            for (place, &word) in (padding..).zip(*pattern) {
                let (block, bit) = (place / ROWS, 1 << (place % ROWS));
                self.starts[block][lane] |= bit;
                self.masks[block * row + self.numbers[word as usize] as usize][lane] |= bit;
            }
        }
    }

    /// The distance of each pattern to a text.
    pub fn distances(&mut self, text: &[u32]) -> [usize; LANES] {
        if self.blocks == 0 {
            return [text.len(); LANES];
        }
        self.text.clear();
        self.text.extend(text.iter().map(|&word| self.numbers[word as usize]));
        self.horizontal.clear();
        self.horizontal.resize(text.len(), ([1; LANES], [0; LANES]));
        let row = self.words.len() + 1;
        let mut sums = [0; LANES];
        for (masks, starts) in self.masks.chunks_exact(row).zip(&self.starts) {
            sums = advance(masks, starts, &self.text, &mut self.horizontal);
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
            patterns.set(&slices, 14);
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
