//! Texts as they come in: Python's strings, or Arrow's.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::arguments::{push_texts, snapshot, texts};
use super::arrow::{Chunks, exported};

/// What holds the texts of an argument while they are read without the interpreter.
pub enum Texts<'py> {
    Python(Bound<'py, PyTuple>),
    Arrow(Chunks),
}

fn arrow(argument: &Bound<'_, PyAny>) -> PyResult<Option<Chunks>> {
    // The most frequent kinds need not be asked.
    if argument.is_exact_instance_of::<PyList>() || argument.is_exact_instance_of::<PyTuple>() {
        return Ok(None);
    }
    exported(argument)
}

impl<'py> Texts<'py> {
    pub fn new(argument: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        Ok(match arrow(argument)? {
            Some(chunks) => Self::Arrow(chunks),
            None => Self::Python(snapshot(argument, || name.to_owned(), "str")?),
        })
    }

    pub fn slices(&self, name: &str) -> PyResult<Vec<&str>> {
        match self {
            Self::Python(strings) => texts(strings, name),
            Self::Arrow(chunks) => chunks.texts(name),
        }
    }
}

/// The same of texts in rows.
pub enum NestedTexts<'py> {
    Python(Vec<Bound<'py, PyTuple>>),
    Arrow(Chunks),
}

impl<'py> NestedTexts<'py> {
    pub fn new(argument: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        if let Some(chunks) = arrow(argument)? {
            return Ok(Self::Arrow(chunks));
        }
        let rows = snapshot(argument, || name.to_owned(), "sequences of str")?;
        let rows = rows.iter_borrowed().enumerate();
        rows.map(|(row, texts)| snapshot(&texts, || format!("{name}[{row}]"), "str"))
            .collect::<PyResult<_>>()
            .map(Self::Python)
    }

    /// All texts, and how many each row has.
    pub fn slices(&self, name: &str) -> PyResult<(Vec<&str>, Vec<usize>)> {
        match self {
            Self::Python(rows) => {
                let lengths: Vec<usize> = rows.iter().map(|row| row.len()).collect();
                let mut texts = Vec::with_capacity(lengths.iter().sum());
                for (row, strings) in rows.iter().enumerate() {
                    push_texts(strings, &mut texts, || format!("{name}[{row}]"))?;
                }
                Ok((texts, lengths))
            }
            Self::Arrow(chunks) => chunks.nested_texts(name),
        }
    }
}
