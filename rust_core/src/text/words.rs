//! Words: what `str.split` of Python makes of a text.

use std::ops::Range;

use super::is_space;

/// Bytes that are looked at together, one bit each.
const BLOCK: usize = 64;

/// Calls `each` with the start and the end of every word in a part of a text, in order: its longest
/// runs without white space.
///
/// The text is read in blocks of 64 bytes, each as one number whose bits say which bytes are white
/// space. Going from bit to bit costs little where words are of unpredictable length, unlike a
/// branch for every byte.
#[inline]
pub fn for_each_span(text: &str, part: Range<usize>, mut each: impl FnMut(usize, usize)) {
    let text = &text[..part.end];
    // The start of the word that is not over yet.
    let mut start = part.start;
    let mut after_space = 1;
    let mut carried = 0;
    let mut base = part.start;
    // There is always something beyond the end, so that each word ends before a white space.
    while base <= part.end {
        let spaces = spaces(text, base, &mut carried);
        let shifted = spaces << 1 | after_space;
        let mut starts = !spaces & shifted;
        let mut ends = spaces & !shifted;
        if after_space == 1 {
            // Where there is no start either, what `start` becomes is not used.
            start = base + take_lowest(&mut starts);
        }
        while ends != 0 {
            each(start, base + take_lowest(&mut ends));
            start = base + take_lowest(&mut starts);
        }
        after_space = spaces >> (BLOCK - 1);
        base += BLOCK;
    }
}

/// The place of the lowest bit, which is then taken away; 64 if there is none.
#[inline]
fn take_lowest(bits: &mut u64) -> usize {
    let place = bits.trailing_zeros() as usize;
    *bits &= bits.wrapping_sub(1);
    place
}

/// Which of the 64 bytes from `base` on are white space, those past the end included. A white space
/// that goes on into the next block is left in `carried`.
#[inline]
fn spaces(text: &str, base: usize, carried: &mut u64) -> u64 {
    let bytes = &text.as_bytes()[base..];
    let mut padded = [b' '; BLOCK];
    let block = match bytes.first_chunk::<BLOCK>() {
        Some(block) => block,
        None => {
            padded[..bytes.len()].copy_from_slice(bytes);
            &padded
        }
    };
    let (ascii, is_ascii) = ascii_spaces(block);
    let mut spaces = ascii | std::mem::take(carried);
    if !is_ascii {
        let (here, beyond) = non_ascii_spaces(text, base, block);
        spaces |= here;
        *carried = beyond;
    }
    spaces
}

/// Which bytes of a block are ASCII white space, and whether all are ASCII: 16 at a time, with the
/// instructions that every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[inline]
fn ascii_spaces(block: &[u8; BLOCK]) -> (u64, bool) {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8, _mm_setzero_si128, _mm_sub_epi8,
    };
    // SAFETY: every x86-64 processor has SSE2, and 16 bytes are loaded from where there are as many,
    // which need not be aligned.
    unsafe {
        let (mut spaces, mut any) = (0, _mm_setzero_si128());
        for (index, sixteen) in block.as_chunks::<16>().0.iter().enumerate() {
            let bytes = _mm_loadu_si128(sixteen.as_ptr().cast());
            let is_in = |first: u8, last: u8| {
                let above = _mm_sub_epi8(bytes, _mm_set1_epi8(first as i8));
                let width = _mm_set1_epi8((last - first) as i8);
                _mm_cmpeq_epi8(_mm_min_epu8(above, width), above)
            };
            let found = _mm_or_si128(is_in(b'\t', b'\r'), is_in(0x1c, b' '));
            spaces |= u64::from(_mm_movemask_epi8(found) as u32) << (index * 16);
            any = _mm_or_si128(any, bytes);
        }
        (spaces, _mm_movemask_epi8(any) == 0)
    }
}

#[cfg(not(target_arch = "x86_64"))]
use ascii_spaces_generic as ascii_spaces;

/// The same in ordinary registers.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn ascii_spaces_generic(block: &[u8; BLOCK]) -> (u64, bool) {
    use super::swar::{BYTES, broadcast, in_range, movemask};

    let (mut spaces, mut any) = (0, 0);
    for (index, eight) in block.as_chunks::<BYTES>().0.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let found = in_range(eight, b'\t', b'\r') | in_range(eight, 0x1c, b' ');
        spaces |= movemask(found) << (index * BYTES);
        any |= eight;
    }
    (spaces, any & broadcast(0x80) == 0)
}

/// The bytes of white space beyond ASCII that starts in a block, in it and in the next one.
fn non_ascii_spaces(text: &str, base: usize, block: &[u8; BLOCK]) -> (u64, u64) {
    let mut bits = 0;
    for (index, byte) in block.iter().enumerate() {
        // The first bytes of U+0085 and U+00A0, U+1680, U+2000 to U+205F, U+3000.
        if matches!(byte, 0xc2 | 0xe1 | 0xe2 | 0xe3)
            && let Some(character) = text[base + index..].chars().next()
            && is_space(character)
        {
            bits |= ((1u128 << character.len_utf8()) - 1) << index;
        }
    }
    (bits as u64, (bits >> BLOCK) as u64)
}

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for_each_span(text, 0..text.len(), |start, end| words.push(&text[start..end]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_white_space_of_python_separates() {
        let text = " \u{3000}one\x1ctwo\u{85}thr\u{e9}e\u{a0}\u{2003}fo\u{2192}r\u{1680}\u{2028}";
        assert_eq!(words(text), ["one", "two", "thr\u{e9}e", "fo\u{2192}r"]);
        assert_eq!(words(" \t"), [""; 0]);
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut block = [b'm'; BLOCK];
                block[place] = byte;
                let is_space = byte.is_ascii() && is_space(char::from(byte));
                let expected = (u64::from(is_space) << place, byte.is_ascii());
                assert_eq!(ascii_spaces(&block), expected);
                assert_eq!(ascii_spaces_generic(&block), expected);
            }
        }
    }

    #[test]
    fn a_word_or_a_white_space_may_lie_across_blocks() {
        for length in 0..200 {
            for space in [" ", "\u{a0}", "\u{3000}", " \u{2028}\t"] {
                let first = "x".repeat(length);
                let text = format!("{first}{space}y{space}{first}");
                let expected: Vec<&str> = text.split(is_space).filter(|w| !w.is_empty()).collect();
                assert_eq!(words(&text), expected);
            }
        }
    }
}
