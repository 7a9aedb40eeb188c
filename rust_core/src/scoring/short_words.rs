//! Where a text has words of one and of six letters: the letters of options, and the nouns that
//! announce an answer.

use std::ops::Range;

use crate::cancellation::{PIECE, is_cancelled};
use crate::text::{BLOCK, Bits, class_bits};

/// The places of short words, of which nothing but ASCII letters and digits bounds what is a word.
#[derive(Default)]
pub struct ShortWords {
    /// For every 64 bytes, which are letters or digits without another next to them.
    alone: Vec<u64>,
    /// Where the words of six letters start that start with a, c or o, in any case.
    pub nouns: Vec<usize>,
    /// Whether a word may follow one of the letters that starts with i, m or w, in any case.
    pub may_have_verbs: bool,
}

const fn is_alphanumeric(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

const fn opens_noun(byte: u8) -> bool {
    ((byte | 0x20) == b'a') | ((byte | 0x20) == b'c') | ((byte | 0x20) == b'o')
}

/// Before what is not looked at more closely here, a word may start too.
const fn may_open_verb(byte: u8) -> bool {
    ((byte | 0x20) == b'i')
        | ((byte | 0x20) == b'm')
        | ((byte | 0x20) == b'w')
        | (byte == b'\'')
        | (byte >= 0x80)
}

impl ShortWords {
    /// Finds them in a text.
    ///
    /// Nearly all words are of another length, so that it pays to tell them for 64 bytes at a time,
    /// and to leave what a rule seldom asks for as bits.
    pub fn find(&mut self, text: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
            // SAFETY: the processor has these instructions.
            return unsafe { self.find_wide(text) };
        }
        self.find_in_blocks(text);
    }

    /// The same with registers of 32 bytes.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1")]
    fn find_wide(&mut self, text: &[u8]) {
        self.find_in_blocks(text);
    }

    #[inline(always)]
    fn find_in_blocks(&mut self, text: &[u8]) {
        self.alone.clear();
        self.nouns.clear();
        self.may_have_verbs = false;
        let (mut before, mut here) = (0, class_bits(text, 0, is_alphanumeric));
        // Whether what follows a letter is looked for at the start of the block.
        let mut is_after_letter = false;
        for base in (0..text.len()).step_by(BLOCK) {
            if base % PIECE == PIECE - BLOCK && is_cancelled() {
                break;
            }
            let next = class_bits(text, base + BLOCK, is_alphanumeric);
            let starts = here & !(here << 1 | before >> (BLOCK - 1));
            // Which bytes have a letter or digit so many bytes further.
            let ahead = |bytes: usize| here >> bytes | next << (BLOCK - bytes);
            let alone = starts & !ahead(1);
            self.alone.push(alone);
            let six = starts & ahead(1) & ahead(2) & ahead(3) & ahead(4) & ahead(5) & !ahead(6);
            let nouns = six & class_bits(text, base, opens_noun);
            self.nouns.extend(Bits(nouns).map(|at| base + at));

            let verbs = class_bits(text, base, may_open_verb);
            let gaps = !(here | verbs);
            let after = alone << 1 | u64::from(is_after_letter);
            // A sum carries each of these bits through the gap that it is in, to the byte behind it.
            let (sum, is_over) = gaps.overflowing_add(after & gaps);
            self.may_have_verbs |= (sum | after) & !gaps & verbs != 0;
            is_after_letter = is_over || alone >> (BLOCK - 1) == 1;
            (before, here) = (here, next);
        }
    }

    /// Whether any letter or digit stands alone in a part of the text.
    pub fn has_any(&self, part: Range<usize>) -> bool {
        self.alone(part).next().is_some()
    }

    /// The places of the letters and digits that stand alone in a part of the text, in order.
    pub fn alone(&self, part: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let blocks = part.start / BLOCK..part.end.div_ceil(BLOCK).min(self.alone.len());
        blocks.flat_map(move |block| {
            let base = block * BLOCK;
            let from = u64::MAX << part.start.saturating_sub(base);
            let to = part.end - base;
            let until = if to < BLOCK { !(u64::MAX << to) } else { u64::MAX };
            Bits(self.alone[block] & from & until).map(move |at| base + at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_by_their_length_across_blocks() {
        let words = ["a", "answer", "be", "7", "choices", "b", "Option", "\u{e9}", "better", "12"];
        for first in 0..130 {
            let mut text = "x".repeat(first);
            let (mut alone, mut nouns) = (Vec::new(), Vec::new());
            if first == 1 {
                alone.push(0);
            }
            for word in words {
                text.push(' ');
                match word {
                    "a" | "b" | "7" => alone.push(text.len()),
                    "answer" | "Option" => nouns.push(text.len()),
                    _ => {}
                }
                text.push_str(word);
            }
            let mut found = ShortWords::default();
            found.find(text.as_bytes());
            assert_eq!(found.nouns, nouns, "{text}");
            assert_eq!(found.alone(0..text.len()).collect::<Vec<_>>(), alone, "{text}");
            alone.reverse();
            assert_eq!(found.alone(0..text.len()).rev().collect::<Vec<_>>(), alone, "{text}");
            for start in 0..text.len() {
                let part = start..(start + 70).min(text.len());
                let inside = alone.iter().rev().copied().filter(|at| part.contains(at));
                assert!(found.alone(part.clone()).eq(inside), "{text} {part:?}");
            }
        }
    }

    #[test]
    fn a_verb_after_a_letter_is_not_missed() {
        let mut found = ShortWords::default();
        for length in 0..200 {
            for (end, expected) in [
                ("A is", true),
                ("a cat", false),
                ("I) --  was", true),
                ("b ) the", false),
                ("c", false),
            ] {
                let text = format!("{} {end}", "x".repeat(2 + length));
                found.find(text.as_bytes());
                assert_eq!(found.may_have_verbs, expected, "{text}");
            }
        }
    }
}
