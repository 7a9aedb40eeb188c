//! What is done to all of a text that may be very long, and left half-way if it must be.

use std::ops::Range;

use super::words::for_each_span;
use crate::cancellation::is_cancelled;

/// How many bytes are gone through before it is asked whether to go on.
const PART: usize = 1 << 18;

/// Calls `each` with the start and the end of every word in a part of a text, in order; only with
/// the first ones if the work is cancelled.
#[inline]
pub fn for_each_span_in_parts(text: &str, part: Range<usize>, mut each: impl FnMut(usize, usize)) {
    let mut start = part.start;
    while part.end - start > PART
        && let Some(space) = memchr::memchr(b' ', &text.as_bytes()[start + PART..part.end])
    {
        let end = start + PART + space;
        for_each_span(text, start..end, &mut each);
        if is_cancelled() {
            return;
        }
        start = end;
    }
    for_each_span(text, start..part.end, each);
}

/// Appends a text: memory that is new has to be got from the system, which takes its time.
pub fn push_in_pieces(text: &str, out: &mut String) {
    let mut rest = text;
    out.reserve(rest.len());
    while rest.len() > PART
        && let Some(cut) = (0..=PART).rev().find(|&at| rest.is_char_boundary(at))
    {
        let (piece, after) = rest.split_at(cut);
        out.push_str(piece);
        rest = after;
        if is_cancelled() {
            return;
        }
    }
    out.push_str(rest);
}
