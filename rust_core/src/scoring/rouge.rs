//! ROUGE-L (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3.1).

use crate::cancellation::Pace;

const BITS: usize = u64::BITS as usize;

/// The longest common subsequence, 64 cells of its table at a time (Hyyrö 2004, "Bit-parallel
/// LCS-length computation revisited"); keeps its buffers from one pair to the next.
#[derive(Default)]
pub struct Subsequence {
    /// For each word of the vocabulary its places among 64 words of the answer.
    masks: Vec<u64>,
    /// For each word of the prediction whether the 64 words before carry into these.
    carries: Vec<u64>,
}

impl Subsequence {
    /// How many words two texts have in common in the same order. Every word of `a` is below
    /// `vocabulary`, and none of `b` above it. Meaningless if the work is cancelled.
    pub fn length(&mut self, a: &[u32], b: &[u32], vocabulary: usize) -> usize {
        self.masks.clear();
        self.masks.resize(vocabulary + 1, 0);
        self.carries.clear();
        self.carries.resize(b.len().div_ceil(BITS), 0);
        let mut pace = Pace::default();
        let mut length = 0;
        for part in a.chunks(BITS) {
            for (place, &word) in part.iter().enumerate() {
                self.masks[word as usize] |= 1 << place;
            }
            // The places where the length does not grow.
            let mut column = !0_u64;
            for (words, carries) in b.chunks(BITS).zip(&mut self.carries) {
                let mut carried = 0;
                for (index, &word) in words.iter().enumerate() {
                    let matches = column & self.masks[word as usize];
                    let (sum, over) = column.overflowing_add(matches);
                    let (sum, over_by_carry) = sum.overflowing_add(*carries >> index & 1);
                    carried |= u64::from(over || over_by_carry) << index;
                    column = sum | (column - matches);
                }
                *carries = carried;
                if pace.is_cancelled_after(2 * BITS) {
                    return 0;
                }
            }
            // Past the end of the answer a carry may clear bits.
            let used = !0 >> (BITS - part.len());
            length += (!column & used).count_ones() as usize;
            for &word in part {
                self.masks[word as usize] = 0;
            }
        }
        length
    }
}

/// The harmonic mean of precision and recall; 1 where neither text has a word.
pub fn f1(common: usize, predicted: usize, accepted: usize) -> f64 {
    if predicted == 0 && accepted == 0 {
        return 1.0;
    }
    if common == 0 {
        return 0.0;
    }
    let precision = common as f64 / predicted as f64;
    let recall = common as f64 / accepted as f64;
    (2.0 * precision * recall) / (precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_table(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let longest = if x == y { diagonal + 1 } else { row[j].max(row[j + 1]) };
                diagonal = std::mem::replace(&mut row[j + 1], longest);
            }
        }
        row[b.len()]
    }

    #[test]
    fn the_length_is_that_of_the_full_table() {
        let mut state = 1_u64;
        let mut next = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % bound
        };
        let mut subsequence = Subsequence::default();
        for case in 0..2000 {
            let vocabulary = 1 + next(9);
            let longest = if case % 10 == 0 { 300 } else { 70 };
            let a: Vec<u32> = (0..next(longest)).map(|_| next(vocabulary) as u32).collect();
            let b: Vec<u32> = (0..next(longest)).map(|_| next(vocabulary + 1) as u32).collect();
            let got = subsequence.length(&a, &b, vocabulary as usize);
            assert_eq!(got, by_table(&a, &b), "{a:?} {b:?}");
        }
    }
}
