//! A table of scores, candidates by examples, that fills and grows while a search goes on.

use super::sum::Sum;

/// What stands in the table for a call that failed: it is not missing, and not a score.
const FAILED: f64 = f64::NEG_INFINITY;

/// What is known, and what a policy may see of it.
///
/// All candidates go through the examples in the same order, so that any two are compared on the
/// examples that both have been scored on. How far a candidate has got is its depth: a policy sees
/// its scores on the first `depth` examples of the order, and nothing else. Where a call failed
/// there is no score: the cell counts as used, and for no mean.
pub struct Progress {
    order: Vec<u32>,
    /// For each example its place in the order.
    places: Vec<u32>,
    /// For each candidate its scores in that order, as far as there are any; NaN where one is
    /// missing. A large table thus takes no memory before it is filled.
    scores: Vec<Vec<f64>>,
    depths: Vec<usize>,
    /// For each candidate how many scores there are down to its depth, and their sum.
    counts: Vec<usize>,
    sums: Vec<Sum>,
}

impl Progress {
    pub fn new(candidates: usize, order: Vec<u32>) -> Self {
        let mut places = vec![0; order.len()];
        for (place, &example) in (0..).zip(&order) {
            places[example as usize] = place;
        }
        let (scores, depths, counts, sums) = (vec![], vec![], vec![], vec![]);
        let mut progress = Self { order, places, scores, depths, counts, sums };
        progress.add_candidates(candidates);
        progress
    }

    pub fn add_candidates(&mut self, count: usize) {
        let candidates = self.candidates() + count;
        self.depths.resize(candidates, 0);
        self.counts.resize(candidates, 0);
        self.sums.resize(candidates, Sum::default());
        self.scores.resize(candidates, vec![]);
    }

    pub fn candidates(&self) -> usize {
        self.depths.len()
    }

    pub fn examples(&self) -> usize {
        self.order.len()
    }

    /// The examples in the order in which all candidates go through them.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The whole table, row after row; NaN where a cell is missing or its call failed.
    pub fn scores(&self) -> Vec<f64> {
        let cell = |score: f64| if score == FAILED { f64::NAN } else { score };
        let row = |candidate| {
            self.places.iter().map(move |&place| cell(self.at(candidate, place as usize)))
        };
        (0..self.candidates()).flat_map(row).collect()
    }

    pub fn depth(&self, candidate: usize) -> usize {
        self.depths[candidate]
    }

    /// On how many of the first `depth` examples it has a score.
    pub fn count(&self, candidate: usize) -> usize {
        self.counts[candidate]
    }

    /// Over these; NaN if there are none.
    pub fn mean(&self, candidate: usize) -> f64 {
        self.sums[candidate].value() / self.counts[candidate] as f64
    }

    /// How many cells all candidates have used.
    pub fn used(&self) -> usize {
        self.depths.iter().sum()
    }

    /// The example at a place of the order.
    pub fn example(&self, place: usize) -> usize {
        self.order[place] as usize
    }

    /// The score at a place of the order, which must be below the candidate's depth; `None` where
    /// the call failed.
    pub fn score(&self, candidate: usize, place: usize) -> Option<f64> {
        debug_assert!(place < self.depths[candidate]);
        Some(self.at(candidate, place)).filter(|&score| score != FAILED)
    }

    fn at(&self, candidate: usize, place: usize) -> f64 {
        self.scores[candidate].get(place).copied().unwrap_or(f64::NAN)
    }

    pub fn is_missing(&self, candidate: usize, example: usize) -> bool {
        self.at(candidate, self.places[example] as usize).is_nan()
    }

    /// Fills a cell: with a score, or with `None` where its call failed.
    pub fn put(&mut self, candidate: usize, example: usize, score: Option<f64>) {
        let place = self.places[example] as usize;
        let row = &mut self.scores[candidate];
        if row.len() <= place {
            row.resize(place + 1, f64::NAN);
        }
        row[place] = score.unwrap_or(FAILED);
    }

    /// Takes a candidate's scores up to `depth` into account, none of which is missing.
    pub fn deepen(&mut self, candidate: usize, depth: usize) {
        for place in self.depths[candidate]..depth {
            let score = self.at(candidate, place);
            if score != FAILED {
                self.sums[candidate].add(score);
                self.counts[candidate] += 1;
            }
        }
        self.depths[candidate] = self.depths[candidate].max(depth);
    }

    /// Puts the better candidate first: the higher mean; of equals the lower number.
    ///
    /// Those of whose calls more than half have failed come behind all others: the few scores that
    /// are left would say more about luck than about them. Those without a score come last.
    pub fn sort(&self, candidates: &mut [usize]) {
        let key = |candidate: usize| {
            let (count, depth) = (self.count(candidate), self.depth(candidate));
            (count > 0).then(|| (2 * count >= depth, self.mean(candidate)))
        };
        candidates.sort_by(|&a, &b| {
            key(b).partial_cmp(&key(a)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_sees_what_it_asked_for() {
        let mut progress = Progress::new(2, vec![2, 0, 1]);
        progress.put(0, 2, Some(1.0));
        progress.put(0, 0, Some(0.5));
        progress.put(0, 1, Some(0.0));
        progress.deepen(0, 2);
        assert!((progress.mean(0) - 0.75).abs() < 1e-12 && progress.mean(1).is_nan());
        assert_eq!((progress.depth(0), progress.used()), (2, 2));
        progress.add_candidates(1);
        assert!(progress.is_missing(2, 0) && !progress.is_missing(0, 1));
        let mut order = vec![2, 1, 0];
        progress.sort(&mut order);
        assert_eq!(order, [0, 1, 2]);
    }
    #[test]
    fn a_failed_call_is_no_score() {
        let mut progress = Progress::new(3, vec![0, 1, 2]);
        for (candidate, scores) in [
            (0, [None, None, Some(1.0)]),
            (1, [Some(0.25), None, Some(0.75)]),
            (2, [None, None, None]),
        ] {
            for (example, score) in scores.into_iter().enumerate() {
                progress.put(candidate, example, score);
                assert!(!progress.is_missing(candidate, example));
            }
            progress.deepen(candidate, 3);
        }
        assert_eq!((progress.count(1), progress.depth(1), progress.used()), (2, 3, 9));
        assert!((progress.mean(1) - 0.5).abs() < 1e-12 && progress.mean(2).is_nan());
        assert!(progress.score(1, 1).is_none() && progress.scores()[4].is_nan());
        // One score out of three does not put the first one ahead.
        let mut order = vec![2, 0, 1];
        progress.sort(&mut order);
        assert_eq!(order, [1, 0, 2]);
    }
}
