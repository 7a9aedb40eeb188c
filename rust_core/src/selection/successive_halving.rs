//! Successive halving (Karnin, Koren and Somekh 2013, "Almost Optimal Exploration in Multi-Armed
//! Bandits", algorithm 3), on examples instead of draws: each round goes on where the last one
//! stopped, and a candidate's mean is over all of its scores.

use super::elimination::Elimination;
use super::policy::Policy;
use super::progress::Progress;

pub struct SuccessiveHalving {
    /// How many cells may be used in all.
    budget: usize,
    /// One in so many stays after a round.
    divisor: usize,
    /// How many rounds there are; 0 before the first.
    rounds: usize,
    round: usize,
    left: Elimination,
}

impl SuccessiveHalving {
    pub fn new(budget: usize, divisor: usize) -> Self {
        Self { budget, divisor, rounds: 0, round: 0, left: Elimination::default() }
    }

    fn rounds_for(&self, candidates: usize) -> usize {
        let mut left = candidates;
        let mut rounds = 0;
        while left > 1 {
            left = left.div_ceil(self.divisor);
            rounds += 1;
        }
        rounds.max(1)
    }
}

impl Policy for SuccessiveHalving {
    fn fresh(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.budget, self.divisor))
    }

    fn problem(&self, candidates: usize, _: usize) -> Option<String> {
        let least = candidates * self.rounds_for(candidates);
        (self.budget < least).then(|| {
            format!(
                "budget must be at least {least} for {candidates} candidates, not {}",
                self.budget
            )
        })
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        if self.rounds == 0 {
            self.left.admit(progress.candidates());
            self.rounds = self.rounds_for(progress.candidates());
        } else {
            let kept = self.left.alive().len().div_ceil(self.divisor);
            self.left.keep(progress, kept);
        }
        if self.round == self.rounds || self.left.alive().is_empty() {
            return vec![];
        }
        self.round += 1;
        let more = self.budget / (self.left.alive().len() * self.rounds);
        let depth = |&candidate: &usize| {
            (candidate, progress.depth(candidate).saturating_add(more).min(progress.examples()))
        };
        self.left.alive().iter().map(depth).collect()
    }

    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        self.left.ranking(progress)
    }

    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.left.survivors(progress)
    }
}
