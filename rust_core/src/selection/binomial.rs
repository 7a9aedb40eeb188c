//! Binomial random numbers by tables.

use super::random::Random;

/// Weights this much below the largest are left out: what they come to is less than what a random
/// number of 64 bits can tell apart.
const NEGLIGIBLE: f64 = 1e-25;

/// How many of up to `most` trials succeed, each with the same probability.
///
/// A number of trials is a sum of powers of two, and a binomial number the sum of those of its
/// parts, for each of which there is a table.
pub struct Binomial {
    /// One for each power of two.
    tables: Vec<Alias>,
}

impl Binomial {
    /// The probability must be between 0 and 1, both excluded.
    pub fn new(most: u32, probability: f64) -> Self {
        let powers = 0..u32::BITS - most.leading_zeros();
        Self { tables: powers.map(|power| Alias::binomial(1 << power, probability)).collect() }
    }

    #[inline]
    pub fn draw(&self, trials: u32, random: &mut Random) -> u32 {
        let mut successes = 0;
        let mut rest = trials;
        while rest > 0 {
            successes += self.tables[rest.trailing_zeros() as usize].draw(random);
            rest &= rest - 1;
        }
        successes
    }
}

/// Numbers of given weights (Walker 1977, doi:10.1145/355744.355749; the tables as Vose 1991,
/// doi:10.1109/32.92917, makes them).
struct Alias {
    slots: Vec<Slot>,
}

/// A number, another one, and how much of the slot is the first one's, of 2^64.
#[derive(Clone, Copy)]
struct Slot {
    own: u32,
    other: u32,
    share: u64,
}

impl Alias {
    fn binomial(trials: u32, probability: f64) -> Self {
        let odds = probability / (1.0 - probability);
        let n = f64::from(trials);
        let mode = (((n + 1.0) * probability) as u32).min(trials);
        // Outwards from the most likely number, each weight from its neighbour's.
        let mut below = vec![];
        let (mut weight, mut k) = (1.0, mode);
        while k > 0 && weight > NEGLIGIBLE {
            weight *= f64::from(k) / (n - f64::from(k) + 1.0) / odds;
            below.push(weight);
            k -= 1;
        }
        let first = k;
        let mut weights: Vec<f64> = below.into_iter().rev().chain([1.0]).collect();
        (weight, k) = (1.0, mode);
        while k < trials && weight > NEGLIGIBLE {
            weight *= (n - f64::from(k)) / (f64::from(k) + 1.0) * odds;
            weights.push(weight);
            k += 1;
        }
        Self::new(first, &weights)
    }

    fn new(first: u32, weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let mut parts: Vec<f64> =
            weights.iter().map(|weight| weight * weights.len() as f64 / total).collect();
        let mut slots: Vec<Slot> = (first..)
            .take(parts.len())
            .map(|k| Slot { own: k, other: k, share: u64::MAX })
            .collect();
        let (mut small, mut large): (Vec<_>, Vec<_>) =
            (0..parts.len()).partition(|&slot| parts[slot] < 1.0);
        while let (Some(&less), Some(&more)) = (small.last(), large.last()) {
            small.pop();
            slots[less].other = slots[more].own;
            slots[less].share = (parts[less] * 2f64.powi(64)) as u64;
            parts[more] -= 1.0 - parts[less];
            if parts[more] < 1.0 {
                large.pop();
                small.push(more);
            }
        }
        Self { slots }
    }

    #[inline]
    fn draw(&self, random: &mut Random) -> u32 {
        // The upper half of the product chooses the slot, the lower one its owner.
        let product = u128::from(random.next()) * self.slots.len() as u128;
        let slot = self.slots[(product >> 64) as usize];
        if (product as u64) < slot.share { slot.own } else { slot.other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_as_often_as_they_should() {
        let mut random = Random::new(1);
        for (trials, probability) in [(1, 0.3), (13, 0.02), (100, 0.5), (1000, 0.999), (777, 0.7)] {
            let binomial = Binomial::new(trials, probability);
            let draws = 100_000;
            let mut counts = vec![0.0; trials as usize + 1];
            for _ in 0..draws {
                counts[binomial.draw(trials, &mut random) as usize] += 1.0 / f64::from(draws);
            }
            // The largest distance of the two distribution functions (Kolmogorov and Smirnov).
            let (mut drawn, mut exact, mut apart) = (0.0, 0.0, 0.0_f64);
            let odds: f64 = probability / (1.0 - probability);
            let mut logarithm = f64::from(trials) * (1.0 - probability).ln();
            for (k, count) in counts.iter().enumerate() {
                drawn += count;
                exact += logarithm.exp();
                apart = apart.max((drawn - exact).abs());
                logarithm += ((f64::from(trials) - k as f64) / (k as f64 + 1.0)).ln() + odds.ln();
            }
            assert!(apart * f64::from(draws).sqrt() < 1.63, "{trials} {probability} {apart}");
        }
    }
}
