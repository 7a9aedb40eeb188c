//! Multiple choice.

use numpy::PyArray1;
use pyo3::prelude::*;

use super::arguments::{option_numbers, rows, snapshot, text, texts};
use super::batch_call::{SHORT, bytes, compute, released};
use super::exceptions::{ShapeError, empty_references};
use crate::scoring;

struct Question {
    options: scoring::Options,
    correct: Vec<usize>,
}

/// The options of multiple-choice questions and which of them are correct, prepared once.
#[pyclass(frozen, module = "promptopt._core")]
pub struct Choices {
    questions: Vec<Question>,
}

#[pymethods]
impl Choices {
    #[new]
    fn new(choices: &Bound<'_, PyAny>, correct: &Bound<'_, PyAny>) -> PyResult<Self> {
        let choices = snapshot(choices, || "choices".into(), "sequences of str")?;
        let correct = snapshot(correct, || "correct".into(), "sequences of int")?;
        if choices.as_any().len()? != correct.as_any().len()? {
            return Err(ShapeError::new_err(format!(
                "{} rows of choices but {} of correct",
                choices.as_any().len()?,
                correct.as_any().len()?
            )));
        }
        let rows = choices.iter_borrowed().zip(correct.iter_borrowed()).enumerate();
        let questions = rows.map(|(row, (choices, correct))| question(row, &choices, &correct));
        Ok(Self { questions: questions.collect::<PyResult<_>>()? })
    }

    fn __len__(&self) -> usize {
        self.questions.len()
    }
}

fn question(
    row: usize,
    choices: &Bound<'_, PyAny>,
    correct: &Bound<'_, PyAny>,
) -> PyResult<Question> {
    let name = format!("choices[{row}]");
    let options = snapshot(choices, || name.clone(), "str")?;
    let options = texts(&options, &name)?;
    if options.is_empty() {
        return Err(ShapeError::new_err(format!("{name} is empty")));
    }
    let correct = option_numbers(correct, &format!("correct[{row}]"), options.len())?;
    if correct.is_empty() {
        return Err(empty_references(choices.py(), "correct", row));
    }
    Ok(Question { options: scoring::Options::new(&options), correct })
}

/// 1.0 for each prediction that names a correct option of its row, else 0.0.
#[pyfunction]
#[pyo3(signature = (predictions, choices, *, rows = None))]
pub fn score_choices<'py>(
    predictions: &Bound<'py, PyAny>,
    choices: &Bound<'py, Choices>,
    rows: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let py = predictions.py();
    let predictions = snapshot(predictions, || "predictions".into(), "str")?;
    let predictions = texts(&predictions, "predictions")?;
    let questions = &choices.get().questions;
    let rows = self::rows(rows, predictions.len(), questions.len())?;
    let one = |buffers: &mut scoring::Buffers, index: usize| {
        let question = &questions[rows.as_ref().map_or(index, |rows| rows[index])];
        let choice = scoring::extract_choice(predictions[index], &question.options, buffers);
        f64::from(u8::from(choice.is_some_and(|choice| question.correct.contains(&choice))))
    };
    let scores = compute(py, predictions.len(), bytes(&predictions), None, one)?;
    Ok(PyArray1::from_vec(py, scores))
}

/// The number of the option that a free text names; None if it names none.
#[pyfunction]
#[pyo3(signature = (text, choices))]
pub fn extract_choice(
    text: &Bound<'_, PyAny>,
    choices: &Bound<'_, PyAny>,
) -> PyResult<Option<usize>> {
    let py = text.py();
    let text = self::text(text.as_borrowed(), || "text".into())?;
    let choices = snapshot(choices, || "choices".into(), "str")?;
    let choices = texts(&choices, "choices")?;
    let extract = || {
        let options = scoring::Options::new(&choices);
        scoring::extract_choice(text, &options, &mut scoring::Buffers::default())
    };
    let bytes = text.len() + bytes(&choices);
    if bytes < SHORT { Ok(extract()) } else { released(py, extract) }
}
