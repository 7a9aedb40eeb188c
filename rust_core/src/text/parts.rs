//! Words of texts that may be very long.

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
