//! Words numbered in the order of their first occurrence, so that comparing two costs one
//! instruction.

use std::hash::Hasher;
use std::ops::Range;

use rustc_hash::FxHasher;

use super::words::for_each_span;

/// How many bytes of a word are kept in two registers.
const KEY: usize = 16;

/// A word of a text, with what is compared before its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its first bytes, as far as it goes, then zeros.
    first: u64,
    second: u64,
    start: usize,
    length: usize,
}

impl Word {
    #[inline]
    fn new(text: &str, start: usize, end: usize) -> Self {
        let length = end - start;
        let bytes = &text.as_bytes()[start..];
        let mut padded = [0; KEY];
        let key = match bytes.first_chunk::<KEY>() {
            Some(key) => key,
            None => {
                padded[..bytes.len()].copy_from_slice(bytes);
                &padded
            }
        };
        // What follows the word is cut off again, instead of copying just the word.
        let mask = u128::MAX.checked_shr(8 * KEY.saturating_sub(length) as u32).unwrap_or(0);
        let key = u128::from_le_bytes(*key) & mask;
        Self { first: key as u64, second: (key >> 64) as u64, start, length }
    }

    #[inline]
    fn rest<'a>(&self, text: &'a str) -> &'a [u8] {
        text.as_bytes().get(self.start + KEY..self.start + self.length).unwrap_or_default()
    }

    #[inline]
    fn hash(&self, text: &str) -> u64 {
        // Two odd constants without a pattern: the golden ratio's, and that of xxHash.
        let first = self.first ^ 0x9e37_79b9_7f4a_7c15;
        let second = self.second ^ 0xc2b2_ae3d_27d4_eb4f;
        let product = u128::from(first) * u128::from(second);
        let mut hash = product as u64 ^ (product >> 64) as u64 ^ self.length as u64;
        if self.length > KEY {
            let mut rest = FxHasher::default();
            rest.write(self.rest(text));
            hash ^= rest.finish();
        }
        hash
    }

    /// Whether the words of two texts are the same.
    #[inline]
    fn is(&self, text: &str, other: &Self, other_text: &str) -> bool {
        self.first == other.first
            && self.second == other.second
            && self.length == other.length
            && (self.length <= KEY || self.rest(text) == other.rest(other_text))
    }
}

/// Calls `each` with every word in a part of a text, in order.
#[inline]
pub fn for_each_word(text: &str, part: Range<usize>, mut each: impl FnMut(Word)) {
    for_each_span(text, part, |start, end| each(Word::new(text, start, end)));
}

/// The distinct words of one text, which is passed in with every call.
pub struct WordTable {
    words: Vec<Word>,
    /// An open-addressing hash table of numbers counted from one; 0 is free. At most a quarter full,
    /// so that nearly every look-up ends at its first probe, as the processor then predicts.
    numbers: Vec<u32>,
}

impl WordTable {
    /// A table with room for so many words.
    pub fn with_capacity(words: usize) -> Self {
        Self { words: Vec::with_capacity(words), numbers: vec![0; (4 * words).next_power_of_two()] }
    }

    pub fn count(&self) -> usize {
        self.words.len()
    }

    /// Like `add`, for a table that may be full: it then grows.
    pub fn add_growing(&mut self, text: &str, word: Word) -> u32 {
        if 4 * (self.words.len() + 1) > self.numbers.len() {
            self.numbers = vec![0; (8 * self.words.len()).next_power_of_two().max(64)];
            for number in 1..=self.words.len() {
                let place = self.place(text, &self.words[number - 1], text);
                self.numbers[place] = number as u32;
            }
        }
        self.add(text, word)
    }

    /// The place in `numbers` of a word of `other_text`, or the free one where it belongs.
    #[inline]
    fn place(&self, text: &str, word: &Word, other_text: &str) -> usize {
        let mask = self.numbers.len() - 1;
        let mut place = word.hash(other_text) as usize & mask;
        while let Some(known) = self.numbers[place].checked_sub(1)
            && !self.words[known as usize].is(text, word, other_text)
        {
            place = (place + 1) & mask;
        }
        place
    }

    /// The number of a word of the table's own text, which becomes known if it was not. There must
    /// be room for it.
    #[inline]
    pub fn add(&mut self, text: &str, word: Word) -> u32 {
        let place = self.place(text, &word, text);
        if self.numbers[place] == 0 {
            self.words.push(word);
            // A text of 2^32 different words would have to be larger than 8 GB.
            self.numbers[place] = self.words.len() as u32;
        }
        self.numbers[place] - 1
    }

    /// The number of a word of another text, if the table's text has it.
    #[inline]
    pub fn get(&self, text: &str, word: &Word, other_text: &str) -> Option<u32> {
        self.numbers[self.place(text, word, other_text)].checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_all_their_bytes() {
        let long = "a_word_of_more_than_16_bytes";
        let text = format!("a a\0 b a ab {long}x {long}y {long}x abcdefghijklmnop é");
        let mut table = WordTable::with_capacity(10);
        let mut numbers = Vec::new();
        for_each_word(&text, 0..text.len(), |word| numbers.push(table.add(&text, word)));
        assert_eq!(numbers, [0, 1, 2, 0, 3, 4, 5, 4, 6, 7]);
        let mut growing = WordTable::with_capacity(0);
        let mut again = Vec::new();
        for_each_word(&text, 0..text.len(), |word| again.push(growing.add_growing(&text, word)));
        assert_eq!(numbers, again);
        let other = format!("é {long}y {long} abcdefghijklmnopq a\0 b");
        let mut found = Vec::new();
        for_each_word(&other, 0..other.len(), |word| found.push(table.get(&text, &word, &other)));
        assert_eq!(found, [Some(7), Some(5), None, None, Some(1), Some(2)]);
    }
}
