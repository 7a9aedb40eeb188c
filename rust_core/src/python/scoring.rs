//! Normalisation and the metrics over free text.

use std::borrow::Cow;

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::arguments::{at_least, one_of, rows, snapshot, texts};
use super::batch_call::{bytes, compute, released};
use super::exceptions::{ParameterError, ShapeError, empty_references};
use super::texts::{NestedTexts, Texts};
use crate::cancellation::Pace;
use crate::scoring::{self, Buffers, Kind, Metric, Normalizer, RowError, Scratch};

fn normalizer(name: &str) -> PyResult<Normalizer> {
    let names = Normalizer::ALL.map(Normalizer::name);
    one_of(name, "normalizer", Normalizer::from_name, &names)
}

/// How many bytes are normalised before Python gets them, so that no more are there twice.
const BATCH: usize = 1 << 22;
/// What a text takes besides its bytes.
const STRING: usize = 64;

/// The texts in the form in which predictions and references are compared.
#[pyfunction]
#[pyo3(signature = (texts, normalizer = "ape"))]
pub fn normalize<'py>(texts: &Bound<'py, PyAny>, normalizer: &str) -> PyResult<Bound<'py, PyList>> {
    let py = texts.py();
    let normalizer = self::normalizer(normalizer)?;
    let strings = Texts::new(texts, "texts")?;
    let strings = strings.slices("texts")?;
    let all = PyList::empty(py);
    let mut rest = strings.as_slice();
    while !rest.is_empty() {
        let mut size = 0;
        let is_room = |text: &&&str| {
            let is_room = size < BATCH;
            size += text.len() + STRING;
            is_room
        };
        let count = rest.iter().take_while(is_room).count();
        let batch;
        (batch, rest) = rest.split_at(count);
        let normalized = compute(py, count, bytes(batch), None, |_: &mut (), row| {
            let mut normalized = String::with_capacity(batch[row].len());
            normalizer.push(batch[row], &mut normalized);
            normalized
        })?;
        for text in normalized {
            all.append(text)?;
        }
        py.check_signals()?;
    }
    Ok(all)
}

/// The accepted answers of each row, normalised and tokenised once.
#[pyclass(frozen, module = "promptopt._core")]
pub struct References {
    prepared: scoring::References,
}

#[pymethods]
impl References {
    #[new]
    #[pyo3(signature = (answers, normalizer = "ape"))]
    fn new(answers: &Bound<'_, PyAny>, normalizer: &str) -> PyResult<Self> {
        let py = answers.py();
        let normalizer = self::normalizer(normalizer)?;
        let held = NestedTexts::new(answers, "answers")?;
        let (strings, lengths) = held.slices("answers")?;
        let prepared = released(py, || {
            let mut prepared = scoring::References::new(normalizer);
            prepared.reserve(lengths.len(), strings.len(), bytes(&strings));
            let mut pace = Pace::default();
            let mut rest = strings.as_slice();
            for length in lengths {
                let answers;
                (answers, rest) = rest.split_at(length);
                prepared.push_row(answers)?;
                if pace.is_cancelled_after(bytes(answers) + STRING) {
                    break;
                }
            }
            prepared.shrink();
            Ok(prepared)
        })?;
        match prepared {
            Ok(prepared) => Ok(Self { prepared }),
            Err(RowError::Empty { row }) => Err(empty_references(py, "answers", row)),
            Err(RowError::TooLong { row }) => {
                Err(ShapeError::new_err(format!("answers[{row}] has 4 GB of text or more")))
            }
        }
    }

    fn __len__(&self) -> usize {
        self.prepared.len()
    }

    #[getter]
    fn normalizer(&self) -> &'static str {
        self.prepared.normalizer().name()
    }
}

/// The references and the metric of a call, which must fit together.
fn prepared<'a>(
    references: &'a Bound<'_, References>,
    metric: &str,
) -> PyResult<(&'a scoring::References, Metric)> {
    let metric = one_of(metric, "metric", Metric::from_name, &Metric::ALL.map(Metric::name))?;
    let references = &references.get().prepared;
    if metric.needs_raw_text() && references.normalizer() != Normalizer::None {
        return Err(ParameterError::new_err(format!(
            "metric '{}' needs references with the normalizer 'none', not '{}'",
            metric.name(),
            references.normalizer().name()
        )));
    }
    Ok((references, metric))
}

/// The score of each prediction, in [0, 1]: the best over the accepted answers of its row.
#[pyfunction]
#[pyo3(signature = (predictions, references, metric, *, rows = None, threads = None))]
pub fn score<'py>(
    predictions: &Bound<'py, PyAny>,
    references: &Bound<'py, References>,
    metric: &str,
    rows: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let py = predictions.py();
    let (references, metric) = prepared(references, metric)?;
    let predictions = Texts::new(predictions, "predictions")?;
    let predictions = predictions.slices("predictions")?;
    let rows = self::rows(rows, predictions.len(), references.len())?;
    let work = references.work(metric, bytes(&predictions));
    let one = |scratch: &mut Scratch, index: usize| {
        let row = rows.as_ref().map_or(index, |rows| rows[index]);
        references.score(metric, row, predictions[index], scratch)
    };
    let scores = compute(py, predictions.len(), work, threads, one)?;
    Ok(PyArray1::from_vec(py, scores))
}

/// The scores of the predictions of many candidates, each on every row of the references.
#[pyfunction]
#[pyo3(signature = (predictions, references, metric, *, threads = None))]
pub fn score_matrix<'py>(
    predictions: &Bound<'py, PyAny>,
    references: &Bound<'py, References>,
    metric: &str,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let py = predictions.py();
    let (references, metric) = prepared(references, metric)?;
    let predictions = Texts::new(predictions, "predictions")?;
    let predictions = predictions.slices("predictions")?;
    let examples = references.len();
    if examples == 0 || predictions.len() % examples != 0 {
        return Err(ShapeError::new_err(format!(
            "{} predictions are not a multiple of {examples} rows",
            predictions.len()
        )));
    }
    let work = references.work(metric, bytes(&predictions));
    let one = |scratch: &mut Scratch, index: usize| {
        references.score(metric, index % examples, predictions[index], scratch)
    };
    let scores = compute(py, predictions.len(), work, threads, one)?;
    PyArray1::from_vec(py, scores).reshape([predictions.len() / examples, examples])
}

/// How many decimal places a number can be asked for.
const MOST_DECIMALS: usize = 100;

/// The answer that each text gives; None where it gives none.
#[pyfunction]
#[pyo3(signature = (texts, kind, *, decimals = None, variant = "default", threads = None))]
pub fn extract_answers(
    texts: &Bound<'_, PyAny>,
    kind: &str,
    decimals: Option<&Bound<'_, PyAny>>,
    variant: &str,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Option<Cow<'static, str>>>> {
    let py = texts.py();
    let kind = one_of(kind, "kind", Kind::from_name, &Kind::ALL.map(Kind::name))?;
    let is_published = one_of(
        variant,
        "variant",
        |name| ["default", "reference"].iter().position(|known| *known == name),
        &["default", "reference"],
    )? == 1;
    let decimals = decimals.map(|decimals| at_least(decimals, "decimals", 0)).transpose()?;
    if decimals.is_some_and(|decimals| decimals > MOST_DECIMALS) {
        return Err(ParameterError::new_err(format!("decimals must be at most {MOST_DECIMALS}")));
    }
    let strings = snapshot(texts, || "texts".into(), "str")?;
    let strings = self::texts(&strings, "texts")?;
    let one = |buffers: &mut Buffers, row: usize| {
        scoring::extract(strings[row], kind, decimals, is_published, buffers)
    };
    compute(py, strings.len(), bytes(&strings), threads, one)
}
