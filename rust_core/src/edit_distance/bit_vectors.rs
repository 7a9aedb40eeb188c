//! Levenshtein's dynamic programme, 128 cells at a time.
//!
//! Neighbouring cells of the table differ by -1, 0 or 1, so a column of 128 cells is two bit
//! vectors of vertical differences (Myers 1999, doi:10.1145/316542.316550, in the form of Hyyrö
//! 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"). What takes
//! the time is that each column waits for the one before, which two registers side by side do no
//! longer than one.
//!
//! A longer pattern is cut into blocks of 128 rows, of which the first may be shorter. Each block
//! is run over the whole text before the next one, which reads the horizontal differences that the
//! block above it left: the masks of one block are all that has to be kept at a time. A block ends
//! at the last bit. In the rows before a shorter one starts no word stands and neighbouring cells
//! do not differ, so they hand the horizontal differences above them down unchanged.

pub const ROWS: usize = u128::BITS as usize;

/// The blocks of a pattern, from the first.
pub fn blocks(pattern: &[u32]) -> impl DoubleEndedIterator<Item = &[u32]> + ExactSizeIterator {
    pattern.rchunks(ROWS).rev()
}

/// For each word of the vocabulary, the rows of the current block where it stands.
#[derive(Default)]
pub struct Masks {
    by_word: Vec<u128>,
}

impl Masks {
    /// Room for words up to and including `vocabulary`, all zero.
    pub fn reserve(&mut self, vocabulary: usize) {
        if self.by_word.len() <= vocabulary {
            self.by_word.resize(vocabulary + 1, 0);
        }
    }

    pub fn set(&mut self, block: &[u32]) {
        let mut row = 1 << (ROWS - block.len());
        for &word in block {
            self.by_word[word as usize] |= row;
            row <<= 1;
        }
    }

    /// Undoes `set` with the same block.
    pub fn clear(&mut self, block: &[u32]) {
        for &word in block {
            self.by_word[word as usize] = 0;
        }
    }

    #[inline]
    pub fn of(&self, word: u32) -> u128 {
        self.by_word[word as usize]
    }
}

/// The vertical differences in one column of a block: the rows where the distance is one more
/// than in the row above, and those where it is one less.
#[derive(Clone, Copy)]
pub struct Column {
    pub more: u128,
    pub less: u128,
}

impl Column {
    /// The column before the first, where each row costs one more deletion.
    pub fn start(block: &[u32]) -> Self {
        Self { more: !0 << (ROWS - block.len()), less: 0 }
    }

    /// Moves to the next column, given the rows where its word stands and the horizontal
    /// difference above the block; returns the horizontal difference in its last row.
    #[inline(always)]
    pub fn advance(&mut self, mask: u128, above: i8) -> i8 {
        let above_less = u128::from(above < 0);
        let above_not_more = u128::from(above <= 0);
        let equal = mask | above_less;
        // The rows whose cell costs no more than its upper left neighbour.
        let diagonal =
            ((equal & self.more).wrapping_add(self.more) ^ self.more) | (equal | self.less);
        // What is to the right of a cell is more or less than it; not being more takes one step
        // fewer to find.
        let not_more = (diagonal | self.more) & !self.less;
        let less = diagonal & self.more;
        let below = 1 - (not_more >> (ROWS - 1)) as i8 - (less >> (ROWS - 1)) as i8;
        let not_more = not_more << 1 | above_not_more;
        let less = less << 1 | above_less;
        self.more = less | (not_more & !diagonal);
        self.less = diagonal & !not_more;
        below
    }
}
