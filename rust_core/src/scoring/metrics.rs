//! The metrics over free text: each takes the best over a row's accepted answers.

use super::extraction::{Buffers, truth};
use super::normalizer::Normalizer;
use super::references::References;
use super::vocabulary::{Vocabulary, WordCounts};
use super::{contains, gpo, rouge, rouge_reference, special_forms};
use crate::text::{for_each_span_in_parts, strip};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// 1 where the normalised texts are equal.
    ExactMatch,
    /// The harmonic mean of precision and recall over words, repeats counted.
    TokenF1,
    /// 1 where both have the same set of words.
    ExactSet,
    /// 1 where the prediction contains the answer as whole words.
    Contains,
    /// The harmonic mean of precision and recall over the longest common subsequence of words.
    RougeL,
    /// The same as GPO's published evaluation has it, the mean over a row's answers.
    RougeLReference,
    /// 1 where the prediction's truth value is the answer's.
    Boolean,
    /// The same as GPO's published evaluation has it.
    BooleanReference,
    /// 1 where the prediction's last brackets are the answer's.
    Dyck,
    /// The same as GPO's published evaluation has it.
    DyckReference,
    /// 1 where the prediction lists the answer's words in their order.
    WordSorting,
    /// The same as GPO's published evaluation has it.
    WordSortingReference,
}

impl Metric {
    pub const ALL: [Self; 12] = [
        Self::ExactMatch,
        Self::TokenF1,
        Self::ExactSet,
        Self::Contains,
        Self::RougeL,
        Self::RougeLReference,
        Self::Boolean,
        Self::BooleanReference,
        Self::Dyck,
        Self::DyckReference,
        Self::WordSorting,
        Self::WordSortingReference,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ExactMatch => "exact_match",
            Self::TokenF1 => "token_f1",
            Self::ExactSet => "exact_set",
            Self::Contains => "contains",
            Self::RougeL => "rouge_l",
            Self::RougeLReference => "rouge_l_reference",
            Self::Boolean => "boolean",
            Self::BooleanReference => "boolean_reference",
            Self::Dyck => "dyck",
            Self::DyckReference => "dyck_reference",
            Self::WordSorting => "word_sorting",
            Self::WordSortingReference => "word_sorting_reference",
        }
    }

    /// Whether it reads marks and lines that every normalizer but `None` takes away.
    pub const fn needs_raw_text(self) -> bool {
        matches!(
            self,
            Self::RougeLReference
                | Self::Boolean
                | Self::BooleanReference
                | Self::Dyck
                | Self::DyckReference
                | Self::WordSorting
                | Self::WordSortingReference
        )
    }

    /// Whether it is 1 where prediction and answer are the same text and have a word, which is quick
    /// to see.
    const fn is_one_where_equal(self) -> bool {
        matches!(self, Self::TokenF1 | Self::ExactSet | Self::RougeL)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }
}

/// What one thread reuses from one prediction to the next.
#[derive(Default)]
pub struct Scratch {
    normalized: String,
    counts: Vec<u32>,
    words: Vec<u32>,
    subsequence: rouge::Subsequence,
    buffers: Buffers,
}

/// The words of a prediction that one of the row's answers has too.
struct KnownWords<'a> {
    /// How often each word of the row's vocabulary occurs.
    counts: &'a [u32],
    /// How many words the prediction has, repeats included.
    total: usize,
    /// How many different words of the vocabulary it has.
    distinct: usize,
    /// Whether it has a word outside the vocabulary.
    has_unknown: bool,
}

impl References {
    /// The score of a prediction against the answers of `row`, in [0, 1].
    pub fn score(
        &self,
        metric: Metric,
        row: usize,
        prediction: &str,
        scratch: &mut Scratch,
    ) -> f64 {
        let Scratch { normalized, counts, words, subsequence, buffers } = scratch;
        normalized.clear();
        self.normalizer().push(prediction, normalized);
        let is_published = self.normalizer() == Normalizer::ApeReference;
        let mut answers = self.answers(row);
        if metric.is_one_where_equal()
            && answers.clone().any(|answer| answer.text == *normalized)
            && !strip(normalized).is_empty()
        {
            return 1.0;
        }
        let is_right = match metric {
            Metric::ExactMatch => answers.any(|answer| answer.text == *normalized),
            Metric::Contains => answers.any(|answer| {
                let needle = || self.needle(answer);
                contains::is_in(answer.text, normalized, is_published, needle)
            }),
            Metric::ExactSet => {
                let Some(vocabulary) = self.vocabulary(row) else {
                    return 0.0;
                };
                let known = count_words(vocabulary, normalized, counts);
                vocabulary.1.answers().any(|answer| is_same_set(&known, &answer))
            }
            Metric::TokenF1 => {
                let Some(vocabulary) = self.vocabulary(row) else {
                    return 0.0;
                };
                let known = count_words(vocabulary, normalized, counts);
                let answers = vocabulary.1.answers();
                return answers.map(|answer| f1(&known, &answer, is_published)).fold(0.0, f64::max);
            }
            Metric::RougeL => {
                let Some(vocabulary) = self.vocabulary(row) else {
                    return 0.0;
                };
                number_words(vocabulary, normalized, words);
                let score = |answer| {
                    let answer = self.sequence(row, answer)?;
                    let common = subsequence.length(answer, words, vocabulary.1.count());
                    Some(rouge::f1(common, words.len(), answer.len()))
                };
                return answers.map_while(score).fold(0.0, f64::max);
            }
            Metric::RougeLReference => {
                let scores =
                    answers.map(|answer| rouge_reference::rouge_l(normalized, answer.text));
                let (sum, count) =
                    scores.fold((0.0, 0.0), |(sum, count), score| (sum + score, count + 1.0));
                return sum / count;
            }
            Metric::Boolean => {
                let predicted = truth(normalized, buffers);
                predicted.is_some()
                    && answers.any(|answer| truth(answer.text, buffers) == predicted)
            }
            Metric::BooleanReference => {
                let predicted = gpo::boolean(normalized, buffers);
                let mut accepted = String::new();
                answers.any(|answer| {
                    accepted.clear();
                    gpo::reference_into(answer.text, &mut accepted);
                    accepted == predicted
                })
            }
            Metric::Dyck => {
                let brackets = special_forms::last_brackets(normalized);
                answers.any(|answer| special_forms::is_same_but_spaces(brackets, answer.text))
            }
            Metric::DyckReference => answers.any(|answer| gpo::is_dyck(normalized, answer.text)),
            Metric::WordSorting => {
                answers.any(|answer| special_forms::lists_words(normalized, answer.text))
            }
            Metric::WordSortingReference => {
                answers.any(|answer| gpo::is_word_sorting(normalized, answer.text))
            }
        };
        f64::from(u8::from(is_right))
    }
}

/// The words of a text by a row's vocabulary, whose count is that of every other word.
fn number_words((row, vocabulary): (&str, &Vocabulary), text: &str, numbers: &mut Vec<u32>) {
    let (unknown, find) = (vocabulary.count() as u32, vocabulary.finder(row));
    numbers.clear();
    for_each_span_in_parts(text, 0..text.len(), |start, end| {
        numbers.push(find(text, start, end).unwrap_or(unknown));
    });
}

fn count_words<'a>(
    (row, vocabulary): (&str, &Vocabulary),
    text: &str,
    counts: &'a mut Vec<u32>,
) -> KnownWords<'a> {
    let find = vocabulary.finder(row);
    counts.clear();
    counts.resize(vocabulary.count(), 0);
    let (mut total, mut distinct, mut has_unknown) = (0, 0, false);
    for_each_span_in_parts(text, 0..text.len(), |start, end| {
        total += 1;
        if let Some(number) = find(text, start, end) {
            let count = &mut counts[number as usize];
            distinct += usize::from(*count == 0);
            *count += 1;
        } else {
            has_unknown = true;
        }
    });
    KnownWords { counts, total, distinct, has_unknown }
}

fn is_same_set(known: &KnownWords, answer: &WordCounts) -> bool {
    !known.has_unknown
        && known.distinct == answer.counts.len()
        && answer.counts.iter().all(|&[number, _]| known.counts[number as usize] > 0)
}

/// SQuAD's F1 over words, in its order of operations, so that the value is the same to the bit.
///
/// Two texts without words agree, as in SQuAD 2.0; the published code of Instruction Induction
/// scores them 0, an exact match notwithstanding.
fn f1(known: &KnownWords, answer: &WordCounts, is_published: bool) -> f64 {
    if known.total == 0 && answer.total == 0 && !is_published {
        return 1.0;
    }
    let common: u64 = answer
        .counts
        .iter()
        .map(|&[number, count]| u64::from(count.min(known.counts[number as usize])))
        .sum();
    if common == 0 {
        return 0.0;
    }
    let precision = common as f64 / known.total as f64;
    let recall = common as f64 / answer.total as f64;
    (2.0 * precision * recall) / (precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(metric: Metric, normalizer: Normalizer, prediction: &str, answers: &[&str]) -> f64 {
        let mut references = References::new(normalizer);
        references.push_row(&["another row"]).unwrap();
        references.push_row(answers).unwrap();
        references.score(metric, 1, prediction, &mut Scratch::default())
    }

    #[test]
    fn the_best_answer_counts() {
        let f1 = score(Metric::TokenF1, Normalizer::Ape, "a b c", &["x", "a b", "a"]);
        assert!((f1 - 0.8).abs() < 1e-15);
        assert!(score(Metric::ExactMatch, Normalizer::Ape, "Yes!", &["no", "yes"]) > 0.5);
        assert!(score(Metric::Contains, Normalizer::Ape, "It is big", &["large", "big"]) > 0.5);
    }

    #[test]
    fn f1_counts_repeats_and_a_set_does_not() {
        let f1 = score(Metric::TokenF1, Normalizer::Ape, "cat cat dog", &["cat dog dog"]);
        assert!((f1 - 2.0 / 3.0).abs() < 1e-15);
        let same = |prediction| score(Metric::ExactSet, Normalizer::Ape, prediction, &["dog, cat"]);
        assert!(same("cat dog cat") > 0.5 && same("cat") < 0.5 && same("cat dog cow") < 0.5);
    }

    #[test]
    fn nothing_agrees_with_nothing_except_as_published() {
        assert!(score(Metric::TokenF1, Normalizer::Squad, "the", &["a"]) > 0.5);
        assert!(score(Metric::TokenF1, Normalizer::ApeReference, "!", &["?"]) < 0.5);
        assert!(score(Metric::TokenF1, Normalizer::Squad, "cat", &["a"]) < 0.5);
    }
}
