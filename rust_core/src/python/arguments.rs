//! Python's arguments as Rust's, with errors that name the argument and the row.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyTuple};

use super::exceptions::{ParameterError, ShapeError};

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string())
}

/// The elements of a sequence, in a tuple that nobody else can change: while it lives, its
/// strings can be read without the interpreter.
pub fn snapshot<'py>(
    argument: &Bound<'py, PyAny>,
    name: impl Fn() -> String,
    elements: &str,
) -> PyResult<Bound<'py, PyTuple>> {
    if let Ok(list) = argument.cast_exact::<PyList>() {
        return Ok(list.to_tuple());
    }
    if let Ok(tuple) = argument.cast_exact::<PyTuple>() {
        return Ok(tuple.clone());
    }
    let is_other = argument.is_instance_of::<PyString>()
        || argument.is_instance_of::<PyBytes>()
        || argument.is_instance_of::<PyByteArray>()
        || argument.is_instance_of::<PyDict>()
        || !argument.hasattr("__getitem__")?;
    if is_other {
        let kind = type_name(argument);
        return Err(PyTypeError::new_err(format!(
            "{} must be a sequence of {elements}, not {kind}",
            name()
        )));
    }
    let elements: Vec<_> = argument.try_iter()?.collect::<PyResult<_>>()?;
    PyTuple::new(argument.py(), elements)
}

/// The text of a string, which lives as long as the string does.
pub fn text<'a>(argument: Borrowed<'a, '_, PyAny>, name: impl Fn() -> String) -> PyResult<&'a str> {
    let py = argument.py();
    if !argument.is_instance_of::<PyString>() {
        let kind = type_name(&argument);
        return Err(PyTypeError::new_err(format!("{} must be a str, not {kind}", name())));
    }
    let mut length = 0;
    // SAFETY: `argument` is a str, and the thread is attached. The UTF-8 form belongs to the
    // string, never changes, and stays until the string goes, which is not before 'a ends.
    let bytes = unsafe {
        let start = ffi::PyUnicode_AsUTF8AndSize(argument.as_ptr(), &raw mut length);
        (!start.is_null()).then(|| std::slice::from_raw_parts(start.cast::<u8>(), length as usize))
    };
    match bytes {
        // SAFETY: the interpreter made it as UTF-8.
        Some(bytes) => Ok(unsafe { std::str::from_utf8_unchecked(bytes) }),
        None => Err(name_surrogates(py, PyErr::fetch(py), &name())),
    }
}

/// Says in a `UnicodeEncodeError` which argument holds the lone surrogate.
fn name_surrogates(py: Python<'_>, error: PyErr, name: &str) -> PyErr {
    let value = error.value(py);
    let renamed = value.getattr("reason").and_then(|reason| {
        value.setattr("reason", format!("{} in {name}", reason.str()?.to_str()?))
    });
    renamed.err().unwrap_or(error)
}

/// How many elements are looked at before Ctrl-C is.
const ELEMENTS: usize = 1 << 16;

/// The texts of a snapshot.
pub fn texts<'a>(snapshot: &'a Bound<'_, PyTuple>, name: &str) -> PyResult<Vec<&'a str>> {
    let mut texts = Vec::with_capacity(snapshot.len());
    push_texts(snapshot, &mut texts, || name.to_owned())?;
    Ok(texts)
}

/// Appends the texts of a snapshot to others.
pub fn push_texts<'a>(
    snapshot: &'a Bound<'_, PyTuple>,
    texts: &mut Vec<&'a str>,
    name: impl Fn() -> String,
) -> PyResult<()> {
    for (row, element) in snapshot.iter_borrowed().enumerate() {
        texts.push(text(element, || format!("{}[{row}]", name()))?);
        if texts.len().is_multiple_of(ELEMENTS) {
            snapshot.py().check_signals()?;
        }
    }
    Ok(())
}

/// The numbers of a sequence, or of a NumPy array of 64-bit integers.
fn integers(argument: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<i64>> {
    if let Ok(buffer) = PyBuffer::<i64>::get(argument)
        && buffer.dimensions() == 1
    {
        return buffer.to_vec(argument.py());
    }
    let elements = snapshot(argument, || name.to_owned(), "int")?;
    let elements = elements.iter_borrowed().enumerate();
    elements.map(|(row, element)| integer(&element, || format!("{name}[{row}]"))).collect()
}

/// An integer; one that is larger than any that could make sense becomes the largest of its sign.
fn integer(argument: &Bound<'_, PyAny>, name: impl Fn() -> String) -> PyResult<i64> {
    match argument.extract() {
        Ok(value) => Ok(value),
        Err(error) if error.is_instance_of::<PyOverflowError>(argument.py()) => {
            Ok(if argument.lt(0)? { i64::MIN } else { i64::MAX })
        }
        Err(error) if error.is_instance_of::<PyTypeError>(argument.py()) => {
            let kind = type_name(argument);
            Err(PyTypeError::new_err(format!("{} must be an int, not {kind}", name())))
        }
        Err(error) => Err(error),
    }
}

/// The row that each of `count` predictions is scored against.
pub fn rows(
    argument: Option<&Bound<'_, PyAny>>,
    count: usize,
    available: usize,
) -> PyResult<Option<Vec<usize>>> {
    let Some(argument) = argument else {
        if count != available {
            return Err(ShapeError::new_err(format!(
                "{count} predictions for {available} rows; say with rows which is scored against \
                 which"
            )));
        }
        return Ok(None);
    };
    let rows = integers(argument, "rows")?;
    if rows.len() != count {
        return Err(ShapeError::new_err(format!("{count} predictions but {} rows", rows.len())));
    }
    let check = |(index, row): (usize, i64)| {
        usize::try_from(row).ok().filter(|&row| row < available).ok_or_else(|| {
            ShapeError::new_err(format!("rows[{index}] is {row}, but there are {available} rows"))
        })
    };
    rows.into_iter().enumerate().map(check).collect::<PyResult<_>>().map(Some)
}

/// The numbers of options that are correct.
pub fn option_numbers(
    argument: &Bound<'_, PyAny>,
    name: &str,
    options: usize,
) -> PyResult<Vec<usize>> {
    let check = |(index, number): (usize, i64)| {
        usize::try_from(number).ok().filter(|&number| number < options).ok_or_else(|| {
            ShapeError::new_err(format!(
                "{name}[{index}] is {number}, but there are {options} options"
            ))
        })
    };
    integers(argument, name)?.into_iter().enumerate().map(check).collect()
}

/// A floating-point number.
pub fn number(argument: &Bound<'_, PyAny>, name: impl Fn() -> String) -> PyResult<f64> {
    argument.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyTypeError>(argument.py()) {
            let kind = type_name(argument);
            return PyTypeError::new_err(format!("{} must be a float, not {kind}", name()));
        }
        error
    })
}

/// The numbers of a sequence, or of a NumPy array of one dimension.
pub fn numbers(argument: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<f64>> {
    if let Ok(buffer) = PyBuffer::<f64>::get(argument)
        && buffer.dimensions() == 1
    {
        return buffer.to_vec(argument.py());
    }
    let elements = snapshot(argument, || name.to_owned(), "float")?;
    let elements = elements.iter_borrowed().enumerate();
    elements.map(|(row, element)| number(&element, || format!("{name}[{row}]"))).collect()
}

/// A table of numbers, row after row, and how many columns it has: a NumPy array of two dimensions,
/// or a sequence of rows. One without rows has `columns` columns.
pub fn table(
    argument: &Bound<'_, PyAny>,
    name: &str,
    columns: usize,
) -> PyResult<(Vec<f64>, usize)> {
    if let Ok(buffer) = PyBuffer::<f64>::get(argument)
        && buffer.dimensions() == 2
    {
        return Ok((buffer.to_vec(argument.py())?, buffer.shape()[1]));
    }
    let rows = snapshot(argument, || name.to_owned(), "sequences of float")?;
    let mut values = Vec::new();
    let mut width = columns;
    for (index, row) in rows.iter_borrowed().enumerate() {
        let row = numbers(&row, &format!("{name}[{index}]"))?;
        if index == 0 {
            width = row.len();
        } else if row.len() != width {
            return Err(ShapeError::new_err(format!(
                "{name}[{index}] has {} columns, but {name}[0] has {width}",
                row.len()
            )));
        }
        values.extend(row);
    }
    Ok((values, width))
}

/// Seeds: integers of 64 bits without a sign.
pub fn seed(argument: &Bound<'_, PyAny>, name: impl Fn() -> String) -> PyResult<u64> {
    let value = integer(argument, &name)?;
    u64::try_from(value)
        .map_err(|_| ParameterError::new_err(format!("{} must be at least 0, not {value}", name())))
}

/// A number of which `holds` is true; NaN never is one.
pub fn real(
    argument: &Bound<'_, PyAny>,
    name: &str,
    range: &str,
    holds: impl Fn(f64) -> bool,
) -> PyResult<f64> {
    let value = number(argument, || name.to_owned())?;
    if value.is_nan() || !holds(value) {
        return Err(ParameterError::new_err(format!("{name} must be {range}, not {value}")));
    }
    Ok(value)
}

/// An option that is a number of at least `least`.
pub fn at_least(argument: &Bound<'_, PyAny>, name: &str, least: i64) -> PyResult<usize> {
    let value = integer(argument, || name.to_owned())?;
    if value < least {
        return Err(ParameterError::new_err(format!(
            "{name} must be at least {least}, not {value}"
        )));
    }
    Ok(usize::try_from(value).unwrap_or(usize::MAX))
}

/// An option that is one of a few names.
pub fn one_of<T>(
    argument: &str,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    names: &[&str],
) -> PyResult<T> {
    parse(argument).ok_or_else(|| {
        let names = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        ParameterError::new_err(format!("{name} must be one of {names}, not '{argument}'"))
    })
}
