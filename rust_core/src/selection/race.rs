//! A race: all candidates on the same examples, a few more each time, and each goes as soon as a
//! paired bound says that it is worse than the best (Maron and Moore 1994, "Hoeffding Races"; Mnih,
//! Szepesvári and Audibert 2008, "Empirical Bernstein Stopping").
//!
//! The best candidate of the table drops out with probability `error` at most: it can be wronged in
//! a comparison with each other candidate after each batch, and each of these has an equal part of
//! that probability. Whoever leads, only comparisons with the best can wrong the best, so that these
//! are all, and one side of each bound is enough.

use super::bounds::Bound;
use super::elimination::Elimination;
use super::policy::Policy;
use super::progress::Progress;
use super::sum::Sum;

/// How far two differences of scores in [0, 1] can be from each other.
const RANGE: f64 = 2.0;

pub struct Race {
    bound: Bound,
    error: f64,
    /// How many examples come between two decisions.
    batch: usize,
    /// How many cells may be used in all.
    budget: usize,
    left: Elimination,
}

impl Race {
    pub fn new(bound: Bound, error: f64, batch: usize, budget: usize) -> Self {
        Self { bound, error, batch, budget, left: Elimination::default() }
    }

    /// Whether `candidate` is worse than `leader`, both scored `depth` deep.
    fn is_worse(&self, progress: &Progress, candidate: usize, leader: usize, depth: usize) -> bool {
        // Only examples of which both have a score compare them.
        let pairs = || {
            (0..depth).filter_map(|place| {
                Some((progress.score(leader, place)?, progress.score(candidate, place)?))
            })
        };
        let (mut best, mut other, mut count) = (Sum::default(), Sum::default(), 0);
        for (x, y) in pairs() {
            best.add(x);
            other.add(y);
            count += 1;
        }
        let n = count as f64;
        let mean = (best.value() - other.value()) / n;
        let variance = match self.bound {
            Bound::Hoeffding => 0.0,
            Bound::EmpiricalBernstein => {
                pairs().map(|(x, y)| (x - y - mean).powi(2)).sum::<f64>() / n
            }
        };
        let decisions = progress.examples().div_ceil(self.batch);
        let comparisons = (progress.candidates() - 1).max(1) * decisions;
        let error = self.error / comparisons as f64;
        // All that can still be drawn, and all that was.
        let total = progress.examples() - depth + count;
        count > 0 && mean > self.bound.margin(count, total, RANGE, variance, error)
    }

    fn drop_worse(&mut self, progress: &Progress, depth: usize) {
        let mut ranked = self.left.alive().to_vec();
        progress.sort(&mut ranked);
        let Some(&leader) = ranked.first().filter(|_| depth > 0) else {
            return;
        };
        let mut worse = vec![false; progress.candidates()];
        for &candidate in &ranked[1..] {
            worse[candidate] = self.is_worse(progress, candidate, leader, depth);
        }
        self.left.drop_where(progress, |candidate| worse[candidate]);
    }
}

impl Policy for Race {
    fn fresh(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.bound, self.error, self.batch, self.budget))
    }

    fn problem(&self, candidates: usize, examples: usize) -> Option<String> {
        let least = candidates.saturating_mul(self.batch.min(examples));
        (self.budget < least).then(|| {
            format!(
                "budget must be at least {least} for a batch of {candidates} candidates, not {}",
                self.budget
            )
        })
    }

    fn can_grow(&self) -> bool {
        true
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        self.left.admit(progress.candidates());
        let depths = || self.left.alive().iter().map(|&candidate| progress.depth(candidate));
        let (least, most) = (depths().min().unwrap_or(0), depths().max().unwrap_or(0));
        let depth = if least < most {
            // Candidates that came later catch up first.
            most
        } else {
            self.drop_worse(progress, most);
            if self.left.alive().len() < 2 && most > 0 {
                return vec![];
            }
            most.saturating_add(self.batch).min(progress.examples())
        };
        let behind = |&&candidate: &&usize| progress.depth(candidate) < depth;
        let asked: Vec<_> =
            self.left.alive().iter().filter(behind).map(|&candidate| (candidate, depth)).collect();
        let cells: usize =
            asked.iter().map(|&(candidate, depth)| depth - progress.depth(candidate)).sum();
        if progress.used() + cells > self.budget { vec![] } else { asked }
    }

    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        self.left.ranking(progress)
    }

    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.left.survivors(progress)
    }
}
