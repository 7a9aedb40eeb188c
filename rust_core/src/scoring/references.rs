//! References, normalised and tokenised once, since every candidate is scored against them again.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::normalizer::Normalizer;
use crate::text::words;

/// A row without any answer, which no prediction could be scored against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyRow {
    pub row: usize,
}

/// One accepted answer.
pub struct Answer<'a> {
    pub text: &'a str,
    /// How many words it has, repeats included.
    pub word_count: usize,
    /// Its distinct words as (identifier in the row's vocabulary, how often it occurs).
    pub word_counts: &'a [(u32, u32)],
}

struct StoredAnswer {
    text: std::ops::Range<usize>,
    word_count: usize,
    word_counts: std::ops::Range<usize>,
}

/// A word of a row's answers in an open-addressing hash table; `id` counts from one, 0 is free.
#[derive(Clone, Default)]
struct Slot {
    hash: u32,
    id: u32,
    word: std::ops::Range<usize>,
}

/// The answers of all rows, each row with a vocabulary of its own: a prediction's words are
/// looked up in a table of a few dozen words that stays in the cache.
pub struct References {
    normalizer: Normalizer,
    text: String,
    answers: Vec<StoredAnswer>,
    /// Row r has answers `row_ends[r - 1]..row_ends[r]`.
    row_ends: Vec<usize>,
    word_counts: Vec<(u32, u32)>,
    slots: Vec<Slot>,
    /// Where each row's table ends; its length is a power of two.
    table_ends: Vec<usize>,
}

/// The part of a list that belongs to `row`, given where each row's part ends.
fn part(ends: &[usize], row: usize) -> std::ops::Range<usize> {
    let start = row.checked_sub(1).map_or(0, |previous| ends[previous]);
    start..ends[row]
}

/// The upper half of the hash, whose lower bits are the weaker ones.
fn hash(word: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    let hash = hasher.finish();
    (hash >> 32) as u32 ^ hash as u32
}

impl References {
    pub fn new(normalizer: Normalizer) -> Self {
        Self {
            normalizer,
            text: String::new(),
            answers: Vec::new(),
            row_ends: Vec::new(),
            word_counts: Vec::new(),
            slots: Vec::new(),
            table_ends: Vec::new(),
        }
    }

    /// Adds the next row with its accepted answers.
    pub fn push_row(&mut self, answers: &[&str]) -> Result<(), EmptyRow> {
        if answers.is_empty() {
            return Err(EmptyRow { row: self.len() });
        }
        let first = self.answers.len();
        for answer in answers {
            let start = self.text.len();
            self.normalizer.push(answer, &mut self.text);
            self.answers.push(StoredAnswer {
                text: start..self.text.len(),
                word_count: words(&self.text[start..]).count(),
                word_counts: 0..0,
            });
        }
        self.row_ends.push(self.answers.len());
        self.build_vocabulary(first);
        Ok(())
    }

    /// Builds the vocabulary of the row whose answers start at `first`.
    fn build_vocabulary(&mut self, first: usize) {
        let total: usize = self.answers[first..].iter().map(|answer| answer.word_count).sum();
        let start = self.slots.len();
        // At most half full, so that a look-up ends after a probe or two.
        self.slots.resize(start + (2 * total).next_power_of_two(), Slot::default());
        let table = &mut self.slots[start..];
        let mut known = 0;
        for answer in &mut self.answers[first..] {
            let counts_start = self.word_counts.len();
            for word in words(&self.text[answer.text.clone()]) {
                let hash = hash(word);
                let at = find(table, &self.text, hash, word);
                if table[at].id == 0 {
                    known += 1;
                    let offset = word.as_ptr() as usize - self.text.as_ptr() as usize;
                    table[at] = Slot { hash, id: known, word: offset..offset + word.len() };
                }
                self.word_counts.push((table[at].id - 1, 1));
            }
            merge_repeats(&mut self.word_counts, counts_start);
            answer.word_counts = counts_start..self.word_counts.len();
        }
        self.table_ends.push(self.slots.len());
    }

    pub fn len(&self) -> usize {
        self.row_ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.row_ends.is_empty()
    }

    pub const fn normalizer(&self) -> Normalizer {
        self.normalizer
    }

    /// The accepted answers of a row.
    pub fn answers(&self, row: usize) -> impl Iterator<Item = Answer<'_>> {
        self.answers[part(&self.row_ends, row)].iter().map(|answer| Answer {
            text: &self.text[answer.text.clone()],
            word_count: answer.word_count,
            word_counts: &self.word_counts[answer.word_counts.clone()],
        })
    }

    /// The vocabulary of a row: the distinct words of all its answers.
    pub fn vocabulary(&self, row: usize) -> Vocabulary<'_> {
        Vocabulary { table: &self.slots[part(&self.table_ends, row)], text: &self.text }
    }
}

/// The words of one row's answers by identifier.
pub struct Vocabulary<'a> {
    table: &'a [Slot],
    text: &'a str,
}

impl Vocabulary<'_> {
    /// No identifier reaches it.
    pub const fn capacity(&self) -> usize {
        self.table.len()
    }

    pub fn id(&self, word: &str) -> Option<u32> {
        let at = find(self.table, self.text, hash(word), word);
        self.table[at].id.checked_sub(1)
    }
}

/// The slot that holds `word`, or the free one where it belongs.
fn find(table: &[Slot], text: &str, hash: u32, word: &str) -> usize {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        let slot = &table[at];
        if slot.id == 0
            || slot.hash == hash && text.as_bytes()[slot.word.clone()] == *word.as_bytes()
        {
            return at;
        }
        at = (at + 1) & mask;
    }
}

/// Sorts `counts[start..]` by word and adds up the counts of each.
fn merge_repeats(counts: &mut Vec<(u32, u32)>, start: usize) {
    counts[start..].sort_unstable();
    let mut kept = start;
    for index in start..counts.len() {
        let (id, count) = counts[index];
        if kept > start && counts[kept - 1].0 == id {
            counts[kept - 1].1 += count;
        } else {
            counts[kept] = (id, count);
            kept += 1;
        }
    }
    counts.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_answers_is_named() {
        let mut references = References::new(Normalizer::Ape);
        references.push_row(&["yes"]).unwrap();
        assert_eq!(references.push_row(&[]), Err(EmptyRow { row: 1 }));
    }

    #[test]
    fn words_are_counted_by_the_rows_own_vocabulary() {
        let mut references = References::new(Normalizer::None);
        references.push_row(&["b a b", ""]).unwrap();
        references.push_row(&["c"]).unwrap();
        let answers: Vec<_> = references.answers(0).collect();
        assert_eq!((answers[0].word_count, answers[0].word_counts), (3, &[(0, 2), (1, 1)][..]));
        assert_eq!((answers[1].word_count, answers[1].word_counts), (0, &[][..]));
        let ids = |row| ["b", "a", "c"].map(|word| references.vocabulary(row).id(word));
        assert_eq!(ids(0), [Some(0), Some(1), None]);
        assert_eq!(ids(1), [None, None, Some(0)]);
    }
}
