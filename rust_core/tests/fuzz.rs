//! One target a function: whatever the input, no panic, and what must hold of every result. As many
//! rounds as `PROMPTOPT_FUZZ_CASES` says.

use _core::edit_distance::{Matrix, Pair};
use _core::scoring::{
    Buffers, Kind, Metric, Normalizer, Options, References, Scratch, extract, extract_choice,
};
use _core::selection::{
    AdaptiveFilter, Bound, Policy, Race, Search, SuccessiveHalving, SuccessiveRejects, Ucb,
    Variant, paired_bootstrap, pareto_front,
};

/// SplitMix64.
struct Source(u64);

impl Source {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// Characters of every kind, and what the rules are about.
    fn text(&mut self) -> String {
        const PIECES: [&str; 40] = [
            " ",
            "\n",
            "\t",
            "\u{3000}",
            "\x1c",
            "\0",
            ".",
            ",",
            "-",
            "\u{2212}",
            "$",
            "(",
            ")",
            "]",
            ">",
            "(a)",
            "A",
            "b",
            "answer",
            "Answer: ",
            " is ",
            " is the answer",
            "#### ",
            "5",
            "1,234",
            ".5",
            "twenty",
            "-one",
            "yes",
            "not ",
            "valid",
            " and ",
            "Mr. ",
            "U.S.",
            "Sentence 1:",
            "İ",
            "Σ",
            "ſ",
            "é",
            "½",
        ];
        let length = self.below(13);
        let mut text = String::new();
        for _ in 0..length {
            if self.below(4) == 0 {
                text.extend(char::from_u32(self.below(0x11_0000) as u32));
            } else {
                text.push_str(PIECES[self.below(PIECES.len())]);
            }
        }
        if self.below(200) == 0 { text.repeat(300) } else { text }
    }

    fn texts(&mut self, most: usize) -> Vec<String> {
        (0..self.below(most + 1)).map(|_| self.text()).collect()
    }
}

/// Calls `round` with sources of different seeds.
fn fuzz(mut round: impl FnMut(&mut Source)) {
    let cases = std::env::var("PROMPTOPT_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    for seed in 0..cases.unwrap_or(3000_u64) {
        round(&mut Source(seed));
    }
}

fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[test]
fn normalizers() {
    fuzz(|source| {
        let text = source.text();
        for normalizer in Normalizer::ALL {
            let mut out = String::from("before");
            normalizer.push(&text, &mut out);
            let mut alone = String::new();
            normalizer.push(&text, &mut alone);
            assert_eq!(out.strip_prefix("before"), Some(alone.as_str()));
        }
    });
}

#[test]
fn metrics() {
    let mut scratch = Scratch::default();
    fuzz(|source| {
        let mut answers = source.texts(3);
        answers.push(source.text());
        let prediction = if source.below(2) == 0 { answers[0].clone() } else { source.text() };
        for normalizer in Normalizer::ALL {
            let mut references = References::new(normalizer);
            references.push_row(&slices(&answers)).unwrap();
            for metric in Metric::ALL {
                let score = references.score(metric, 0, &prediction, &mut scratch);
                assert!((0.0..=1.0).contains(&score), "{metric:?} {prediction:?} {answers:?}");
                let again = references.score(metric, 0, &prediction, &mut Scratch::default());
                assert_eq!(score.to_bits(), again.to_bits());
            }
        }
    });
}

#[test]
fn answers() {
    let mut buffers = Buffers::default();
    fuzz(|source| {
        let text = source.text();
        let decimals = [None, Some(0), Some(3), Some(100)][source.below(4)];
        for kind in Kind::ALL {
            assert!(extract(&text, kind, decimals, true, &mut buffers).is_some());
            let answer = extract(&text, kind, decimals, false, &mut buffers);
            if let (Kind::Number, Some(number)) = (kind, &answer) {
                // A fraction that no decimal ends is in lowest terms.
                let is_number = |part: &str| part.parse::<f64>().is_ok();
                assert!(number.split('/').all(is_number) && number.split('/').count() <= 2);
                // Its own form is a number that is read as itself.
                assert_eq!(extract(number, kind, decimals, false, &mut Buffers::default()), answer);
            }
        }
        let options = source.texts(5);
        let choice = extract_choice(&text, &Options::new(&slices(&options)), &mut buffers);
        assert!(choice.is_none_or(|choice| choice < options.len()));
    });
}

#[test]
fn edit_distance() {
    let mut pair = Pair::default();
    fuzz(|source| {
        let (queries, candidates) = (source.texts(10), source.texts(3));
        let (queries, candidates) = (slices(&queries), slices(&candidates));
        let cutoff = [0, 3, 20, usize::MAX][source.below(4)];
        let matrix = Matrix::new(&queries, &candidates, cutoff);
        let distances = matrix.compute(Some(1));
        for (row, query) in queries.iter().enumerate() {
            for (column, candidate) in candidates.iter().enumerate() {
                let distance = distances[row * candidates.len() + column] as usize;
                assert_eq!(distance, pair.levenshtein(query, candidate, cutoff));
                let edits = pair.alignment(query, candidate);
                assert_eq!(distance, edits.len().min(cutoff.saturating_add(1)));
            }
        }
    });
}

#[test]
fn selection() {
    fuzz(|source| {
        let (candidates, examples) = (source.below(12), 1 + source.below(20));
        let budget = 1 + source.below(300);
        let count = 1 + source.below(6);
        let policy: Box<dyn Policy> = match source.below(5) {
            0 => {
                let variant = Variant::ALL[source.below(2)];
                Box::new(Ucb::new(variant, source.below(9) as f64, count, count, budget))
            }
            1 => Box::new(SuccessiveHalving::new(budget, 1 + count)),
            2 => Box::new(SuccessiveRejects::new(budget)),
            3 => Box::new(AdaptiveFilter::new(
                count,
                0.1 * count as f64,
                count,
                source.below(2) == 0,
            )),
            _ => Box::new(Race::new(Bound::ALL[source.below(2)], 0.3, count, budget)),
        };
        let Ok(mut search) = Search::new(policy, candidates, examples, Some(source.0)) else {
            return;
        };
        let mut asked = std::collections::HashSet::new();
        loop {
            let cells = search.ask().to_vec();
            if cells.is_empty() {
                break;
            }
            assert!(cells.iter().all(|cell| asked.insert(*cell)), "a cell was asked for twice");
            let score = |_| Some(source.below(4) as f64 / 2.0).filter(|&score| score <= 1.0);
            let scores: Vec<_> = cells.iter().map(score).collect();
            search.tell(&scores).unwrap();
            if source.below(20) == 0 {
                // Refused by some: then nothing has changed.
                let _ = search.add_candidates(1);
            }
        }
        assert!(search.is_done());
        let mut ranking = search.ranking();
        assert!(search.survivors().iter().all(|survivor| ranking.contains(survivor)));
        ranking.sort_unstable();
        assert_eq!(ranking, (0..search.progress().candidates()).collect::<Vec<_>>());
    });
}

#[test]
fn statistics() {
    fuzz(|source| {
        let columns = 1 + source.below(3);
        let rows = source.below(9);
        let table: Vec<f64> = (0..rows * columns).map(|_| source.below(4) as f64).collect();
        let front = pareto_front(&table, columns);
        assert!(rows == 0 || front.contains(&true));
        let differences: Vec<f64> =
            (0..1 + source.below(200)).map(|_| source.below(5) as f64 - 2.0).collect();
        let interval = paired_bootstrap(&differences, 70, 0.9, source.0, 1);
        assert!(interval.low <= interval.high && (0.0..=1.0).contains(&interval.not_better));
    });
}
