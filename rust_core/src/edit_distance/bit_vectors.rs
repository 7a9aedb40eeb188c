//! Levenshtein's dynamic programme, 64 cells at a time.
//!
//! Neighbouring cells of the table differ by -1, 0 or 1, so a column of 64 cells is two bit
//! vectors of vertical differences (Myers 1999, doi:10.1145/316542.316550, in the form of Hyyrö
//! 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"). A longer
//! pattern is cut into blocks of 64 rows. Each block is run over the whole text before the next
//! one, which reads the horizontal differences that the block above it left: the masks of one
//! block are all that has to be kept at a time.

pub const ROWS: usize = 64;

/// For each word of the vocabulary, the rows of the current block where it stands.
#[derive(Default)]
pub struct Masks {
    by_word: Vec<u64>,
}

impl Masks {
    /// Room for words up to and including `vocabulary`, the number of an unknown word, all zero.
    pub fn reserve(&mut self, vocabulary: usize) {
        if self.by_word.len() <= vocabulary {
            self.by_word.resize(vocabulary + 1, 0);
        }
    }

    pub fn set(&mut self, block: &[u32]) {
        for (row, &word) in block.iter().enumerate() {
            self.by_word[word as usize] |= 1 << row;
        }
    }

    /// Undoes `set` with the same block.
    pub fn clear(&mut self, block: &[u32]) {
        for &word in block {
            self.by_word[word as usize] = 0;
        }
    }

    #[inline]
    pub fn of(&self, word: u32) -> u64 {
        self.by_word[word as usize]
    }
}

/// The vertical differences in one column of a block: the rows where the distance is one more
/// than in the row above, and those where it is one less.
#[derive(Clone, Copy)]
pub struct Column {
    pub more: u64,
    pub less: u64,
}

impl Column {
    /// The first column, where each row costs one more deletion.
    pub const FIRST: Self = Self { more: !0, less: 0 };

    /// Moves to the next column, given the rows where its word stands and the horizontal
    /// difference above the block; returns the horizontal difference in row `last`.
    #[inline(always)]
    pub fn advance(&mut self, mask: u64, above: i8, last: u32) -> i8 {
        let above_less = u64::from(above < 0);
        let equal = mask | above_less;
        // The rows whose cell costs no more than its upper left neighbour.
        let diagonal =
            ((equal & self.more).wrapping_add(self.more) ^ self.more) | equal | self.less;
        let more = self.less | !(diagonal | self.more);
        let less = diagonal & self.more;
        let below = (more >> last & 1) as i8 - (less >> last & 1) as i8;
        let more = more << 1 | u64::from(above > 0);
        let less = less << 1 | above_less;
        self.more = less | !(diagonal | more);
        self.less = more & diagonal;
        below
    }
}
