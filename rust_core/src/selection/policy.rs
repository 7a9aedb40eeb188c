//! What every way of choosing has in common.

use super::progress::Progress;

/// A way of choosing which candidates are worth more scores.
pub trait Policy: Send + Sync {
    /// The same policy as it was before it began.
    fn fresh(&self) -> Box<dyn Policy>;

    /// What is wrong with it for so many candidates and examples, if anything is.
    fn problem(&self, candidates: usize, examples: usize) -> Option<String>;

    /// Whether it can take further candidates after it has begun.
    fn can_grow(&self) -> bool {
        false
    }

    /// How deep which candidates must be scored for the next decision, the depths at most the
    /// number of examples; nothing when all is decided.
    fn next(&mut self, progress: &Progress) -> Vec<(usize, usize)>;

    /// All candidates, the best first.
    fn ranking(&self, progress: &Progress) -> Vec<usize>;

    /// The candidates that are still considered, in order of their numbers.
    fn survivors(&self, progress: &Progress) -> Vec<usize> {
        (0..progress.candidates()).collect()
    }
}
