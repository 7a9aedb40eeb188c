//! Where a text names an option by what the option says.

use super::contains::Needle;
use super::fold::fold;
use crate::text::strip;

/// The options of one question, as they are and folded.
pub struct Options {
    stripped: Vec<String>,
    folded: Vec<String>,
    needles: Vec<Needle>,
    /// Whether any of them says anything.
    has_texts: bool,
}

/// The only element, if there is exactly one.
fn only(mut found: impl Iterator<Item = usize>) -> Option<usize> {
    found.next().filter(|_| found.next().is_none())
}

impl Options {
    pub fn new(texts: &[&str]) -> Self {
        let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        Self {
            stripped: texts.iter().map(|text| strip(text).to_owned()).collect(),
            has_texts: folded.iter().any(|text| !text.is_empty()),
            needles: folded.iter().map(|text| Needle::new(text)).collect(),
            folded,
        }
    }

    pub fn count(&self) -> usize {
        self.folded.len()
    }

    pub fn folded(&self, option: usize) -> &str {
        &self.folded[option]
    }

    /// The folded form of a text that is compared with the options; none if they say nothing.
    pub fn folding(&self, text: &str) -> String {
        if self.has_texts { fold(text) } else { String::new() }
    }

    /// The options that are not blank, with their numbers.
    fn named(&self) -> impl Iterator<Item = (usize, &str)> {
        let folded = if self.has_texts { &self.folded[..] } else { &[] };
        let texts = folded.iter().map(String::as_str).enumerate();
        texts.filter(|(_, text)| !text.is_empty())
    }

    /// The only option that says what `text` says: to the letter, or else folded.
    pub fn said_by(&self, text: &str) -> Option<usize> {
        if !self.has_texts {
            return None;
        }
        let text = strip(text);
        let same = self.named().map(|(index, _)| index).filter(|&i| self.stripped[i] == text);
        only(same).or_else(|| self.equal_to(&fold(text)))
    }

    /// The only option whose folded form is `text`.
    pub fn equal_to(&self, text: &str) -> Option<usize> {
        only(self.named().filter(|&(_, option)| option == text).map(|(index, _)| index))
    }

    /// The longest option that the folded `text` starts with, as whole words.
    pub fn opening(&self, text: &str) -> Option<usize> {
        let opening = self.named().filter(|&(index, _)| self.needles[index].opens(text));
        let (_, longest) = opening.max_by_key(|(_, option)| option.len())?;
        self.equal_to(longest)
    }

    /// The only option that the folded `text` contains as whole words. Where an option stands only
    /// inside a longer one that is found too, the longer one is meant.
    pub fn contained_in(&self, text: &str) -> Option<usize> {
        let mut found: Vec<(usize, usize, usize)> = self
            .named()
            .flat_map(|(index, option)| {
                let places = self.needles[index].whole_occurrences(text);
                places.map(move |at| (at, at + option.len(), index))
            })
            .collect();
        // By start, the longest first: whatever an occurrence is inside of comes before it, and
        // reaches at least as far.
        found.sort_unstable_by_key(|&(start, end, index)| (start, usize::MAX - end, index));
        let mut furthest = (0, 0);
        let mut meant = None;
        for (start, end, index) in found {
            if end > furthest.1 {
                furthest = (start, end);
            } else if furthest != (start, end) {
                continue;
            }
            if meant.is_some_and(|meant| meant != index) {
                return None;
            }
            meant = Some(index);
        }
        meant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_named_by_its_words() {
        let options = Options::new(&["Cat", "cat food", "dog", "Dog", ""]);
        assert_eq!(options.equal_to("cat"), Some(0));
        assert_eq!(options.equal_to("dog"), None);
        assert_eq!(options.said_by(" dog\n"), Some(2));
        assert_eq!(options.said_by("DOG"), None);
        assert_eq!(options.equal_to(""), None);
        assert_eq!(options.opening("cat food is it"), Some(1));
        assert_eq!(options.contained_in("some cat food"), Some(1));
        assert_eq!(options.contained_in("the cat and the cat food"), None);
        assert_eq!(options.contained_in("concatenate"), None);
    }
}
