//! Eight bytes at a time in one ordinary register: quick on every processor, without a special
//! build for any.

pub const BYTES: usize = 8;

/// The same byte eight times.
pub const fn broadcast(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; BYTES])
}

/// The top bit of each byte that is ASCII and between `first` and `last`.
#[inline]
pub const fn in_range(bytes: u64, first: u8, last: u8) -> u64 {
    let low = bytes & broadcast(0x7f);
    // Neither sum carries into the next byte: both operands are below 0x80.
    let at_least = low + broadcast(0x80 - first);
    let beyond = low + broadcast(0x7f - last);
    at_least & !beyond & !bytes & broadcast(0x80)
}

/// The top bits of eight bytes as the lowest eight bits, the first byte the lowest.
#[inline]
pub const fn movemask(tops: u64) -> u64 {
    // Each of the eight bits is moved to a place of its own in the top byte.
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=255u8 {
            for place in 0..BYTES {
                let mut bytes = [b'm'; BYTES];
                bytes[place] = byte;
                let found = movemask(in_range(u64::from_le_bytes(bytes), b'\t', b'\r'));
                assert_eq!(found, u64::from((b'\t'..=b'\r').contains(&byte)) << place);
            }
        }
    }
}
