//! Words numbered in the order of their first occurrence, so that comparing two costs one
//! instruction.

use std::hash::Hasher;
use std::hint::select_unpredictable;
use std::ops::Range;

use rustc_hash::FxHasher;

use super::parts::for_each_span_in_parts;

/// How many bytes of a word are compared at once.
const KEY: usize = 16;
/// Words of up to so many bytes are told apart by their keys alone.
const SHORT: usize = KEY - 1;

/// For each length of a short word the bits of a key that belong to it.
const SHORT_BITS: [u128; KEY] = {
    let mut bits = [0; KEY];
    let mut length = 1;
    while length < KEY {
        bits[length] = u128::MAX >> (8 * (KEY - length));
        length += 1;
    }
    bits
};

/// A word of a text, with what is compared before its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Of a short word its bytes, then zeros, and in the last byte its length. Of a longer one its
    /// first eight bytes, a hash of the others, and 255.
    key: u128,
    start: usize,
    length: usize,
}

impl Word {
    /// Stands for no word: every other one has a length.
    const NONE: Self = Self { key: 0, start: 0, length: 0 };

    #[inline(always)]
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
        let key = u128::from_le_bytes(*key);
        let key = match SHORT_BITS.get(length) {
            // What follows the word is cut off again, instead of copying just the word.
            Some(bits) => key & bits | (length as u128) << (8 * SHORT),
            None => long_key(key, &bytes[..length]),
        };
        Self { key, start, length }
    }

    #[inline(always)]
    fn hash(&self) -> usize {
        // Two odd constants without a pattern: the golden ratio's, and that of xxHash.
        let first = self.key as u64 ^ 0x9e37_79b9_7f4a_7c15;
        let second = (self.key >> 64) as u64 ^ 0xc2b2_ae3d_27d4_eb4f;
        let product = u128::from(first) * u128::from(second);
        product as usize ^ (product >> 64) as usize
    }

    #[inline(always)]
    fn is_long(&self) -> bool {
        self.length > SHORT
    }

    /// Whether the words of two texts are the same.
    fn is(&self, text: &str, other: &Self, other_text: &str) -> bool {
        self.key == other.key && (!self.is_long() || self.bytes(text) == other.bytes(other_text))
    }

    fn bytes<'a>(&self, text: &'a str) -> &'a [u8] {
        &text.as_bytes()[self.start..self.start + self.length]
    }
}

#[cold]
fn long_key(first: u128, word: &[u8]) -> u128 {
    let mut rest = FxHasher::default();
    rest.write(&word[8..]);
    u128::from(first as u64) | u128::from(rest.finish() | 0xff << 56) << 64
}

/// Calls `each` with every word in a part of a text, in order; only with the first ones if the work
/// is cancelled.
#[inline]
pub fn for_each_word(text: &str, part: Range<usize>, mut each: impl FnMut(Word)) {
    for_each_span_in_parts(text, part, |start, end| each(Word::new(text, start, end)));
}

/// The distinct words of one text, which is passed in with every call.
///
/// Which words are known is what a processor cannot predict, so no branch depends on it where a
/// word is alone in its slot of the hash table, as nearly all are.
pub struct WordTable {
    /// The words from the second on. The first stands for none: it is what a free slot leads to.
    /// There is room for another one.
    words: Vec<Word>,
    count: usize,
    /// An open-addressing hash table of places in `words`; 0 is free. At most a quarter full.
    slots: Vec<u32>,
}

/// Marks a slot where a word belongs that found it taken. More than 2^31 different words would take
/// a text of 8 GB.
const CROWDED: u32 = 1 << 31;

/// How many slots, at most, a table may have four times more of than it needs.
const MOST_ROOMY: usize = 1 << 14;
/// How many words a new table has room for without growing.
const MOST_AT_FIRST: usize = 64;

impl WordTable {
    /// A table with room for so many words. It grows with those that are added.
    pub fn with_capacity(words: usize) -> Self {
        // Where a text repeats its words, most of the room would stay empty.
        let places = words.min(MOST_AT_FIRST) + 2;
        let slots = (4 * (words + 1)).next_power_of_two();
        Self { words: vec![Word::NONE; places], count: 0, slots: vec![0; slots] }
    }

    /// Makes it an empty table again, with slots enough for so many words to be nearly alone.
    pub fn reset(&mut self, words: usize) {
        self.count = 0;
        self.slots.clear();
        self.slots.resize((8 * (words + 1)).next_power_of_two(), 0);
    }

    pub fn count(&self) -> usize {
        self.count
    }

    #[cold]
    fn grow(&mut self) {
        if self.count + 2 > self.words.len() {
            self.words.resize(2 * self.words.len(), Word::NONE);
        }
        if 4 * (self.count + 1) > self.slots.len() {
            let factor = if self.slots.len() < MOST_ROOMY { 4 } else { 2 };
            self.slots = vec![0; factor * self.slots.len()];
            for number in 1..=self.count {
                let mut slot = self.home(&self.words[number]);
                while self.slots[slot] != 0 {
                    self.slots[slot] |= CROWDED;
                    slot = self.after(slot);
                }
                self.slots[slot] = number as u32;
            }
        }
    }

    /// The slot where a word belongs.
    #[inline(always)]
    fn home(&self, word: &Word) -> usize {
        word.hash() & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The number, from one, of a word of the table's own text, which becomes known if it was not.
    #[inline(always)]
    pub fn add_numbered(&mut self, text: &str, word: Word) -> u32 {
        if self.count + 2 > self.words.len() || 4 * (self.count + 1) > self.slots.len() {
            self.grow();
        }
        let slot = self.home(&word);
        let known = self.slots[slot];
        // What a free slot leads to becomes the word itself: one comparison tells both cases from
        // that of a slot that another word has taken.
        self.words[0].key = word.key;
        let place = known & !CROWDED;
        if self.words[place as usize].key != word.key || word.is_long() {
            return self.add_slowly(text, word);
        }
        let is_new = known == 0;
        let place = select_unpredictable(is_new, self.count as u32 + 1, place);
        self.words[self.count + 1] = word;
        self.slots[slot] = select_unpredictable(is_new, place, known);
        self.count += usize::from(is_new);
        place
    }

    #[cold]
    fn add_slowly(&mut self, text: &str, word: Word) -> u32 {
        let mut slot = self.home(&word);
        while let place @ 1.. = self.slots[slot] & !CROWDED {
            if self.words[place as usize].is(text, &word, text) {
                return place;
            }
            self.slots[slot] |= CROWDED;
            slot = self.after(slot);
        }
        self.count += 1;
        self.words[self.count] = word;
        self.slots[slot] = self.count as u32;
        self.count as u32
    }

    /// The number of a word of another text, counted from one; 0 if the table's text does not have
    /// it.
    #[inline(always)]
    pub fn number(&self, text: &str, word: &Word, other_text: &str) -> u32 {
        let place = self.slots[self.home(word)];
        if place & CROWDED != 0 || word.is_long() {
            return self.number_slowly(text, word, other_text);
        }
        select_unpredictable(self.words[place as usize].key == word.key, place, 0)
    }

    #[cold]
    fn number_slowly(&self, text: &str, word: &Word, other_text: &str) -> u32 {
        let mut slot = self.home(word);
        while let place @ 1.. = self.slots[slot] & !CROWDED {
            if self.words[place as usize].is(text, word, other_text) {
                return place;
            }
            slot = self.after(slot);
        }
        0
    }

    /// `add_numbered`, from zero.
    #[inline]
    pub fn add(&mut self, text: &str, word: Word) -> u32 {
        self.add_numbered(text, word) - 1
    }

    /// The number, from zero, of a word of another text, if the table's text has it.
    #[inline]
    pub fn get(&self, text: &str, word: &Word, other_text: &str) -> Option<u32> {
        self.number(text, word, other_text).checked_sub(1)
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
        for_each_word(&text, 0..text.len(), |word| again.push(growing.add(&text, word)));
        assert_eq!(numbers, again);
        let other = format!("é {long}y {long} abcdefghijklmnopq a\0 b");
        let mut found = Vec::new();
        for_each_word(&other, 0..other.len(), |word| found.push(table.get(&text, &word, &other)));
        assert_eq!(found, [Some(7), Some(5), None, None, Some(1), Some(2)]);
    }
}
