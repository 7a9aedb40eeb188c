//! The paired bootstrap (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter
//! 13): how sure the difference of two means is, when both are over the same examples.

use super::binomial::Binomial;
use super::random::Random;
use crate::batch::fill;
use crate::cancellation::is_cancelled;

/// Resamples that share a stream of random numbers, so that threads change nothing.
const BLOCK: usize = 64;
/// Sums that are kept apart, so that one addition does not wait for the last.
const SUMS: usize = 4;
/// More different values than this are never counted.
const FEW: usize = 16;
/// Four times so many draws pass before it is asked whether to go on.
const STRETCH: usize = 1 << 14;
/// Values that are drawn one by one in the time of one number of how often a value is drawn.
const DRAWS_PER_COUNT: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
    /// The part of the resamples whose difference is at most 0.
    pub not_better: f64,
}

/// The percentile interval of the mean of `differences`, of which there is one at least;
/// meaningless if the work is cancelled.
pub fn paired_bootstrap(
    differences: &[f64],
    resamples: usize,
    confidence: f64,
    seed: u64,
    threads: usize,
) -> Interval {
    let resampling = Resampling::new(differences);
    let mut means = vec![0.0; resamples.next_multiple_of(BLOCK)];
    let (blocks, _) = means.as_chunks_mut::<BLOCK>();
    fill(blocks, 1, threads, |_: &mut (), block| {
        let mut random = Random::keyed(seed, block as u64);
        std::array::from_fn(|_| resampling.mean(&mut random))
    });
    // Of so many means the quantiles take long too, which nobody will see.
    means.truncate(if is_cancelled() { 1 } else { resamples });
    let not_better = means.iter().filter(|&&mean| mean <= 0.0).count() as f64 / resamples as f64;
    let tail = (1.0 - confidence) / 2.0;
    Interval {
        difference: differences.iter().sum::<f64>() / differences.len() as f64,
        low: quantile(&mut means, tail),
        high: quantile(&mut means, 1.0 - tail),
        not_better,
    }
}

/// How a resample is drawn.
enum Resampling<'a> {
    /// Value by value.
    Values(&'a [f64]),
    /// Where there are few different ones: how often each of them is drawn, which is a binomial
    /// number among the draws that those before it have left. The last one takes the rest.
    Counts { count: u32, drawn: Vec<(f64, Binomial)>, last: f64 },
}

impl<'a> Resampling<'a> {
    fn new(differences: &'a [f64]) -> Self {
        let most = differences.len() / DRAWS_PER_COUNT;
        match (u32::try_from(differences.len()), different(differences, most)) {
            (Ok(count), Some(values)) => Self::counts(count, &values),
            _ => Self::Values(differences),
        }
    }

    fn counts(count: u32, values: &[(f64, u32)]) -> Self {
        let mut left = count;
        let mut drawn = vec![];
        for &(value, often) in &values[..values.len() - 1] {
            drawn.push((value, Binomial::new(count, f64::from(often) / f64::from(left))));
            left -= often;
        }
        Self::Counts { count, drawn, last: values[values.len() - 1].0 }
    }

    fn mean(&self, random: &mut Random) -> f64 {
        match self {
            Self::Values(differences) => resampled_mean(differences, random),
            Self::Counts { count, drawn, last } => {
                let (mut sum, mut left) = (0.0, *count);
                for (value, binomial) in drawn {
                    let often = binomial.draw(left, random);
                    sum += f64::from(often) * value;
                    left -= often;
                }
                (sum + f64::from(left) * last) / f64::from(*count)
            }
        }
    }
}

/// The different values with how often each comes, the most frequent first, if there are no more
/// than `most` of them.
fn different(values: &[f64], most: usize) -> Option<Vec<(f64, u32)>> {
    let mut found: Vec<(f64, u32)> = vec![];
    for &value in values {
        match found.iter().position(|&(known, _)| known == value) {
            Some(at) => found[at].1 += 1,
            None if found.len() == most.min(FEW) => return None,
            None => found.push((value, 1)),
        }
    }
    found.sort_by(|(x, n), (y, m)| m.cmp(n).then(x.total_cmp(y)));
    Some(found)
}

fn resampled_mean(differences: &[f64], random: &mut Random) -> f64 {
    let count = differences.len() as u64;
    // 32 random bits decide each draw: no value is preferred by more than one in 2^32 / count.
    let draw = |bits: u64| differences[(((bits & 0xffff_ffff) * count) >> 32) as usize];
    let mut sums = [0.0; SUMS];
    let (mut fours, rest) = (differences.len() / SUMS, differences.len() % SUMS);
    while fours > 0 {
        let stretch = fours.min(STRETCH);
        if stretch == STRETCH && is_cancelled() {
            break;
        }
        for _ in 0..stretch {
            let (one, two) = (random.next(), random.next());
            sums[0] += draw(one);
            sums[1] += draw(one >> 32);
            sums[2] += draw(two);
            sums[3] += draw(two >> 32);
        }
        fours -= stretch;
    }
    for sum in sums.iter_mut().take(rest) {
        *sum += draw(random.next());
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) / differences.len() as f64
}

/// The quantile of values, interpolated linearly between its neighbours. They change their order.
fn quantile(values: &mut [f64], part: f64) -> f64 {
    let place = part * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_change_no_bit_and_the_interval_is_about_right() {
        let differences: Vec<f64> = (0..401).map(|i| f64::from(i % 7) / 6.0 - 0.3).collect();
        let alone = paired_bootstrap(&differences, 5000, 0.95, 3, 1);
        assert_eq!(paired_bootstrap(&differences, 5000, 0.95, 3, 4), alone);
        // The standard error is that of a mean of 401 values with a deviation of a third.
        let width = 2.0 * 1.96 / 3.0 / f64::sqrt(401.0);
        assert!((alone.high - alone.low - width).abs() < 0.1 * width);
        assert!(alone.low < alone.difference && alone.difference < alone.high);
        assert!(alone.not_better < 0.001);
    }

    #[test]
    fn counting_and_drawing_are_the_same_distribution() {
        let wins = |count: usize, value: f64| std::iter::repeat_n(value, count);
        let few: Vec<f64> = wins(60, 1.0).chain(wins(300, 0.0)).chain(wins(40, -1.0)).collect();
        assert!(matches!(Resampling::new(&few), Resampling::Counts { .. }));
        // The same values, but too many different ones to be counted.
        let many: Vec<f64> =
            few.iter().enumerate().map(|(i, value)| value - i as f64 * 1e-9).collect();
        assert!(matches!(Resampling::new(&many), Resampling::Values(_)));
        let of = |values: &[f64]| paired_bootstrap(values, 20_000, 0.9, 5, 2);
        let (counted, drawn) = (of(&few), of(&many));
        assert!((counted.low - drawn.low).abs() < 0.008);
        assert!((counted.high - drawn.high).abs() < 0.008);
        assert!((counted.not_better - drawn.not_better).abs() < 0.008);
        assert_eq!(counted, paired_bootstrap(&few, 20_000, 0.9, 5, 1));
        let same = paired_bootstrap(&[0.25; 99], 10, 0.9, 5, 1);
        assert_eq!((same.low, same.high, same.not_better), (0.25, 0.25, 0.0));
    }
}
