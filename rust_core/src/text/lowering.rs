//! Lower case.

use super::parts::push_ascii_lower;
use super::push_lower;
use super::swar::{BYTES, broadcast};
use crate::cancellation::Pace;

/// How many bytes at the start of a text are ASCII.
fn ascii_run(text: &[u8]) -> usize {
    let is_ascii = |eight: &&[u8; BYTES]| u64::from_le_bytes(**eight) & broadcast(0x80) == 0;
    let run = BYTES * text.as_chunks().0.iter().take_while(is_ascii).count();
    run + text[run..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// `str.lower`.
pub fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    lower_into(text, &mut out);
    out
}

/// Appends `str.lower` of `text`.
pub fn lower_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        return push_ascii_lower(text, out);
    }
    let start = out.len();
    let mut at = 0;
    let mut pace = Pace::default();
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
        if pace.is_cancelled_after(run + 8) {
            break;
        }
    }
    out[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::lower;

    #[test]
    fn all_of_a_text_is_made_lower_case() {
        assert_eq!(lower("It’S\u{3000}É “Q”, A LONG TEXT"), "it’s\u{3000}é “q”, a long text");
        assert_eq!(lower("ALL OF ASCII"), "all of ascii");
        assert_eq!(lower("ΟΔΟΣ ΣΑΣ'Σ Σ"), "οδος σασ'ς σ");
        assert_eq!(lower("İIĀāĂ\u{130}\u{2126}Ж"), "i\u{307}iāāăi\u{307}ωж");
    }
}
