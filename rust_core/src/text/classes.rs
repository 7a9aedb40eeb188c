//! Which bytes of a text are of a class, 64 of them at a time.

/// Bytes that are looked at together, one bit each.
pub const BLOCK: usize = u64::BITS as usize;

/// Bytes in a register.
const LANES: usize = 16;

/// The top bits of sixteen bytes, the first one the lowest.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn top_bits(bytes: &[u8; LANES]) -> u64 {
    use std::arch::x86_64::{_mm_loadu_si128, _mm_movemask_epi8};
    // SAFETY: sixteen bytes are read, which need not be aligned; every x86-64 has SSE2.
    let bits = unsafe { _mm_movemask_epi8(_mm_loadu_si128(bytes.as_ptr().cast())) };
    u64::from(bits.cast_unsigned())
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn top_bits(bytes: &[u8; LANES]) -> u64 {
    use super::swar::{BYTES, broadcast, movemask};
    let eights = bytes.as_chunks::<BYTES>().0.iter().enumerate();
    let bits = eights.map(|(index, eight)| {
        movemask(u64::from_le_bytes(*eight) & broadcast(0x80)) << (index * BYTES)
    });
    bits.fold(0, |all, eight| all | eight)
}

/// Which of 64 bytes are of a class, the first one the lowest bit.
#[inline(always)]
fn block_bits(block: &[u8; BLOCK], is_of_class: impl Fn(u8) -> bool) -> u64 {
    let classes = block.map(|byte| u8::from(is_of_class(byte)) << 7);
    let lanes = classes.as_chunks::<LANES>().0.iter().enumerate();
    lanes.map(|(index, lanes)| top_bits(lanes) << (index * LANES)).fold(0, |all, some| all | some)
}

/// Which of the 64 bytes from `base` on are of a class, the first one the lowest bit. There are none
/// past the end.
///
/// Where the class is told by comparisons without branches, the compiler takes all bytes of a
/// register at once.
#[inline(always)]
pub fn class_bits(text: &[u8], base: usize, is_of_class: impl Fn(u8) -> bool) -> u64 {
    let Some(rest) = text.get(base..).filter(|rest| !rest.is_empty()) else {
        return 0;
    };
    if let Some(block) = rest.first_chunk() {
        return block_bits(block, is_of_class);
    }
    let missing = BLOCK - rest.len();
    // The last 64 bytes of the text, if it has as many, save a copy.
    if let Some(block) = text.last_chunk() {
        return block_bits(block, is_of_class) >> missing;
    }
    let mut padded = [0; BLOCK];
    padded[..rest.len()].copy_from_slice(rest);
    block_bits(&padded, is_of_class) & u64::MAX >> missing
}

/// The places of the bits that are set, the lowest first.
pub struct Bits(pub u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let place = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(place as usize)
    }
}

impl DoubleEndedIterator for Bits {
    #[inline]
    fn next_back(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let place = u64::BITS - 1 - self.0.leading_zeros();
        self.0 ^= 1 << place;
        Some(place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_class_has_its_bit() {
        for length in 0..200 {
            let text: Vec<u8> = (0..length).map(|place| (place * 37 % 251) as u8).collect();
            for base in [0, 1, 64, 100, 199, 300] {
                let bits = class_bits(&text, base, |byte| byte.is_multiple_of(3));
                let found: Vec<usize> = Bits(bits).map(|at| base + at).collect();
                let back: Vec<usize> = Bits(bits).rev().map(|at| base + at).collect();
                assert!(found.iter().rev().eq(&back));
                let expected =
                    (base..text.len().min(base + BLOCK)).filter(|&at| text[at].is_multiple_of(3));
                assert_eq!(found, expected.collect::<Vec<_>>());
            }
        }
    }
}
