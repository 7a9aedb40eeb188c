//! Candidates that drop out one after the other.

use super::progress::Progress;

#[derive(Default)]
pub struct Elimination {
    /// Those that are left, in order of their numbers.
    alive: Vec<usize>,
    /// Those that dropped out, the first first.
    dropped: Vec<usize>,
    known: usize,
}

impl Elimination {
    /// Takes in the candidates that have come since.
    pub fn admit(&mut self, candidates: usize) {
        self.alive.extend(self.known..candidates);
        self.known = candidates;
    }

    pub fn alive(&self) -> &[usize] {
        &self.alive
    }

    /// Drops those that `is_out` says so of, the worst first.
    pub fn drop_where(&mut self, progress: &Progress, is_out: impl Fn(usize) -> bool) {
        let (mut out, alive): (Vec<_>, Vec<_>) =
            self.alive.drain(..).partition(|&candidate| is_out(candidate));
        progress.sort(&mut out);
        self.dropped.extend(out.into_iter().rev());
        self.alive = alive;
    }

    /// Keeps the best so many.
    pub fn keep(&mut self, progress: &Progress, count: usize) {
        let mut ranked = self.alive.clone();
        progress.sort(&mut ranked);
        ranked.truncate(count);
        ranked.sort_unstable();
        self.drop_where(progress, |candidate| ranked.binary_search(&candidate).is_err());
    }

    /// Those that are left by their means, then the others, the last to drop out first.
    pub fn ranking(&self, progress: &Progress) -> Vec<usize> {
        let mut ranked = self.alive.clone();
        ranked.extend(self.known..progress.candidates());
        progress.sort(&mut ranked);
        ranked.extend(self.dropped.iter().rev());
        ranked
    }

    pub fn survivors(&self, progress: &Progress) -> Vec<usize> {
        self.alive.iter().copied().chain(self.known..progress.candidates()).collect()
    }
}
