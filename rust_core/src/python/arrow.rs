//! Texts of Arrow arrays, read in place through the Arrow C data interface
//! (<https://arrow.apache.org/docs/format/CDataInterface.html>), which hands over two or three plain
//! structures. To read strings and lists of them takes less code than a library for all of Arrow
//! would take to bind.
//!
//! That the structures are what the interface says is up to whoever exports them, as with NumPy's
//! buffers; that texts are UTF-8 is checked.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use pyo3::exceptions::{PyImportError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyTuple};

#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Schema,
    dictionary: *mut Schema,
    release: Option<unsafe extern "C" fn(*mut Schema)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *mut *mut Array,
    dictionary: *mut Array,
    release: Option<unsafe extern "C" fn(*mut Array)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct Stream {
    get_schema: Option<unsafe extern "C" fn(*mut Stream, *mut Schema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Stream, *mut Array) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Stream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Stream)>,
    private_data: *mut c_void,
}

/// A structure that says how it is released, which is done when it goes.
trait Released: Sized {
    const NAME: &CStr;
    fn release(&mut self) -> Option<unsafe extern "C" fn(*mut Self)>;
}

macro_rules! released {
    ($structure:ident, $name:literal) => {
        impl Released for $structure {
            const NAME: &CStr = $name;
            fn release(&mut self) -> Option<unsafe extern "C" fn(*mut Self)> {
                self.release.take()
            }
        }

        impl Drop for $structure {
            fn drop(&mut self) {
                if let Some(release) = self.release {
                    // SAFETY: it has not been released, or `release` would be empty.
                    unsafe { release(self) }
                }
            }
        }
    };
}

released!(Schema, c"arrow_schema");
released!(Array, c"arrow_array");
released!(Stream, c"arrow_array_stream");

/// One that nobody has filled: all of its fields may be zero.
fn empty<T: Released>() -> T {
    // SAFETY: numbers, pointers and optional functions, for all of which zero is a value.
    unsafe { std::mem::zeroed() }
}

/// Takes a structure out of the capsule that holds it.
fn taken<T: Released>(capsule: &Bound<'_, PyAny>) -> PyResult<T> {
    let capsule = capsule.cast::<PyCapsule>()?;
    let held = capsule.pointer_checked(Some(T::NAME))?.cast::<T>().as_ptr();
    // SAFETY: a capsule of that name holds such a structure. It is moved, as the interface allows:
    // without its `release` the capsule has nothing left to release.
    let structure = unsafe { ptr::read(held) };
    // SAFETY: the same.
    unsafe { (*held).release() };
    Ok(structure)
}

/// Arrays of one type: the chunks of what was exported.
pub struct Chunks {
    schema: Schema,
    arrays: Vec<Array>,
}

/// What an object exports, if it has the methods of Arrow.
pub fn exported(object: &Bound<'_, PyAny>) -> PyResult<Option<Chunks>> {
    if object.hasattr("__arrow_c_array__")? {
        let capsules = object.call_method0("__arrow_c_array__")?;
        let capsules = capsules.cast::<PyTuple>()?;
        let schema = taken(&capsules.get_item(0)?)?;
        return Ok(Some(Chunks { schema, arrays: vec![taken(&capsules.get_item(1)?)?] }));
    }
    if !object.hasattr("__arrow_c_stream__")? {
        return Ok(None);
    }
    let capsule = match object.call_method0("__arrow_c_stream__") {
        // A pandas series without pyarrow is a sequence all the same.
        Err(error) if error.is_instance_of::<PyImportError>(object.py()) => return Ok(None),
        capsule => capsule?,
    };
    let mut stream: Stream = taken(&capsule)?;
    let (Some(get_schema), Some(get_next)) = (stream.get_schema, stream.get_next) else {
        return Err(PyValueError::new_err("an Arrow stream without its functions"));
    };
    let check = |stream: &mut Stream, code: c_int| {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the stream has not been released; the text is its own, or none.
        let message = stream.get_last_error.map(|last| unsafe { last(stream) });
        let message = message.filter(|text| !text.is_null()).map_or_else(
            || "no reason given".into(),
            // SAFETY: a string that ends with a zero.
            |text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned(),
        );
        Err(PyValueError::new_err(format!("an Arrow stream broke off: {message}")))
    };
    let mut schema = empty();
    // SAFETY: both are what the function takes.
    let code = unsafe { get_schema(&raw mut stream, &raw mut schema) };
    check(&mut stream, code)?;
    let mut arrays = Vec::new();
    loop {
        let mut array: Array = empty();
        // SAFETY: both are what the function takes.
        let code = unsafe { get_next(&raw mut stream, &raw mut array) };
        check(&mut stream, code)?;
        if array.release.is_none() {
            return Ok(Some(Chunks { schema, arrays }));
        }
        arrays.push(array);
    }
}

impl Schema {
    fn format(&self) -> &str {
        // SAFETY: a schema's format is a string that ends with a zero.
        unsafe { CStr::from_ptr(self.format) }.to_str().unwrap_or_default()
    }

    fn child(&self) -> Option<&Self> {
        // SAFETY: there are as many children as it says, which live as long as it does.
        (self.n_children == 1).then(|| unsafe { &**self.children })
    }
}

impl Array {
    /// Where one of its buffers starts, if there is such a buffer.
    fn start(&self, index: usize) -> Option<*const u8> {
        // SAFETY: there are as many buffers as it says.
        let start = (index < self.n_buffers as usize).then(|| unsafe { *self.buffers.add(index) });
        start.map(|start| start.cast::<u8>()).filter(|start| !start.is_null())
    }

    /// Element `at`, which must be there, of a buffer of numbers.
    fn number<T: Copy + Default>(&self, index: usize, at: usize) -> T {
        // SAFETY: whoever asks knows from the format that there are so many. Buffers need not be
        // aligned.
        let read = |start: *const u8| unsafe { start.cast::<T>().add(at).read_unaligned() };
        self.start(index).map(read).unwrap_or_default()
    }

    /// Bytes, which must be there, of a buffer.
    fn part(&self, index: usize, from: usize, length: usize) -> &[u8] {
        // SAFETY: as with numbers; the buffer lives as long as the array.
        let part =
            |start: *const u8| unsafe { std::slice::from_raw_parts(start.add(from), length) };
        self.start(index).map(part).unwrap_or_default()
    }

    fn child(&self) -> Option<&Self> {
        // SAFETY: as with a schema's.
        (self.n_children == 1).then(|| unsafe { &**self.children })
    }

    fn offset(&self) -> usize {
        self.offset as usize
    }

    fn length(&self) -> usize {
        self.length as usize
    }

    fn is_null(&self, row: usize) -> bool {
        let at = self.offset() + row;
        let is_valid = || self.number::<u8>(0, at / 8) >> (at % 8) & 1 == 1;
        self.null_count != 0 && self.start(0).is_some() && !is_valid()
    }

    /// Where row `row` of variable length starts and ends in what it is made of.
    fn span(&self, row: usize, is_wide: bool) -> (usize, usize) {
        let at = self.offset() + row;
        if is_wide {
            (self.number::<i64>(1, at) as usize, self.number::<i64>(1, at + 1) as usize)
        } else {
            (self.number::<i32>(1, at) as usize, self.number::<i32>(1, at + 1) as usize)
        }
    }

    /// The texts of a string array, which is no array of views, in one piece, and where it starts;
    /// None if it is not UTF-8. To check all at once is quicker.
    fn whole(&self, format: &str) -> Option<(&str, usize)> {
        if format == "vu" || self.length() == 0 {
            return None;
        }
        let first = self.span(0, format == "U").0;
        let end = self.span(self.length() - 1, format == "U").1;
        let bytes = self.part(2, first, end.saturating_sub(first));
        Some((std::str::from_utf8(bytes).ok()?, first))
    }

    /// The bytes of a text of a string array.
    fn bytes(&self, row: usize, format: &str) -> &[u8] {
        if format != "vu" {
            let (start, end) = self.span(row, format == "U");
            return self.part(2, start, end.saturating_sub(start));
        }
        // A view: how long the text is, and the text if it is at most 12 bytes long, or else its
        // first four, which of the further buffers has it, and where it starts there.
        const VIEW: usize = 16;
        let at = self.offset() + row;
        let [length, _, buffer, start] =
            self.number::<[u32; 4]>(1, at).map(|number| number as usize);
        if length <= 12 {
            self.part(1, at * VIEW + 4, length)
        } else {
            self.part(2 + buffer, start, length)
        }
    }
}

fn must_be(name: &str, row: usize, what: &str) -> PyErr {
    PyTypeError::new_err(format!("{name}[{row}] must be a {what}, not null"))
}

fn is_string(format: &str) -> bool {
    matches!(format, "u" | "U" | "vu")
}

impl Chunks {
    fn refuse(&self, name: &str, wanted: &str) -> PyErr {
        PyTypeError::new_err(format!(
            "{name} must be an Arrow array of {wanted}, not of format '{}'",
            self.schema.format()
        ))
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.arrays.iter().map(Array::length).sum()
    }

    /// All texts of arrays of strings.
    pub fn texts(&self, name: &str) -> PyResult<Vec<&str>> {
        let format = self.schema.format();
        if !is_string(format) {
            return Err(self.refuse(name, "strings"));
        }
        let mut texts = Vec::with_capacity(self.rows());
        for array in &self.arrays {
            let whole = array.whole(format);
            for row in 0..array.length() {
                let index = texts.len();
                if array.is_null(row) {
                    return Err(must_be(name, index, "str"));
                }
                if let Some((whole, first)) = whole {
                    let (start, end) = array.span(row, format == "U");
                    if let Some(text) =
                        whole.get(start.wrapping_sub(first)..end.wrapping_sub(first))
                    {
                        texts.push(text);
                        continue;
                    }
                }
                texts.push(checked(array.bytes(row, format), || format!("{name}[{index}]"))?);
            }
        }
        Ok(texts)
    }

    /// All texts of arrays of lists of strings, and how many each list has.
    pub fn nested_texts(&self, name: &str) -> PyResult<(Vec<&str>, Vec<usize>)> {
        let format = self.schema.format();
        let strings = self.schema.child().map(Schema::format).filter(|inner| is_string(inner));
        let (true, Some(inner)) = (matches!(format, "+l" | "+L"), strings) else {
            return Err(self.refuse(name, "lists of strings"));
        };
        let (mut texts, mut lengths) = (Vec::new(), Vec::with_capacity(self.rows()));
        for array in &self.arrays {
            let Some(child) = array.child() else {
                return Err(self.refuse(name, "lists of strings"));
            };
            for row in 0..array.length() {
                let index = lengths.len();
                if array.is_null(row) {
                    return Err(must_be(name, index, "list"));
                }
                let (start, end) = array.span(row, format == "+L");
                for (number, at) in (start..end).enumerate() {
                    if child.is_null(at) {
                        return Err(must_be(&format!("{name}[{index}]"), number, "str"));
                    }
                    let name = || format!("{name}[{index}][{number}]");
                    texts.push(checked(child.bytes(at, inner), name)?);
                }
                lengths.push(end - start);
            }
        }
        Ok((texts, lengths))
    }
}

fn checked(bytes: &[u8], name: impl Fn() -> String) -> PyResult<&str> {
    std::str::from_utf8(bytes)
        .map_err(|error| PyValueError::new_err(format!("{} is not UTF-8: {error}", name())))
}
