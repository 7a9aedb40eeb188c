//! APE's adaptive filter (Zhou et al. 2023, arXiv:2211.01910, section 3.2): all candidates on a
//! small subset of the examples; the better part of them on a new one that does not overlap; when
//! few are left, these on all examples, unless whoever filters wants to do that itself.

use super::elimination::Elimination;
use super::policy::Policy;
use super::progress::Progress;

pub struct AdaptiveFilter {
    /// How many examples a stage adds.
    stage: usize,
    /// Which part of the candidates stays after a stage.
    keep: f64,
    /// How many are few enough.
    few: usize,
    /// Whether these are scored on all examples.
    complete: bool,
    has_begun: bool,
    is_final: bool,
    left: Elimination,
}

impl AdaptiveFilter {
    pub fn new(stage: usize, keep: f64, few: usize, complete: bool) -> Self {
        let left = Elimination::default();
        Self { stage, keep, few, complete, has_begun: false, is_final: false, left }
    }
}

impl Policy for AdaptiveFilter {
    fn fresh(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.stage, self.keep, self.few, self.complete))
    }

    fn problem(&self, _: usize, _: usize) -> Option<String> {
        None
    }

    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)> {
        if self.is_final {
            return vec![];
        }
        let examples = progress.examples();
        let depth = self.left.alive().first().map_or(0, |&first| progress.depth(first));
        if self.has_begun {
            let alive = self.left.alive().len();
            let kept = (self.keep * alive as f64).ceil() as usize;
            // A stage drops one candidate at least, or it would decide nothing.
            let kept = if depth == examples { 0 } else { kept.min(alive.saturating_sub(1)) };
            self.left.keep(progress, kept.max(self.few));
        } else {
            self.left.admit(progress.candidates());
        }
        let are_few = self.left.alive().len() <= self.few;
        // Even few are told apart by one stage where there will be no other.
        self.is_final = depth == examples || are_few && (self.complete || self.has_begun);
        self.has_begun = true;
        let next = match (self.is_final, self.complete) {
            (false, _) => depth.saturating_add(self.stage).min(examples),
            (true, true) => examples,
            (true, false) => return vec![],
        };
        self.left.alive().iter().map(|&candidate| (candidate, next)).collect()
    }

    fn ranking(&self, progress: &Progress) -> Vec<usize> {
        self.left.ranking(progress)
    }

    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.left.survivors(progress)
    }
}
