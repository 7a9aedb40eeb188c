//! ROUGE-L as GPO's published evaluation has it: the F score of the Python package `rouge` 1.0.1,
//! which is not that of Lin 2004.
//!
//! Each period ends a sentence, that of a decimal number included, and words are in the case and
//! with the marks that they have. What two texts have in common is the set of all words of the
//! longest common subsequences of every sentence of one and every sentence of the other; it is
//! compared with the sets of their words, so that repeats don't count and order counts for little.

use rustc_hash::FxHashMap;

use crate::cancellation::Pace;
use crate::text::words;

/// Sentences as the numbers of their words.
type Sentences = Vec<Vec<usize>>;

/// Splits a text, each new word of which gets the next number. White space alone between two periods
/// is a sentence, of one empty word.
fn sentences<'a>(text: &'a str, numbers: &mut FxHashMap<&'a str, usize>) -> Sentences {
    let mut number = |word: &'a str| {
        let next = numbers.len();
        *numbers.entry(word).or_insert(next)
    };
    let mut pace = Pace::default();
    let mut sentences: Sentences = text
        .split('.')
        .filter(|sentence| !sentence.is_empty())
        .take_while(|sentence| !pace.is_cancelled_after(10 * sentence.len() + 100))
        .map(|sentence| match words(sentence) {
            none if none.is_empty() => vec![number("")],
            words => words.into_iter().map(&mut number).collect(),
        })
        .collect();
    // The same sentence twice says nothing new.
    sentences.sort_unstable();
    sentences.dedup();
    sentences
}

/// Marks the words of the longest common subsequence that the package finds: from the ends, two
/// equal words are taken, else the last word goes of the text without which more is left, of the
/// second if both leave the same.
fn mark_common(accepted: &[usize], predicted: &[usize], is_common: &mut [bool]) {
    let columns = predicted.len();
    // Whether the word of the first text goes, for every cell of the table.
    let mut goes_first = vec![0_u64; (accepted.len() * columns).div_ceil(64)];
    let mut row = vec![0_u32; columns + 1];
    let mut pace = Pace::default();
    for (i, word) in accepted.iter().enumerate() {
        if pace.is_cancelled_after(2 * columns) {
            return;
        }
        let mut diagonal = 0;
        for (j, other) in predicted.iter().enumerate() {
            let (above, left) = (row[j + 1], row[j]);
            row[j + 1] = if word == other { diagonal + 1 } else { above.max(left) };
            if above > left {
                let cell = i * columns + j;
                goes_first[cell / 64] |= 1 << (cell % 64);
            }
            diagonal = above;
        }
    }
    let (mut i, mut j) = (accepted.len(), columns);
    while i > 0 && j > 0 {
        let cell = (i - 1) * columns + j - 1;
        if accepted[i - 1] == predicted[j - 1] {
            is_common[accepted[i - 1]] = true;
            (i, j) = (i - 1, j - 1);
        } else if goes_first[cell / 64] >> (cell % 64) & 1 == 1 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
}

fn distinct(sentences: &Sentences) -> usize {
    let mut words = sentences.concat();
    words.sort_unstable();
    words.dedup();
    words.len()
}

/// The F score of one prediction and one answer; 0 where either has no sentence, which the package
/// refuses; meaningless if the work is cancelled.
pub fn rouge_l(prediction: &str, answer: &str) -> f64 {
    let mut numbers = FxHashMap::default();
    let predicted = sentences(prediction, &mut numbers);
    let accepted = sentences(answer, &mut numbers);
    if predicted.is_empty() || accepted.is_empty() {
        return 0.0;
    }
    let mut is_common = vec![false; numbers.len()];
    let mut pace = Pace::default();
    for answer in &accepted {
        for sentence in &predicted {
            if pace.is_cancelled_after(100) {
                return 0.0;
            }
            mark_common(answer, sentence, &mut is_common);
        }
    }
    let common = is_common.into_iter().filter(|&is_common| is_common).count() as f64;
    let recall = common / distinct(&accepted) as f64;
    let precision = common / distinct(&predicted) as f64;
    2.0 * ((precision * recall) / (precision + recall + 1e-8))
}

#[cfg(test)]
mod tests {
    use super::rouge_l;

    #[test]
    fn repeats_and_sentences_count_for_nothing() {
        let near = |score: f64, expected: f64| assert!((score - expected).abs() < 1e-6, "{score}");
        near(rouge_l("a b c d", "a c e d"), 0.75);
        near(rouge_l("b a", "a b"), 0.5);
        near(rouge_l("a a a", "a"), 1.0);
        near(rouge_l("b. a", "a. b"), 1.0);
        near(rouge_l("A 1.5", "a 1.5"), 2.0 / 3.0);
        near(rouge_l("...", "a"), 0.0);
    }
}
