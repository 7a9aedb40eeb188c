//! Successive rejects (Audibert and Bubeck 2010, "Best Arm Identification in Multi-Armed Bandits",
//! figure 3): after each phase the worst candidate goes.

use super::elimination::Elimination;
use super::policy::Policy;
use super::progress::Progress;

pub struct SuccessiveRejects {
    /// How many cells may be used in all.
    budget: usize,
    phase: usize,
    left: Elimination,
}

impl SuccessiveRejects {
    pub fn new(budget: usize) -> Self {
        Self { budget, phase: 0, left: Elimination::default() }
    }

    /// How many examples each candidate has been scored on after a phase, counted from one.
    fn depth(&self, phase: usize, candidates: usize) -> usize {
        let logarithm = 0.5 + (2..=candidates).map(|i| 1.0 / i as f64).sum::<f64>();
        let cells = (self.budget - candidates) as f64;
        (cells / logarithm / (candidates + 1 - phase) as f64).ceil() as usize
    }
}

impl Policy for SuccessiveRejects {
    fn fresh(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.budget))
    }

    fn problem(&self, candidates: usize, _: usize) -> Option<String> {
        (self.budget <= candidates).then(|| {
            format!(
                "budget must be more than one for each of {candidates} candidates, not {}",
                self.budget
            )
        })
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        let candidates = progress.candidates();
        if self.phase == 0 {
            self.left.admit(candidates);
        } else {
            let kept = self.left.alive().len().saturating_sub(1).max(1);
            self.left.keep(progress, kept);
        }
        self.phase += 1;
        if self.phase >= candidates {
            return vec![];
        }
        let depth = self.depth(self.phase, candidates).min(progress.examples());
        self.left.alive().iter().map(|&candidate| (candidate, depth)).collect()
    }

    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        self.left.ranking(progress)
    }

    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.left.survivors(progress)
    }
}
