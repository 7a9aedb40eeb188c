//! The words of a row's answers, and how often each answer has them.
//!
//! Predictions are scored row after row, each against answers that were last looked at long ago:
//! what a row costs is how much memory has to come in. So all of it is in one piece, words by where
//! they stand in the row's text instead of by their bytes.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::cancellation::{PIECE, Pace, is_cancelled};
use crate::text::for_each_span_in_parts;

/// How many bytes of a word are compared at once.
const KEY: usize = 16;

/// The words of a row, a hash table of them, and the counts of its answers: the number of slots and
/// that of words; the slots, each 0 or the number of its word, counted from one, below some bits of
/// the word's hash; start and length of each word; for each answer how many words it has, how many
/// different ones, and of these the number, counted from zero, and how often it occurs.
pub struct Vocabulary(Box<[u32]>);

/// The words of one answer.
pub struct WordCounts<'a> {
    /// How many words it has, repeats included.
    pub total: usize,
    /// Of each different word its number and how often it occurs.
    pub counts: &'a [[u32; 2]],
}

/// A word, with what is looked at before its bytes are.
struct Word<'a> {
    bytes: &'a [u8],
    key: u128,
    hash: u64,
}

impl<'a> Word<'a> {
    #[inline]
    fn new(text: &'a str, start: usize, end: usize) -> Self {
        let bytes = &text.as_bytes()[start..end];
        let key = key(&text.as_bytes()[start..], bytes.len());
        // Two odd constants without a pattern: the golden ratio's, and that of xxHash.
        let (first, second) = (key as u64, (key >> 64) as u64);
        let product =
            u128::from(first ^ 0x9e37_79b9_7f4a_7c15) * u128::from(second ^ 0xc2b2_ae3d_27d4_eb4f);
        let mut hash = product as u64 ^ (product >> 64) as u64 ^ bytes.len() as u64;
        if let Some(rest) = bytes.get(KEY..) {
            let mut hasher = FxHasher::default();
            hasher.write(rest);
            hash ^= hasher.finish();
        }
        Self { bytes, key, hash }
    }

    #[inline]
    fn is(&self, text: &str, start: usize, length: usize) -> bool {
        length == self.bytes.len()
            && key(&text.as_bytes()[start..], length) == self.key
            && (length <= KEY || text.as_bytes()[start..start + length] == *self.bytes)
    }
}

/// The first bytes of a word, then zeros; `bytes` may go on after it.
#[inline]
fn key(bytes: &[u8], length: usize) -> u128 {
    let mut padded = [0; KEY];
    let first = match bytes.first_chunk::<KEY>() {
        Some(first) => first,
        None => {
            padded[..bytes.len()].copy_from_slice(bytes);
            &padded
        }
    };
    // What follows the word is cut off again, instead of copying just the word.
    let bits = u128::MAX.checked_shr(8 * KEY.saturating_sub(length) as u32).unwrap_or(0);
    u128::from_le_bytes(*first) & bits
}

/// The bits of a slot that hold the number of one of so many words.
const fn number_bits(words: usize) -> u32 {
    (words + 1).next_power_of_two() as u32 - 1
}

/// The slot of a word, or the free one where it belongs, and what is in it.
#[inline]
fn slot(slots: &[u32], spans: &[[u32; 2]], bits: u32, text: &str, word: &Word) -> (usize, u32) {
    let mut slot = word.hash as usize & (slots.len() - 1);
    loop {
        let entry = slots[slot];
        let number = entry & bits;
        if number == 0 {
            return (slot, 0);
        }
        if (entry ^ (word.hash >> 32) as u32) & !bits == 0 {
            let [start, length] = spans[number as usize - 1];
            if word.is(text, start as usize, length as usize) {
                return (slot, number);
            }
        }
        slot = (slot + 1) & (slots.len() - 1);
    }
}

impl Vocabulary {
    /// Of the answers of a row, which stand one after the other in `text`, each up to one of `ends`;
    /// text of less than 4 GB. Without words, or with half of them, if the work is cancelled.
    pub fn new(text: &str, ends: impl Iterator<Item = usize> + Clone) -> Self {
        let mut total = 0;
        let mut start = 0;
        for end in ends.clone() {
            for_each_span_in_parts(text, start..end, |_, _| total += 1);
            start = end;
        }
        // Room for all words; once the different ones are counted, a smaller table will do.
        let bits = number_bits(total);
        let mut slots = vec![0; (2 * total).next_power_of_two()];
        let mut spans: Vec<[u32; 2]> = Vec::new();
        let mut hashes = Vec::new();
        let mut counts: Vec<u32> = Vec::new();
        let mut pace = Pace::default();
        let mut numbers = Vec::new();
        start = 0;
        for end in ends {
            if pace.is_cancelled_after(100) {
                break;
            }
            numbers.clear();
            for_each_span_in_parts(text, start..end, |from, to| {
                let word = Word::new(text, from, to);
                let (slot, mut number) = slot(&slots, &spans, bits, text, &word);
                if number == 0 {
                    spans.push([from as u32, (to - from) as u32]);
                    hashes.push(word.hash);
                    number = spans.len() as u32;
                    slots[slot] = (word.hash >> 32) as u32 & !bits | number;
                }
                numbers.push(number - 1);
            });
            if numbers.len() > PIECE && is_cancelled() {
                break;
            }
            push_counts(&mut numbers, &mut counts);
            start = end;
        }
        if is_cancelled() {
            // One free slot, and no word.
            return Self([1, 0, 0].into());
        }
        let bits = number_bits(spans.len());
        let count = (2 * spans.len()).next_power_of_two();
        slots.clear();
        slots.resize(count, 0);
        for (number, hash) in (1..).zip(hashes) {
            if pace.is_cancelled_after(16) {
                break;
            }
            let mut slot = hash as usize & (count - 1);
            while slots[slot] != 0 {
                slot = (slot + 1) & (count - 1);
            }
            slots[slot] = (hash >> 32) as u32 & !bits | number;
        }
        let header = [count as u32, spans.len() as u32];
        Self([&header, slots.as_slice(), spans.as_flattened(), &counts].concat().into())
    }

    /// How many different words there are.
    pub fn count(&self) -> usize {
        self.0[1] as usize
    }

    /// A look-up of words of other texts, among those of the row's own `text`.
    #[inline]
    pub fn finder<'a>(&'a self, text: &'a str) -> impl Fn(&str, usize, usize) -> Option<u32> + 'a {
        let (slots, rest) = self.0[2..].split_at(self.0[0] as usize);
        let spans = &rest.as_chunks().0[..self.count()];
        let bits = number_bits(self.count());
        move |other, start, end| {
            let word = Word::new(other, start, end);
            slot(slots, spans, bits, text, &word).1.checked_sub(1)
        }
    }

    /// The words of the answers, in order.
    pub fn answers(&self) -> impl Iterator<Item = WordCounts<'_>> {
        let mut rest = &self.0[2 + self.0[0] as usize + 2 * self.count()..];
        std::iter::from_fn(move || {
            let (&[total, different], after) = rest.split_first_chunk()?;
            let counts;
            (counts, rest) = after.split_at(2 * different as usize);
            Some(WordCounts { total: total as usize, counts: counts.as_chunks().0 })
        })
    }
}

/// Appends how many words there are, how many different ones, and the count of each.
fn push_counts(numbers: &mut [u32], counts: &mut Vec<u32>) {
    let total = numbers.len() as u32;
    // Mostly each word is new, and they are in order.
    if !numbers.is_sorted() {
        numbers.sort_unstable();
    }
    let repeats = numbers.chunk_by(|one, other| one == other);
    let at = counts.len();
    counts.extend([total, 0]);
    for repeat in repeats {
        counts.extend([repeat[0], repeat.len() as u32]);
    }
    counts[at + 1] = ((counts.len() - at - 2) / 2) as u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_all_their_bytes() {
        let long = "a_word_of_more_than_16_bytes";
        let first = format!("a a\0 b a ab {long}x {long}y");
        let text = format!("{first}{long}x abcdefghijklmnop é b");
        let vocabulary = Vocabulary::new(&text, [first.len(), first.len(), text.len()].into_iter());
        assert_eq!(vocabulary.count(), 8);
        let other = format!("é {long}y {long} abcdefghijklmnopq a\0 b {long}x");
        let mut found = Vec::new();
        let find = vocabulary.finder(&text);
        for_each_span_in_parts(&other, 0..other.len(), |from, to| {
            found.push(find(&other, from, to));
        });
        assert_eq!(found, [Some(7), Some(5), None, None, Some(1), Some(2), Some(4)]);
        let counts: Vec<_> = vocabulary.answers().map(|a| (a.total, a.counts.to_vec())).collect();
        assert_eq!(counts[0].0, 7);
        assert_eq!(counts[0].1, [[0, 2], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1]]);
        assert_eq!(counts[1], (0, vec![]));
        assert_eq!(counts[2], (4, vec![[2, 1], [4, 1], [6, 1], [7, 1]]));
    }

    #[test]
    fn nothing_has_no_words() {
        let vocabulary = Vocabulary::new("", [0].into_iter());
        assert_eq!((vocabulary.count(), vocabulary.answers().count()), (0, 1));
        assert_eq!(vocabulary.finder("")("a", 0, 1), None);
    }
}
