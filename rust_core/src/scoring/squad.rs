//! SQuAD's official normalisation (Rajpurkar et al. 2016): lower case, no punctuation, no
//! articles, words one space apart. Exactly the published steps, so that figures compare.

use crate::text::{for_each_span_in_parts, is_word, push_bare_lower};

fn is_article(word: &str) -> bool {
    matches!(word, "a" | "an" | "the")
}

/// Appends the words of `run`, which holds no white space, cutting the articles out of it. An
/// article leaves a space: it may stand between marks that punctuation stripping keeps.
fn push_without_articles(run: &str, out: &mut String, start: usize) {
    let mut pending_space = true;
    // Nearly every run is a word of ASCII, and all in one piece.
    let is_plain = run.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut rest = run;
    while !rest.is_empty() {
        let is_words = rest.starts_with(is_word);
        let next_piece = || rest.find(|c| is_word(c) != is_words);
        let end = if is_plain { None } else { next_piece() }.unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        if is_article(piece) {
            pending_space = true;
        } else {
            if std::mem::take(&mut pending_space) && out.len() > start {
                out.push(' ');
            }
            out.push_str(piece);
        }
        rest = after;
    }
}

/// Appends the normalisation of `text` to `out`.
pub fn squad_into(text: &str, out: &mut String) {
    let start = out.len();
    let mut plain = String::with_capacity(text.len());
    push_bare_lower::<false>(text, &mut plain);
    for_each_span_in_parts(&plain, 0..plain.len(), |from, to| {
        push_without_articles(&plain[from..to], out, start);
    });
}

#[cfg(test)]
mod tests {
    use super::squad_into;

    fn squad(text: &str) -> String {
        let mut out = String::new();
        squad_into(text, &mut out);
        out
    }

    #[test]
    fn articles_and_punctuation_go_and_words_stay() {
        assert_eq!(squad("The  Cat's an A. hat"), "cats hat");
        assert_eq!(squad("a the"), "");
        assert_eq!(squad("Theatre\u{2019}a b"), "theatre\u{2019} b");
    }

    #[test]
    fn an_article_leaves_a_space_between_marks() {
        assert_eq!(squad("\u{2019}a\u{2019}"), "\u{2019} \u{2019}");
    }
}
