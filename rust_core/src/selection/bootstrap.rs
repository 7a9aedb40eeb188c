//! The paired bootstrap (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter
//! 13): how sure the difference of two means is, when both are over the same examples.

use super::random::Random;
use crate::batch::fill;

/// Resamples that share a stream of random numbers, so that threads change nothing.
const BLOCK: usize = 64;
/// Sums that are kept apart, so that one addition does not wait for the last.
const SUMS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
    /// The part of the resamples whose difference is at most 0.
    pub not_better: f64,
}

/// The percentile interval of the mean of `differences`, of which there is one at least; `None`
/// where `stop` said so.
pub fn paired_bootstrap(
    differences: &[f64],
    resamples: usize,
    confidence: f64,
    seed: u64,
    threads: usize,
    stop: impl FnMut() -> bool,
) -> Option<Interval> {
    let mut blocks = vec![[0.0; BLOCK]; resamples.div_ceil(BLOCK)];
    let one = |_: &mut (), block: usize| {
        let mut random = Random::keyed(seed, block as u64);
        std::array::from_fn(|_| resampled_mean(differences, &mut random))
    };
    if !fill(&mut blocks, 1, threads, one, stop) {
        return None;
    }
    let mut means = blocks.into_flattened();
    means.truncate(resamples);
    let not_better = means.iter().filter(|&&mean| mean <= 0.0).count() as f64 / resamples as f64;
    let tail = (1.0 - confidence) / 2.0;
    means.sort_unstable_by(f64::total_cmp);
    Some(Interval {
        difference: differences.iter().sum::<f64>() / differences.len() as f64,
        low: quantile(&means, tail),
        high: quantile(&means, 1.0 - tail),
        not_better,
    })
}

fn resampled_mean(differences: &[f64], random: &mut Random) -> f64 {
    let count = differences.len() as u64;
    // 32 random bits decide each draw: no value is preferred by more than one in 2^32 / count.
    let draw = |bits: u64| differences[(((bits & 0xffff_ffff) * count) >> 32) as usize];
    let mut sums = [0.0; SUMS];
    let (fours, rest) = (differences.len() / SUMS, differences.len() % SUMS);
    for _ in 0..fours {
        let (one, two) = (random.next(), random.next());
        sums[0] += draw(one);
        sums[1] += draw(one >> 32);
        sums[2] += draw(two);
        sums[3] += draw(two >> 32);
    }
    for sum in sums.iter_mut().take(rest) {
        *sum += draw(random.next());
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) / differences.len() as f64
}

/// The quantile of sorted values, interpolated linearly between its neighbours.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_change_no_bit_and_the_interval_is_about_right() {
        let differences: Vec<f64> = (0..401).map(|i| f64::from(i % 7) / 6.0 - 0.3).collect();
        let alone = paired_bootstrap(&differences, 5000, 0.95, 3, 1, || false).unwrap();
        assert_eq!(paired_bootstrap(&differences, 5000, 0.95, 3, 4, || false), Some(alone));
        // The standard error is that of a mean of 401 values with a deviation of a third.
        let width = 2.0 * 1.96 / 3.0 / f64::sqrt(401.0);
        assert!((alone.high - alone.low - width).abs() < 0.1 * width);
        assert!(alone.low < alone.difference && alone.difference < alone.high);
        assert!(alone.not_better < 0.001);
    }
}
