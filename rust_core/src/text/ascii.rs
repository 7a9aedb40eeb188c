//! Copying what is ASCII, in lower case, as many bytes at a time as the processor can.
//!
//! Which instructions there are is asked when the code runs; without AVX2 and BMI2 the same is done
//! byte by byte. What is `unsafe` here is to call such instructions, and to write bytes past the length
//! of a `String` that has room for them.

/// How many bytes are copied by one call, so that a caller can stop between two.
const PIECE: usize = 1 << 16;

/// Appends a text in lower case and without ASCII punctuation, up to its first character beyond
/// ASCII. A hyphen becomes a space, or is dropped too. Returns how many bytes of the text that was.
#[inline]
pub fn push_bare<const HYPHEN_IS_SPACE: bool>(text: &str, out: &mut String) -> usize {
    push(text, out, |text, out| {
        #[cfg(target_arch = "x86_64")]
        if avx2::is_there() {
            // SAFETY: the instructions are there.
            return unsafe { avx2::push_bare::<HYPHEN_IS_SPACE>(text, out) };
        }
        push_bare_bytewise::<HYPHEN_IS_SPACE>(text, out)
    })
}

/// Appends the longest start of a text, in lower case, that has only letters and digits of ASCII
/// and spaces that follow one of these directly; the first byte too if `after_word`. Returns its
/// length.
#[inline]
pub fn push_plain(text: &str, after_word: bool, out: &mut String) -> usize {
    push(text, out, |text, out| {
        #[cfg(target_arch = "x86_64")]
        if avx2::is_there() {
            // SAFETY: the instructions are there.
            return unsafe { avx2::push_plain(text, after_word, out) };
        }
        push_plain_bytewise(text, after_word, out)
    })
}

/// Lets `copy` append ASCII of the first `PIECE` bytes of a text.
#[inline]
fn push(text: &str, out: &mut String, copy: impl Fn(&[u8], &mut Vec<u8>) -> usize) -> usize {
    let text = text.as_bytes();
    // SAFETY: nothing but whole characters of ASCII is appended.
    copy(&text[..text.len().min(PIECE)], unsafe { out.as_mut_vec() })
}

fn push_bare_bytewise<const HYPHEN_IS_SPACE: bool>(text: &[u8], out: &mut Vec<u8>) -> usize {
    let ascii = text.iter().position(|byte| !byte.is_ascii()).unwrap_or(text.len());
    out.extend(text[..ascii].iter().filter_map(|&byte| match byte {
        b'-' if HYPHEN_IS_SPACE => Some(b' '),
        _ if byte.is_ascii_punctuation() => None,
        _ => Some(byte.to_ascii_lowercase()),
    }));
    ascii
}

fn push_plain_bytewise(text: &[u8], mut after_word: bool, out: &mut Vec<u8>) -> usize {
    let is_plain = |&byte: &u8| {
        let is_word = byte.is_ascii_alphanumeric();
        let is_plain = is_word || after_word && byte == b' ';
        after_word = is_word;
        is_plain
    };
    let length = text.iter().copied().take_while(is_plain).count();
    out.extend(text[..length].iter().map(u8::to_ascii_lowercase));
    length
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    /// Bytes in a register.
    const WIDTH: usize = 32;
    /// The lowest bit of each of eight bytes.
    const ONES: u64 = 0x0101_0101_0101_0101;

    #[inline]
    pub fn is_there() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
    }

    /// A register of the bytes of a text from `at` on, zeros past its end, and how many they are.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(text: &[u8], at: usize) -> (__m256i, u32) {
        let rest = &text[at..];
        let mut padded = [0; WIDTH];
        let (bytes, count) = match rest.first_chunk::<WIDTH>() {
            Some(bytes) => (bytes, WIDTH),
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                (&padded, rest.len())
            }
        };
        // SAFETY: there are as many bytes as the register has.
        (unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }, count as u32)
    }

    /// Which bytes are from `first` to `last`, both ASCII.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn between(bytes: __m256i, first: u8, last: u8) -> __m256i {
        // Bytes beyond ASCII are negative.
        let at_least = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(first as i8 - 1));
        _mm256_andnot_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(last as i8)), at_least)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn lower(bytes: __m256i) -> __m256i {
        let capitals = between(bytes, b'A', b'Z');
        _mm256_or_si256(bytes, _mm256_and_si256(capitals, _mm256_set1_epi8(0x20)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn mask(bytes: __m256i) -> u32 {
        _mm256_movemask_epi8(bytes) as u32
    }

    /// The lowest `count` bits, of at most 32.
    #[inline]
    const fn lowest(count: u32) -> u32 {
        (u64::MAX >> (u64::BITS - count - 1) >> 1) as u32
    }

    /// Which bytes are punctuation of ASCII.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn punctuation(bytes: __m256i) -> u32 {
        let all = between(bytes, b'!', b'~');
        let letters = between(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), b'a', b'z');
        let words = _mm256_or_si256(letters, between(bytes, b'0', b'9'));
        mask(_mm256_andnot_si256(words, all))
    }

    /// Appends those of the bytes whose bit is set.
    ///
    /// # Safety
    /// `out` has room for 32 bytes more than are kept.
    #[inline]
    #[target_feature(enable = "avx2,bmi2,popcnt")]
    unsafe fn store(bytes: __m256i, kept: u32, out: &mut Vec<u8>) {
        let mut length = out.len();
        if kept & kept.wrapping_add(1) == 0 {
            // SAFETY: there is room.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(length).cast(), bytes) };
            length += kept.count_ones() as usize;
        } else {
            let mut eights = [0_u64; 4];
            // SAFETY: the array is as large as the register.
            unsafe { _mm256_storeu_si256(eights.as_mut_ptr().cast(), bytes) };
            for (index, eight) in eights.into_iter().enumerate() {
                let kept = u64::from(kept >> (8 * index) & 0xff);
                let packed = _pext_u64(eight, _pdep_u64(kept, ONES) * 0xff);
                // SAFETY: there is room: at most 8 bytes past those that are kept.
                unsafe { out.as_mut_ptr().add(length).cast::<u64>().write_unaligned(packed) };
                length += kept.count_ones() as usize;
            }
        }
        // SAFETY: the bytes up to there have been written.
        unsafe { out.set_len(length) };
    }

    #[target_feature(enable = "avx2,bmi2,popcnt")]
    pub fn push_bare<const HYPHEN_IS_SPACE: bool>(text: &[u8], out: &mut Vec<u8>) -> usize {
        out.reserve(text.len() + WIDTH);
        let mut at = 0;
        while at < text.len() {
            let (bytes, count) = load(text, at);
            let ascii = (mask(bytes) | !lowest(count)).trailing_zeros();
            let mut dropped = punctuation(bytes);
            let mut lowered = lower(bytes);
            if HYPHEN_IS_SPACE {
                let hyphens = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'-' as i8));
                dropped &= !mask(hyphens);
                lowered = _mm256_blendv_epi8(lowered, _mm256_set1_epi8(b' ' as i8), hyphens);
            }
            // SAFETY: room has been reserved.
            unsafe { store(lowered, !dropped & lowest(ascii), out) };
            at += ascii as usize;
            if ascii < WIDTH as u32 {
                break;
            }
        }
        at
    }

    #[target_feature(enable = "avx2,bmi2,popcnt")]
    pub fn push_plain(text: &[u8], after_word: bool, out: &mut Vec<u8>) -> usize {
        out.reserve(text.len() + WIDTH);
        let mut at = 0;
        let mut after_word = u32::from(after_word);
        while at < text.len() {
            let (bytes, count) = load(text, at);
            let lowered = lower(bytes);
            let letters = between(lowered, b'a', b'z');
            let words = mask(_mm256_or_si256(letters, between(bytes, b'0', b'9')));
            let spaces = mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b' ' as i8)));
            let plain = words | spaces & (words << 1 | after_word);
            let length = (plain & lowest(count)).trailing_ones();
            // SAFETY: room has been reserved.
            unsafe { store(lowered, lowest(length), out) };
            at += length as usize;
            if length < WIDTH as u32 {
                break;
            }
            after_word = words >> (WIDTH - 1);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte of ASCII at every place of a register, and texts that end anywhere.
    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = (0..100).map(|n| "ab C1 ".repeat(20)[..n].into()).collect();
        for byte in 0..128_u8 {
            for place in [0, 1, 7, 8, 15, 31, 32, 33, 63, 64, 70] {
                let mut text = "ab C1 dEf ".repeat(8);
                text.replace_range(place..=place, std::str::from_utf8(&[byte]).unwrap());
                texts.push(text.clone());
                text.insert(place / 2, 'é');
                texts.push(text);
            }
        }
        texts
    }

    #[test]
    fn wide_and_bytewise_copies_are_the_same() {
        for text in texts() {
            for after_word in [false, true] {
                let (mut wide, mut narrow) = (String::from("x"), Vec::from(b"x"));
                let length = push_plain(&text, after_word, &mut wide);
                assert_eq!(length, push_plain_bytewise(text.as_bytes(), after_word, &mut narrow));
                assert_eq!(wide.as_bytes(), narrow, "{text:?}");
            }
            let (mut wide, mut narrow) = (String::from("x"), Vec::from(b"x"));
            let length = push_bare::<true>(&text, &mut wide);
            assert_eq!(length, push_bare_bytewise::<true>(text.as_bytes(), &mut narrow));
            assert_eq!(wide.as_bytes(), narrow, "{text:?}");
            let (mut wide, mut narrow) = (String::new(), Vec::new());
            push_bare::<false>(&text, &mut wide);
            push_bare_bytewise::<false>(text.as_bytes(), &mut narrow);
            assert_eq!(wide.as_bytes(), narrow, "{text:?}");
        }
    }

    #[test]
    fn a_copy_ends_where_it_must() {
        let mut out = String::new();
        assert_eq!(push_bare::<true>("It's A-b, é", &mut out), 10);
        assert_eq!(push_plain("A b  c", false, &mut out), 4);
        assert_eq!(out, "its a b a b ");
    }
}
