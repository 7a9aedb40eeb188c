//! What is done to all of a text that may be very long, and left half-way if it must be.

use std::ops::Range;

use super::words::for_each_span;
use crate::cancellation::is_cancelled;

/// How many bytes are gone through before it is asked whether to go on, about.
const PART: usize = 1 << 16;

/// Parts of a part of a text, one after the other, that cut no word in two.
fn parts(text: &str, whole: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let bytes = &text.as_bytes()[..whole.end];
    let mut start = whole.start;
    std::iter::from_fn(move || {
        let from = start.checked_add(PART)?;
        let space = memchr::memchr3(b' ', b'\n', b'\t', bytes.get(from..).unwrap_or_default());
        let part = start..space.map_or(bytes.len(), |space| from + space);
        start = if space.is_some() { part.end } else { usize::MAX };
        Some(part)
    })
}

/// Calls `each` with the start and the end of every word in a part of a text, in order; only with
/// the first ones if the work is cancelled.
#[inline]
pub fn for_each_span_in_parts(text: &str, part: Range<usize>, mut each: impl FnMut(usize, usize)) {
    let end = part.end;
    for part in parts(text, part) {
        let is_last = part.end == end;
        for_each_span(text, part, &mut each);
        if !is_last && is_cancelled() {
            return;
        }
    }
}

/// Appends a text: memory that is new has to be got from the system, which takes its time.
pub fn push_in_pieces(text: &str, out: &mut String) {
    push_changed(text, out, |_| ());
}

/// Appends a text with its ASCII letters in lower case: every other byte stays as it is.
pub fn push_ascii_lower(text: &str, out: &mut String) {
    push_changed(text, out, str::make_ascii_lowercase);
}

/// Appends a text piece by piece, each of which is then changed.
fn push_changed(text: &str, out: &mut String, change: impl Fn(&mut str)) {
    out.reserve(text.len());
    let mut push = |piece: &str| {
        let start = out.len();
        out.push_str(piece);
        change(&mut out[start..]);
    };
    let mut rest = text;
    while rest.len() > PART
        && let Some(cut) = (0..=PART).rev().find(|&at| rest.is_char_boundary(at))
    {
        let (piece, after) = rest.split_at(cut);
        push(piece);
        rest = after;
        if is_cancelled() {
            return;
        }
    }
    push(rest);
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    #[test]
    fn parts_make_up_the_text_and_cut_no_word() {
        for text in ["", "a", &"word\u{e9} ".repeat(70_000), &"x".repeat(200_000)] {
            let mut end = 0;
            for part in parts(text, 0..text.len()) {
                assert_eq!(std::mem::replace(&mut end, part.end), part.start);
            }
            assert_eq!(end, text.len());
            let mut found = Vec::new();
            for_each_span_in_parts(text, 0..text.len(), |start, end| found.push(&text[start..end]));
            assert_eq!(found, words(text));
            let mut copy = String::from("y");
            push_in_pieces(text, &mut copy);
            push_ascii_lower("Éa B", &mut copy);
            assert_eq!(copy[1..].strip_suffix("Éa b"), Some(text));
        }
    }
}
