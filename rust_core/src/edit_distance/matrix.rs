//! Many texts against many.

use std::sync::atomic::{AtomicU32, Ordering};

use super::bit_vectors::ROWS;
use super::distance::{Buffers, distance};
use super::lanes::{self, LANES, LARGEST, Patterns};
use super::parent::Texts;
use crate::batch::{for_each, thread_count};
use crate::cancellation::Pace;
use crate::text::{WordTable, for_each_word, push_in_pieces};

/// How many cells of Levenshtein's table a piece of work has, about: a fraction of a millisecond.
const CELLS_PER_PIECE: usize = 1 << 23;
/// How many cells of one take about a nanosecond.
const CELLS_PER_UNIT: usize = 32;

/// The distances between two lists of texts, still to be computed.
pub struct Matrix {
    /// The side whose texts are the patterns, and the other one.
    patterns: Texts,
    texts: Texts,
    /// The patterns' numbers, the shortest first: eight of a similar length go together.
    order: Vec<usize>,
    vocabulary: usize,
    cutoff: usize,
    is_transposed: bool,
}

/// What one thread reuses from one piece of work to the next.
#[derive(Default)]
struct Scratch {
    renumbering: Renumbering,
    group: Texts,
    text: Vec<u32>,
    patterns: Patterns,
    buffers: Buffers,
}

/// Fewer numbers for the words of a few patterns out of many.
#[derive(Default)]
struct Renumbering {
    /// For each word of the vocabulary its number among those of the patterns; 0 if none has it.
    numbers: Vec<u32>,
    /// The words that have a number, in the order of their numbers from one.
    words: Vec<u32>,
}

impl Renumbering {
    fn clear(&mut self, vocabulary: usize) {
        for &word in &self.words {
            self.numbers[word as usize] = 0;
        }
        self.words.clear();
        self.numbers.resize(vocabulary + 1, 0);
    }

    fn add(&mut self, word: u32) -> u32 {
        let number = &mut self.numbers[word as usize];
        if *number == 0 {
            self.words.push(word);
            *number = self.words.len() as u32;
        }
        *number
    }
}

impl Matrix {
    /// Numbers the words of all texts. A distance above `cutoff` counts as `cutoff + 1`.
    pub fn new(queries: &[&str], candidates: &[&str], cutoff: usize) -> Self {
        let bytes = queries.iter().chain(candidates).map(|text| text.len() + 1).sum();
        let mut joined = String::with_capacity(bytes);
        let mut table = WordTable::with_capacity(0);
        let mut pace = Pace::default();
        let mut numbered = |texts: &[&str]| {
            let mut numbers = Texts::default();
            for text in texts {
                let start = joined.len();
                push_in_pieces(text, &mut joined);
                for_each_word(&joined, start..joined.len(), |word| {
                    numbers.words.push(table.add_numbered(&joined, word));
                });
                numbers.end();
                if pace.is_cancelled_after(text.len()) {
                    break;
                }
            }
            numbers
        };
        let (queries, candidates) = (numbered(queries), numbered(candidates));
        // The distance is the same both ways; fewer lanes are left empty on the longer side.
        let is_transposed = queries.len() < LANES && candidates.len() > queries.len();
        let (patterns, texts) =
            if is_transposed { (candidates, queries) } else { (queries, candidates) };
        let mut order: Vec<usize> = (0..patterns.len()).collect();
        order.sort_by_key(|&pattern| patterns.of(pattern).len());
        let vocabulary = table.count();
        Self { patterns, texts, order, vocabulary, cutoff, is_transposed }
    }

    /// Computes all of them: row q, column c for query q and candidate c, row after row;
    /// meaningless if the work is cancelled. The threads are as many as are worth it by default and
    /// never change a result.
    pub fn compute(&self, threads: Option<usize>) -> Vec<u32> {
        let (patterns, texts) = (self.patterns.len(), self.texts.len());
        let cells = self.patterns.words.len().saturating_mul(self.texts.words.len());
        let threads = threads.unwrap_or_else(|| thread_count(cells / CELLS_PER_UNIT));
        let cells_per_text = cells / texts.max(1) / patterns.div_ceil(LANES).max(1);
        let per_piece = (CELLS_PER_PIECE / cells_per_text.max(1)).clamp(1, texts.max(1));
        let pieces_per_group = texts.div_ceil(per_piece);
        let pieces = patterns.div_ceil(LANES) * pieces_per_group;

        let results: Vec<AtomicU32> = (0..patterns * texts).map(|_| AtomicU32::new(0)).collect();
        let work = |scratch: &mut Scratch, piece: usize| {
            let group = piece / pieces_per_group * LANES;
            let group = &self.order[group..patterns.min(group + LANES)];
            let first = piece % pieces_per_group * per_piece;
            let texts = first..texts.min(first + per_piece);
            self.compare(group, texts, scratch, &results);
        };
        for_each(pieces, threads, work);
        results.into_iter().map(AtomicU32::into_inner).collect()
    }

    /// Compares up to eight patterns to some of the texts.
    fn compare(
        &self,
        group: &[usize],
        texts: std::ops::Range<usize>,
        scratch: &mut Scratch,
        results: &[AtomicU32],
    ) {
        let put = |pattern: usize, text: usize, distance: usize| {
            let distance = u32::try_from(distance).unwrap_or(u32::MAX);
            let place = if self.is_transposed {
                text * self.patterns.len() + pattern
            } else {
                pattern * self.texts.len() + text
            };
            results[place].store(distance, Ordering::Relaxed);
        };
        let Scratch { renumbering, group: words, text: renumbered, patterns, buffers } = scratch;
        renumbering.clear(self.vocabulary);
        words.clear();
        for &pattern in group {
            words.words.extend(self.patterns.of(pattern).iter().map(|&word| renumbering.add(word)));
            words.end();
        }
        let vocabulary = renumbering.words.len();
        let longest = group.last().map_or(0, |&pattern| self.patterns.of(pattern).len());
        // A small cut-off leaves so little of a pair that eight at a time are no quicker.
        let is_quick = self.cutoff < longest.div_ceil(ROWS) * 8;
        let longest_text = texts.clone().map(|text| self.texts.of(text).len()).max().unwrap_or(0);
        let in_lanes = !is_quick && lanes::size(longest, vocabulary, longest_text) <= LARGEST;
        if in_lanes {
            patterns.set((0..group.len()).map(|pattern| words.of(pattern)), vocabulary);
        }
        for text in texts {
            renumbered.clear();
            let all = self.texts.of(text).iter();
            renumbered.extend(all.map(|&word| renumbering.numbers[word as usize]));
            if in_lanes {
                let distances = patterns.distances(renumbered);
                for (&pattern, distance) in group.iter().zip(distances) {
                    put(pattern, text, distance.min(self.cutoff.saturating_add(1)));
                }
            } else {
                for (lane, &pattern) in group.iter().enumerate() {
                    let a = words.of(lane);
                    let distance = distance(a, renumbered, vocabulary, self.cutoff, buffers);
                    put(pattern, text, distance);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::distance::tests::{numbers, pair};
    use super::super::pair::Pair;
    use super::*;

    fn distance_of(a: &str, b: &str, cutoff: usize) -> u32 {
        Pair::default().levenshtein(a, b, cutoff) as u32
    }

    #[test]
    fn every_cell_is_the_distance_of_its_pair() {
        let mut next = numbers(11);
        let phrase = |next: &mut dyn FnMut(u64) -> u64, longest| {
            let (_, words, _) = pair(&mut |bound| next(bound), longest);
            words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ")
        };
        for (queries, candidates) in [(0, 3), (3, 0), (1, 1), (3, 40), (40, 3), (20, 21)] {
            let mut some = |count| -> Vec<String> {
                (0..count).map(|index| phrase(&mut next, 20 + 20 * index)).collect()
            };
            let (queries, candidates) = (some(queries), some(candidates));
            let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
            let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
            for cutoff in [0, 5, 70, usize::MAX] {
                let matrix = Matrix::new(&queries, &candidates, cutoff);
                let expected: Vec<u32> = queries
                    .iter()
                    .flat_map(|q| candidates.iter().map(|c| distance_of(q, c, cutoff)))
                    .collect();
                for threads in [None, Some(1), Some(3)] {
                    assert_eq!(matrix.compute(threads), expected);
                }
            }
        }
    }
}
