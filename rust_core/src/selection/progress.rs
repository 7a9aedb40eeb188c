//! A table of scores, candidates by examples, that fills and grows while a search goes on.

/// What is known, and what a policy may see of it.
///
/// All candidates go through the examples in the same order, so that any two are compared on the
/// examples that both have been scored on. How far a candidate has got is its depth: a policy sees
/// its scores on the first `depth` examples of the order, and nothing else.
pub struct Progress {
    order: Vec<u32>,
    /// For each example its place in the order.
    places: Vec<u32>,
    /// For each candidate its scores in that order, as far as there are any; NaN where one is
    /// missing. A large table thus takes no memory before it is filled.
    scores: Vec<Vec<f64>>,
    depths: Vec<usize>,
    sums: Vec<f64>,
}

impl Progress {
    pub fn new(candidates: usize, order: Vec<u32>) -> Self {
        let mut places = vec![0; order.len()];
        for (place, &example) in (0..).zip(&order) {
            places[example as usize] = place;
        }
        let (scores, depths, sums) = (vec![], vec![], vec![]);
        let mut progress = Self { order, places, scores, depths, sums };
        progress.add_candidates(candidates);
        progress
    }

    pub fn add_candidates(&mut self, count: usize) {
        let candidates = self.candidates() + count;
        self.depths.resize(candidates, 0);
        self.sums.resize(candidates, 0.0);
        self.scores.resize(candidates, vec![]);
    }

    pub fn candidates(&self) -> usize {
        self.depths.len()
    }

    pub fn examples(&self) -> usize {
        self.order.len()
    }

    /// The whole table, row after row; NaN where a cell is missing.
    pub fn scores(&self) -> Vec<f64> {
        let row =
            |candidate| self.places.iter().map(move |&place| self.at(candidate, place as usize));
        (0..self.candidates()).flat_map(row).collect()
    }

    pub fn depth(&self, candidate: usize) -> usize {
        self.depths[candidate]
    }

    /// Over the first `depth` examples; NaN if there are none.
    pub fn mean(&self, candidate: usize) -> f64 {
        self.sums[candidate] / self.depths[candidate] as f64
    }

    /// How many cells all candidates have used.
    pub fn used(&self) -> usize {
        self.depths.iter().sum()
    }

    /// The example at a place of the order.
    pub fn example(&self, place: usize) -> usize {
        self.order[place] as usize
    }

    /// The score at a place of the order, which must be below the candidate's depth.
    pub fn score(&self, candidate: usize, place: usize) -> f64 {
        debug_assert!(place < self.depths[candidate]);
        self.at(candidate, place)
    }

    fn at(&self, candidate: usize, place: usize) -> f64 {
        self.scores[candidate].get(place).copied().unwrap_or(f64::NAN)
    }

    pub fn is_missing(&self, candidate: usize, example: usize) -> bool {
        self.at(candidate, self.places[example] as usize).is_nan()
    }

    pub fn put(&mut self, candidate: usize, example: usize, score: f64) {
        let place = self.places[example] as usize;
        let row = &mut self.scores[candidate];
        if row.len() <= place {
            row.resize(place + 1, f64::NAN);
        }
        row[place] = score;
    }

    /// Takes a candidate's scores up to `depth` into account, none of which is missing.
    pub fn deepen(&mut self, candidate: usize, depth: usize) {
        for place in self.depths[candidate]..depth {
            self.sums[candidate] += self.at(candidate, place);
        }
        self.depths[candidate] = self.depths[candidate].max(depth);
    }

    /// Puts the better candidate first: the higher mean; of equals the lower number. Candidates
    /// without a score come last.
    pub fn sort(&self, candidates: &mut [usize]) {
        candidates.sort_by(|&a, &b| {
            let key = |candidate| Some(self.mean(candidate)).filter(|mean| !mean.is_nan());
            let (a_mean, b_mean) = (key(a), key(b));
            b_mean.partial_cmp(&a_mean).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_sees_what_it_asked_for() {
        let mut progress = Progress::new(2, vec![2, 0, 1]);
        progress.put(0, 2, 1.0);
        progress.put(0, 0, 0.5);
        progress.put(0, 1, 0.0);
        progress.deepen(0, 2);
        assert!((progress.mean(0) - 0.75).abs() < 1e-12 && progress.mean(1).is_nan());
        assert_eq!((progress.depth(0), progress.used()), (2, 2));
        progress.add_candidates(1);
        assert!(progress.is_missing(2, 0) && !progress.is_missing(0, 1));
        let mut order = vec![2, 1, 0];
        progress.sort(&mut order);
        assert_eq!(order, [0, 1, 2]);
    }
}
