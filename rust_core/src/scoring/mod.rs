//! From a model's free text to a score: normalisation, the metrics, multiple choice.

mod ape;
mod choices;
mod contains;
mod fold;
mod mentions;
mod metrics;
mod normalizer;
mod option_texts;
mod phrases;
mod references;
mod squad;

pub use choices::extract_choice;
pub use metrics::{Metric, Scratch};
pub use normalizer::Normalizer;
pub use option_texts::Options;
pub use references::{EmptyRow, References};
