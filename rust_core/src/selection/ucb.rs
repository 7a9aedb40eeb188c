//! Upper confidence bounds: more scores for the candidates that may still be the best.

use std::cmp::Reverse;

use super::policy::Policy;
use super::progress::Progress;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Auer, Cesa-Bianchi and Fischer 2002, doi:10.1023/A:1013689704352.
    Ucb1,
    /// Audibert and Bubeck 2010, "Best Arm Identification in Multi-Armed Bandits", figure 1.
    UcbE,
}

impl Variant {
    pub const ALL: [Self; 2] = [Self::Ucb1, Self::UcbE];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ucb1 => "ucb1",
            Self::UcbE => "ucb-e",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }
}

pub struct Ucb {
    variant: Variant,
    exploration: f64,
    /// How many candidates a round scores, and on how many further examples each.
    candidates: usize,
    examples: usize,
    /// How many cells may be used in all.
    budget: usize,
    used: usize,
    /// For each candidate its mean, infinite before its first cell and minus infinity once it has
    /// used all, and one over the root of its number of scores. While all its calls have failed the
    /// mean is 0 and the number that of its calls, so that it does not use up the budget.
    means: Vec<f64>,
    widths: Vec<f64>,
    asked: Vec<usize>,
}

impl Ucb {
    pub fn new(
        variant: Variant,
        exploration: f64,
        candidates: usize,
        examples: usize,
        budget: usize,
    ) -> Self {
        let (means, widths, asked) = (vec![], vec![], vec![]);
        Self { variant, exploration, candidates, examples, budget, used: 0, means, widths, asked }
    }

    /// The candidates with the highest bounds, of equals those with the lowest numbers, in order.
    fn highest(&self, count: usize) -> Vec<usize> {
        /// Bounds that are computed together.
        const BLOCK: usize = 32;
        let factor = match self.variant {
            Variant::Ucb1 => self.exploration * (2.0 * (self.used.max(1) as f64).ln()).sqrt(),
            Variant::UcbE => self.exploration.sqrt(),
        };
        let mut best: Vec<(f64, usize)> = Vec::with_capacity(count + 1);
        let mut least = f64::NEG_INFINITY;
        let mut bounds = [0.0; BLOCK];
        let blocks = self.means.chunks(BLOCK).zip(self.widths.chunks(BLOCK));
        for (block, (means, widths)) in blocks.enumerate() {
            let mut highest = f64::NEG_INFINITY;
            for ((bound, mean), width) in bounds.iter_mut().zip(means).zip(widths) {
                *bound = mean + factor * width;
                highest = if *bound > highest { *bound } else { highest };
            }
            if highest <= least {
                continue;
            }
            for (candidate, &bound) in (block * BLOCK..).zip(&bounds[..means.len()]) {
                if bound > least {
                    let place = best.partition_point(|&(other, _)| other >= bound);
                    best.insert(place, (bound, candidate));
                    best.truncate(count);
                    if best.len() == count {
                        least = best[count - 1].0;
                    }
                }
            }
        }
        best.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

impl Policy for Ucb {
    fn fresh(&self) -> Box<dyn Policy> {
        let Self { variant, exploration, candidates, examples, budget, .. } = *self;
        Box::new(Self::new(variant, exploration, candidates, examples, budget))
    }

    fn problem(&self, _: usize, _: usize) -> Option<String> {
        None
    }

    fn can_grow(&self) -> bool {
        true
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        self.means.resize(progress.candidates(), f64::INFINITY);
        self.widths.resize(progress.candidates(), 0.0);
        for candidate in self.asked.drain(..) {
            let depth = progress.depth(candidate);
            let (mean, count) = match progress.count(candidate) {
                0 => (0.0, depth),
                count => (progress.mean(candidate), count),
            };
            let is_spent = depth == progress.examples();
            self.means[candidate] = if is_spent { f64::NEG_INFINITY } else { mean };
            self.widths[candidate] = 1.0 / (count as f64).sqrt();
        }
        let mut left = self.budget - self.used;
        let count = self.candidates.min(progress.candidates());
        let mut asked = Vec::with_capacity(count);
        for candidate in self.highest(count) {
            let depth = progress.depth(candidate);
            let more = self.examples.min(progress.examples() - depth).min(left);
            if more > 0 {
                left -= more;
                asked.push((candidate, depth + more));
            }
        }
        self.used = self.budget - left;
        self.asked.extend(asked.iter().map(|&(candidate, _)| candidate));
        asked
    }

    /// UCB1 recommends what it has scored most, UCB-E what has the highest mean.
    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        let mut ranked: Vec<usize> = (0..progress.candidates()).collect();
        progress.sort(&mut ranked);
        if self.variant == Variant::Ucb1 {
            ranked.sort_by_key(|&candidate| Reverse(progress.count(candidate)));
        }
        ranked
    }
}
