//! Words: what `str.split` of Python makes of a text.

use super::{is_space, is_space_byte};

/// The words of a text, in order: its longest runs without white space.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

#[derive(Clone)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    /// The number of bytes of the white space at `at`, and 0 where there is none.
    fn space_length(&self, byte: u8) -> usize {
        match byte {
            0..=0x7f => usize::from(is_space_byte(byte)),
            // The first bytes of U+0085 and U+00A0, U+1680, U+2000 to U+205F, U+3000.
            0xc2 | 0xe1 | 0xe2 | 0xe3 => self.text[self.at..]
                .chars()
                .next()
                .filter(|&character| is_space(character))
                .map_or(0, char::len_utf8),
            _ => 0,
        }
    }
}

const fn character_length(first_byte: u8) -> usize {
    match first_byte {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match self.space_length(byte) {
                0 => break,
                length => self.at += length,
            }
        }
        let start = self.at;
        while let Some(&byte) = bytes.get(self.at) {
            if self.space_length(byte) > 0 {
                break;
            }
            self.at += character_length(byte);
        }
        (start < self.at).then(|| &self.text[start..self.at])
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn every_white_space_of_python_separates() {
        let text = " \u{3000}one\x1ctwo\u{85}thr\u{e9}e\u{a0}\u{2003}fo\u{2192}r\u{1680}\u{2028}";
        assert_eq!(words(text).collect::<Vec<_>>(), ["one", "two", "thr\u{e9}e", "fo\u{2192}r"]);
        assert_eq!(words(" \t").count(), 0);
    }
}
