//! A policy at work: it asks for cells, is told their scores, and asks again.

use super::policy::Policy;
use super::progress::Progress;
use super::random::Random;
use crate::batch::fill;
use crate::cancellation::Pace;

/// A candidate and an example.
pub type Cell = (usize, usize);

/// More of either than this are refused: what is kept of each would not fit into memory.
pub const MOST_CANDIDATES: usize = 1 << 24;
pub const MOST_EXAMPLES: usize = 1 << 28;

/// How long it takes to look up a score, about.
const NANOSECONDS: usize = 4;

/// What can be wrong with a call.
#[derive(Debug, PartialEq)]
pub enum Problem {
    /// The policy cannot work with so many candidates or examples.
    Parameter(String),
    /// Other than as many scores as cells were asked for.
    Count { asked: usize, told: usize },
    /// Something told that is not in [0, 1].
    Score { row: usize, score: f64 },
    /// A recorded score that was asked for and is not in [0, 1].
    RecordedScore { candidate: usize, example: usize, score: f64 },
    /// A recorded table without a cell that the policy asked for.
    MissingCell { candidate: usize, example: usize },
    /// A policy that works in rounds has begun and takes no further candidates.
    Begun,
}

pub struct Search {
    policy: Box<dyn Policy>,
    progress: Progress,
    /// The depths that are to be reached before the next decision.
    wanted: Vec<(usize, usize)>,
    /// The cells that were asked for and have no scores yet.
    asked: Vec<Cell>,
    has_begun: bool,
    is_done: bool,
}

/// What a search over a recorded table came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub best: usize,
    pub used: usize,
}

impl Search {
    /// A search over so many candidates, which goes through the examples in an order that the seed
    /// decides, or without one in that of their numbers.
    pub fn new(
        policy: Box<dyn Policy>,
        candidates: usize,
        examples: usize,
        seed: Option<u64>,
    ) -> Result<Self, Problem> {
        check(policy.as_ref(), candidates, examples)?;
        let order = match seed {
            Some(seed) => Random::new(seed).permutation(examples),
            None => (0..examples as u32).collect(),
        };
        let progress = Progress::new(candidates, order);
        let (wanted, asked) = (vec![], vec![]);
        Ok(Self { policy, progress, wanted, asked, has_begun: false, is_done: false })
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub fn is_done(&self) -> bool {
        self.is_done
    }

    pub fn ranking(&self) -> Vec<usize> {
        self.policy.ranking(&self.progress)
    }

    pub fn survivors(&self) -> Vec<usize> {
        self.policy.survivors(&self.progress)
    }

    /// Takes a score that is known already: its cell will not be asked for.
    pub fn know(&mut self, candidate: usize, example: usize, score: f64) {
        self.progress.put(candidate, example, Some(score));
    }

    /// Adds candidates; their numbers are the next ones.
    pub fn add_candidates(&mut self, count: usize) -> Result<(), Problem> {
        if self.has_begun && !self.policy.can_grow() {
            return Err(Problem::Begun);
        }
        let candidates = self.progress.candidates().saturating_add(count);
        check(self.policy.as_ref(), candidates, self.progress.examples())?;
        self.progress.add_candidates(count);
        self.is_done = false;
        Ok(())
    }

    /// The cells whose scores the next decision needs, in order; none once all is decided. The same
    /// ones until their scores are told.
    pub fn ask(&mut self) -> &[Cell] {
        while self.asked.is_empty() {
            for &(candidate, depth) in &self.wanted {
                for place in self.progress.depth(candidate)..depth {
                    let example = self.progress.example(place);
                    if self.progress.is_missing(candidate, example) {
                        self.asked.push((candidate, example));
                    }
                }
            }
            if self.is_done || !self.asked.is_empty() {
                break;
            }
            self.decide();
        }
        &self.asked
    }

    /// Goes on from what was wanted, none of which is missing any more, to what is wanted next.
    fn decide(&mut self) {
        for (candidate, depth) in std::mem::take(&mut self.wanted) {
            self.progress.deepen(candidate, depth);
        }
        self.has_begun = true;
        self.wanted = self.policy.next(&self.progress);
        self.is_done = self.wanted.is_empty();
    }

    /// Takes the scores of the cells that were asked for, in their order; `None` where a call
    /// failed and there is no score.
    pub fn tell(&mut self, scores: &[Option<f64>]) -> Result<(), Problem> {
        let (asked, told) = (self.asked.len(), scores.len());
        if asked != told {
            return Err(Problem::Count { asked, told });
        }
        let is_wrong = |score: &Option<f64>| score.is_some_and(|it| !(0.0..=1.0).contains(&it));
        if let Some(row) = scores.iter().position(is_wrong) {
            return Err(Problem::Score { row, score: scores[row].unwrap_or(f64::NAN) });
        }
        for ((candidate, example), &score) in self.asked.drain(..).zip(scores) {
            self.progress.put(candidate, example, score);
        }
        self.ask();
        Ok(())
    }

    /// Goes on to the end with the scores of a recorded table, row after row, of which it looks
    /// only at what it would ask for. If the work is cancelled, and after an error, what it has not
    /// looked at yet is still asked for.
    pub fn replay(&mut self, table: &[f64]) -> Result<(), Problem> {
        self.asked.clear();
        let mut pace = Pace::default();
        while !self.is_done {
            for at in 0..self.wanted.len() {
                let (candidate, depth) = self.wanted[at];
                let cells = depth - self.progress.depth(candidate).min(depth);
                self.look_up(table, candidate, depth)?;
                self.progress.deepen(candidate, depth);
                if pace.is_cancelled_after(cells * NANOSECONDS) {
                    return Ok(());
                }
            }
            self.decide();
            if pace.is_cancelled_after(self.progress.candidates()) {
                break;
            }
        }
        Ok(())
    }

    /// Takes a candidate's missing scores down to a depth from a table.
    fn look_up(&mut self, table: &[f64], candidate: usize, depth: usize) -> Result<(), Problem> {
        let row = candidate * self.progress.examples();
        for place in self.progress.depth(candidate)..depth {
            let example = self.progress.example(place);
            if !self.progress.is_missing(candidate, example) {
                continue;
            }
            let score = table[row + example];
            if score.is_nan() {
                return Err(Problem::MissingCell { candidate, example });
            } else if !(0.0..=1.0).contains(&score) {
                return Err(Problem::RecordedScore { candidate, example, score });
            }
            self.progress.put(candidate, example, Some(score));
        }
        Ok(())
    }
}

/// Whether a policy can work with so many.
fn check(policy: &dyn Policy, candidates: usize, examples: usize) -> Result<(), Problem> {
    let problem = if candidates > MOST_CANDIDATES {
        Some(format!("n_candidates must be at most {MOST_CANDIDATES}, not {candidates}"))
    } else if examples > MOST_EXAMPLES {
        Some(format!("n_examples must be at most {MOST_EXAMPLES}, not {examples}"))
    } else {
        policy.problem(candidates, examples)
    };
    problem.map_or(Ok(()), |problem| Err(Problem::Parameter(problem)))
}

/// One search for each seed over the same recorded table, each from the start;
/// meaningless if the work is cancelled.
pub fn simulate(
    policy: &dyn Policy,
    table: &[f64],
    examples: usize,
    seeds: &[u64],
    threads: usize,
) -> Vec<Result<Outcome, Problem>> {
    let candidates = table.len() / examples.max(1);
    let mut results: Vec<_> = seeds.iter().map(|_| Ok(Outcome::default())).collect();
    fill(&mut results, 1, threads, |_: &mut (), row| {
        let mut search = Search::new(policy.fresh(), candidates, examples, Some(seeds[row]))?;
        search.replay(table)?;
        let best = search.ranking().first().copied().unwrap_or(0);
        Ok(Outcome { best, used: search.progress.used() })
    });
    results
}

impl Search {
    /// The policy as it was before it began.
    pub fn policy(&self) -> Box<dyn Policy> {
        self.policy.fresh()
    }
}
