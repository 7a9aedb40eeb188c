//! Searches over a table of scores, live or recorded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyUntypedArray};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use super::arguments::{at_least, number, numbers, one_of, real, seed, snapshot};
use super::batch_call::{released, threads};
use super::exceptions::{CoreError, ParameterError, ScoreError, ShapeError};
use super::score_tables::{Recorded, checked};
use crate::batch::thread_count;
use crate::selection::{
    AdaptiveFilter, Bound as MeanBound, Policy, Problem, Race, Search, SuccessiveHalving,
    SuccessiveRejects, Ucb, Variant, simulate,
};

type Argument<'a, 'py> = Option<&'a Bound<'py, PyAny>>;
type Table<'py> = Bound<'py, PyArray2<f64>>;
type Indices<'py> = Bound<'py, PyArray1<i64>>;

impl From<Problem> for PyErr {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Parameter(message) => ParameterError::new_err(message),
            Problem::Count { asked, told } => {
                ShapeError::new_err(format!("{told} scores for {asked} cells"))
            }
            Problem::Score { row, score } => {
                ScoreError::new_err(format!("scores[{row}] must be between 0 and 1, not {score}"))
            }
            Problem::RecordedScore { candidate, example, score } => ScoreError::new_err(format!(
                "scores[{candidate}][{example}] must be between 0 and 1, not {score}"
            )),
            Problem::MissingCell { candidate, example } => ScoreError::new_err(format!(
                "scores[{candidate}][{example}] is missing, and was asked for"
            )),
            Problem::Begun => CoreError::new_err(
                "a selection in rounds takes no further candidates once it has begun: add them \
                 before the first ask, begin anew with what is known, or use ucb or race",
            ),
        }
    }
}

/// A choice among candidates that is under way.
#[pyclass(frozen, module = "promptopt._core")]
pub struct Selection {
    search: Mutex<Search>,
}

/// What every kind of selection is made with.
struct Setting<'a, 'py> {
    n_candidates: &'a Bound<'py, PyAny>,
    n_examples: &'a Bound<'py, PyAny>,
    seed: Argument<'a, 'py>,
    shuffle: bool,
    known: Argument<'a, 'py>,
}

/// An option that is a count of at least one.
fn count(argument: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    at_least(argument, name, 1)
}

fn count_or(argument: Argument, name: &str, default: usize) -> PyResult<usize> {
    argument.map_or(Ok(default), |argument| count(argument, name))
}

impl Selection {
    fn new(policy: impl Policy + 'static, setting: Setting) -> PyResult<Self> {
        let candidates = at_least(setting.n_candidates, "n_candidates", 0)?;
        let examples = count(setting.n_examples, "n_examples")?;
        let seed = setting.seed.map_or(Ok(0), |seed| self::seed(seed, || "seed".into()))?;
        let mut search =
            Search::new(Box::new(policy), candidates, examples, setting.shuffle.then_some(seed))?;
        if let Some(known) = setting.known {
            for (index, &score) in checked(known, "known", candidates, examples)?.iter().enumerate()
            {
                if !score.is_nan() {
                    search.know(index / examples, index % examples, score);
                }
            }
        }
        Ok(Self { search: Mutex::new(search) })
    }

    /// The search, for one thread at a time; the interpreter is released while this one waits. No
    /// call can panic while it holds the lock, so a poisoned one is as good as any.
    fn search(&self, py: Python<'_>) -> MutexGuard<'_, Search> {
        self.search.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// The same without the interpreter.
    fn search_released(&self) -> MutexGuard<'_, Search> {
        self.search.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Scores, of which those of a sequence may be None.
fn told(argument: &Bound<'_, PyAny>) -> PyResult<Vec<Option<f64>>> {
    if argument.cast::<PyUntypedArray>().is_ok() {
        return Ok(numbers(argument, "scores")?.into_iter().map(Some).collect());
    }
    let elements = snapshot(argument, || "scores".into(), "float or None")?;
    let score = |(row, element): (usize, Borrowed<'_, '_, PyAny>)| {
        (!element.is_none()).then(|| number(&element, || format!("scores[{row}]"))).transpose()
    };
    elements.iter_borrowed().enumerate().map(score).collect()
}

fn indices(py: Python<'_>, values: Vec<usize>) -> Indices<'_> {
    PyArray1::from_vec(py, values.into_iter().map(|value| value as i64).collect())
}

#[pymethods]
impl Selection {
    #[staticmethod]
    #[pyo3(signature = (
        n_candidates, n_examples, budget, *, variant = "ucb1", exploration = None,
        candidates_per_round = None, examples_per_round = None, seed = None, shuffle = true,
        known = None
    ), text_signature = "(n_candidates, n_examples, budget, *, variant='ucb1', exploration=1.0, \
        candidates_per_round=1, examples_per_round=1, seed=0, shuffle=True, known=None)")]
    #[allow(clippy::too_many_arguments)]
    fn ucb<'py>(
        n_candidates: &Bound<'py, PyAny>,
        n_examples: &Bound<'py, PyAny>,
        budget: &Bound<'py, PyAny>,
        variant: &str,
        exploration: Argument<'_, 'py>,
        candidates_per_round: Argument<'_, 'py>,
        examples_per_round: Argument<'_, 'py>,
        seed: Argument<'_, 'py>,
        shuffle: bool,
        known: Argument<'_, 'py>,
    ) -> PyResult<Self> {
        let variant =
            one_of(variant, "variant", Variant::from_name, &Variant::ALL.map(Variant::name))?;
        let exploration = exploration.map_or(Ok(1.0), |exploration| {
            real(exploration, "exploration", "finite and not negative", |value| {
                value >= 0.0 && value.is_finite()
            })
        })?;
        let policy = Ucb::new(
            variant,
            exploration,
            count_or(candidates_per_round, "candidates_per_round", 1)?,
            count_or(examples_per_round, "examples_per_round", 1)?,
            count(budget, "budget")?,
        );
        Self::new(policy, Setting { n_candidates, n_examples, seed, shuffle, known })
    }

    #[staticmethod]
    #[pyo3(
        signature = (n_candidates, n_examples, budget, *, divisor = None, seed = None, shuffle = true,
        known = None),
        text_signature = "(n_candidates, n_examples, budget, *, divisor=2, seed=0, shuffle=True, known=None)"
    )]
    fn successive_halving<'py>(
        n_candidates: &Bound<'py, PyAny>,
        n_examples: &Bound<'py, PyAny>,
        budget: &Bound<'py, PyAny>,
        divisor: Argument<'_, 'py>,
        seed: Argument<'_, 'py>,
        shuffle: bool,
        known: Argument<'_, 'py>,
    ) -> PyResult<Self> {
        let divisor = divisor.map_or(Ok(2), |divisor| at_least(divisor, "divisor", 2))?;
        let policy = SuccessiveHalving::new(count(budget, "budget")?, divisor);
        Self::new(policy, Setting { n_candidates, n_examples, seed, shuffle, known })
    }

    #[staticmethod]
    #[pyo3(
        signature = (n_candidates, n_examples, budget, *, seed = None, shuffle = true,
        known = None),
        text_signature = "(n_candidates, n_examples, budget, *, seed=0, shuffle=True, known=None)"
    )]
    fn successive_rejects<'py>(
        n_candidates: &Bound<'py, PyAny>,
        n_examples: &Bound<'py, PyAny>,
        budget: &Bound<'py, PyAny>,
        seed: Argument<'_, 'py>,
        shuffle: bool,
        known: Argument<'_, 'py>,
    ) -> PyResult<Self> {
        let policy = SuccessiveRejects::new(count(budget, "budget")?);
        Self::new(policy, Setting { n_candidates, n_examples, seed, shuffle, known })
    }

    #[staticmethod]
    #[pyo3(signature = (
        n_candidates, n_examples, examples_per_stage, *, keep = None, few = None, complete = true, seed = None,
        shuffle = true, known = None
    ), text_signature = "(n_candidates, n_examples, examples_per_stage, *, keep=0.5, few=5, \
        complete=True,         seed=0, shuffle=True, known=None)")]
    #[allow(clippy::too_many_arguments)]
    fn adaptive_filter<'py>(
        n_candidates: &Bound<'py, PyAny>,
        n_examples: &Bound<'py, PyAny>,
        examples_per_stage: &Bound<'py, PyAny>,
        keep: Argument<'_, 'py>,
        few: Argument<'_, 'py>,
        complete: bool,
        seed: Argument<'_, 'py>,
        shuffle: bool,
        known: Argument<'_, 'py>,
    ) -> PyResult<Self> {
        let keep = keep.map_or(Ok(0.5), |keep| {
            real(keep, "keep", "between 0 and 1", |keep| keep > 0.0 && keep < 1.0)
        })?;
        let stage = count(examples_per_stage, "examples_per_stage")?;
        let policy = AdaptiveFilter::new(stage, keep, count_or(few, "few", 5)?, complete);
        Self::new(policy, Setting { n_candidates, n_examples, seed, shuffle, known })
    }

    #[staticmethod]
    #[pyo3(signature = (
        n_candidates, n_examples, *, bound = "empirical_bernstein", error = None,
        examples_per_round = None, budget = None, seed = None, shuffle = true,
        known = None
    ), text_signature = "(n_candidates, n_examples, *, bound='empirical_bernstein', error=0.05, \
        examples_per_round=10, budget=None, seed=0, shuffle=True, known=None)")]
    #[allow(clippy::too_many_arguments)]
    fn race<'py>(
        n_candidates: &Bound<'py, PyAny>,
        n_examples: &Bound<'py, PyAny>,
        bound: &str,
        error: Argument<'_, 'py>,
        examples_per_round: Argument<'_, 'py>,
        budget: Argument<'_, 'py>,
        seed: Argument<'_, 'py>,
        shuffle: bool,
        known: Argument<'_, 'py>,
    ) -> PyResult<Self> {
        let bound =
            one_of(bound, "bound", MeanBound::from_name, &MeanBound::ALL.map(MeanBound::name))?;
        let error = error.map_or(Ok(0.05), |error| {
            real(error, "error", "between 0 and 1", |error| error > 0.0 && error < 1.0)
        })?;
        let batch = count_or(examples_per_round, "examples_per_round", 10)?;
        let policy = Race::new(bound, error, batch, count_or(budget, "budget", usize::MAX)?);
        Self::new(policy, Setting { n_candidates, n_examples, seed, shuffle, known })
    }

    #[getter]
    fn n_candidates(&self, py: Python<'_>) -> usize {
        self.search(py).progress().candidates()
    }

    #[getter]
    fn n_examples(&self, py: Python<'_>) -> usize {
        self.search(py).progress().examples()
    }

    #[getter]
    fn done(&self, py: Python<'_>) -> bool {
        self.search(py).is_done()
    }

    #[getter]
    fn used(&self, py: Python<'_>) -> usize {
        self.search(py).progress().used()
    }

    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> PyResult<Table<'py>> {
        let search = self.search(py);
        let progress = search.progress();
        PyArray1::from_vec(py, progress.scores())
            .reshape([progress.candidates(), progress.examples()])
    }

    #[getter]
    fn order<'py>(&self, py: Python<'py>) -> Indices<'py> {
        let search = self.search(py);
        PyArray1::from_iter(py, search.progress().order().iter().map(|&example| example.into()))
    }

    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let search = self.search(py);
        let progress = search.progress();
        indices(py, (0..progress.candidates()).map(|c| progress.depth(c)).collect())
    }

    #[getter]
    fn means<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let search = self.search(py);
        let progress = search.progress();
        PyArray1::from_iter(py, (0..progress.candidates()).map(|c| progress.mean(c)))
    }

    #[getter]
    fn ranking<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        indices(py, self.search(py).ranking())
    }

    #[getter]
    fn survivors<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        indices(py, self.search(py).survivors())
    }

    fn ask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let mut search = self.search(py);
        let cells = search.ask();
        let flat =
            cells.iter().flat_map(|&(candidate, example)| [candidate as i64, example as i64]);
        PyArray1::from_iter(py, flat).reshape([cells.len(), 2])
    }

    fn tell(&self, py: Python<'_>, scores: &Bound<'_, PyAny>) -> PyResult<()> {
        let scores = told(scores)?;
        py.detach(|| self.search_released().tell(&scores))?;
        Ok(())
    }

    fn add_candidates(&self, py: Python<'_>, count: &Bound<'_, PyAny>) -> PyResult<()> {
        let count = at_least(count, "count", 0)?;
        Ok(self.search(py).add_candidates(count)?)
    }

    fn replay(&self, py: Python<'_>, scores: &Bound<'_, PyAny>) -> PyResult<()> {
        let (candidates, examples) = (self.n_candidates(py), self.n_examples(py));
        let table = Recorded::new(scores, candidates, examples)?;
        let table = table.values();
        released(py, || self.search_released().replay(table))??;
        Ok(())
    }

    #[pyo3(signature = (scores, seeds, *, threads = None))]
    fn simulate<'py>(
        &self,
        py: Python<'py>,
        scores: &Bound<'py, PyAny>,
        seeds: &Bound<'py, PyAny>,
        threads: Argument<'_, 'py>,
    ) -> PyResult<(Indices<'py>, Indices<'py>)> {
        let (candidates, examples) = (self.n_candidates(py), self.n_examples(py));
        let table = Recorded::new(scores, candidates, examples)?;
        let table = table.values();
        let seeds = snapshot(seeds, || "seeds".into(), "int")?;
        let seeds = seeds.iter_borrowed().enumerate();
        let seeds: Vec<u64> = seeds
            .map(|(row, seed)| self::seed(&seed, || format!("seeds[{row}]")))
            .collect::<PyResult<_>>()?;
        let threads = self::threads(threads)?
            .unwrap_or_else(|| thread_count(table.len().saturating_mul(seeds.len())));
        let policy = self.search(py).policy();
        let outcomes =
            released(py, || simulate(policy.as_ref(), table, examples, &seeds, threads))?;
        let outcomes: Vec<_> = outcomes.into_iter().collect::<Result<_, Problem>>()?;
        let best = outcomes.iter().map(|outcome| outcome.best).collect();
        let used = outcomes.iter().map(|outcome| outcome.used).collect();
        Ok((indices(py, best), indices(py, used)))
    }
}
