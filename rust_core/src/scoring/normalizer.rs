//! The normalisers by their names.

use super::ape::{ape_into, reference_into, whole_into};
use super::fold::fold_into;
use super::gpo;
use super::squad::squad_into;
use crate::text::{push_in_pieces, strip};

/// What is done to predictions and references before they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// Instruction Induction's reading without its wrong answers.
    Ape,
    /// The same of the whole text, not only of its first sentence.
    ApeWhole,
    /// Instruction Induction's reading as published.
    ApeReference,
    /// SQuAD's official normalisation.
    Squad,
    /// GPO's reading without its wrong answers: the whole text, folded.
    Gpo,
    /// GPO's reading as published.
    GpoReference,
    /// White space at both ends is all that goes.
    None,
}

impl Normalizer {
    pub const ALL: [Self; 7] = [
        Self::Ape,
        Self::ApeWhole,
        Self::ApeReference,
        Self::Squad,
        Self::Gpo,
        Self::GpoReference,
        Self::None,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ape => "ape",
            Self::ApeWhole => "ape_whole",
            Self::ApeReference => "ape_reference",
            Self::Squad => "squad",
            Self::Gpo => "gpo",
            Self::GpoReference => "gpo_reference",
            Self::None => "none",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|normalizer| normalizer.name() == name)
    }

    /// Appends the normalised form of `text` to `out`.
    pub fn push(self, text: &str, out: &mut String) {
        match self {
            Self::Ape => ape_into(text, out),
            Self::ApeWhole => whole_into(text, out),
            Self::ApeReference => reference_into(text, out),
            Self::Squad => squad_into(text, out),
            Self::Gpo => fold_into(text, out),
            Self::GpoReference => gpo::reference_into(text, out),
            Self::None => push_in_pieces(strip(text), out),
        }
    }
}
