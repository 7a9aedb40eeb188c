//! From a model's free text to a score: normalisation, the metrics, multiple choice.

mod ape;
mod choices;
mod contains;
mod extraction;
mod fold;
mod gpo;
mod mentions;
mod metrics;
mod normalizer;
mod option_texts;
mod phrases;
mod references;
mod rouge;
mod rouge_reference;
mod short_words;
mod special_forms;
mod squad;
mod vocabulary;

pub use choices::extract_choice;
pub use extraction::{Buffers, Kind, extract};
pub use metrics::{Metric, Scratch};
pub use normalizer::Normalizer;
pub use option_texts::Options;
pub use references::{References, RowError};
