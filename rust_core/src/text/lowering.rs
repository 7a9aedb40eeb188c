//! Lower case into a buffer that is kept.

use super::push_lower;
use super::swar::{BYTES, broadcast};

/// How many bytes at the start of a text are ASCII.
fn ascii_run(text: &[u8]) -> usize {
    let is_ascii = |eight: &&[u8; BYTES]| u64::from_le_bytes(**eight) & broadcast(0x80) == 0;
    let run = BYTES * text.as_chunks().0.iter().take_while(is_ascii).count();
    run + text[run..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// Appends `str.lower` of `text`.
pub fn lower_into(text: &str, out: &mut String) {
    let start = out.len();
    let mut at = 0;
    if text.is_ascii() {
        out.push_str(text);
        at = text.len();
    }
    while at < text.len() {
        let run = ascii_run(&text.as_bytes()[at..]);
        out.push_str(&text[at..at + run]);
        at += run;
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        // Dashes, quotation marks and the like have no case: most of what is not ASCII.
        if matches!(character, '\u{2000}'..='\u{206f}') {
            out.push(character);
        } else {
            push_lower(text, at, character, out);
        }
        at += character.len_utf8();
    }
    out[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::lower_into;
    use crate::text::lower;

    #[test]
    fn it_is_the_lower_case_of_the_whole_text() {
        for text in ["", "It’S\u{3000}É", "ΟΔΟΣ ΣΑΣ'Σ Σ", "A long text of ASCII, and İ", "“Q”"]
        {
            let mut out = String::from("X");
            lower_into(text, &mut out);
            assert_eq!(out, format!("X{}", lower(text)));
        }
    }
}
