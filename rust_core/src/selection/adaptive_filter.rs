//! APE's adaptive filter (Zhou et al. 2023, arXiv:2211.01910, section 3.2): all candidates on a
//! small subset of the examples; the better part of them on a new one that does not overlap; when
//! few are left, these on all examples.

use super::elimination::Elimination;
use super::policy::Policy;
use super::progress::Progress;

pub struct AdaptiveFilter {
    /// How many examples a stage adds.
    stage: usize,
    /// Which part of the candidates stays after a stage.
    keep: f64,
    /// How many are few enough to be scored on all examples.
    few: usize,
    has_begun: bool,
    is_final: bool,
    left: Elimination,
}

impl AdaptiveFilter {
    pub fn new(stage: usize, keep: f64, few: usize) -> Self {
        let left = Elimination::default();
        Self { stage, keep, few, has_begun: false, is_final: false, left }
    }
}

impl Policy for AdaptiveFilter {
    fn fresh(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.stage, self.keep, self.few))
    }

    fn problem(&self, _: usize, _: usize) -> Option<String> {
        None
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        if self.is_final {
            return vec![];
        }
        let depth = self.left.alive().first().map_or(0, |&first| progress.depth(first));
        if self.has_begun {
            // A stage drops one candidate at least, or it would decide nothing.
            let alive = self.left.alive().len();
            let kept = (self.keep * alive as f64).ceil() as usize;
            self.left.keep(progress, kept.min(alive.saturating_sub(1)).max(self.few));
        } else {
            self.left.admit(progress.candidates());
            self.has_begun = true;
        }
        let next = depth + self.stage;
        self.is_final = self.left.alive().len() <= self.few || next >= progress.examples();
        let depth = if self.is_final { progress.examples() } else { next };
        self.left.alive().iter().map(|&candidate| (candidate, depth)).collect()
    }

    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        self.left.ranking(progress)
    }

    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.left.survivors(progress)
    }
}
