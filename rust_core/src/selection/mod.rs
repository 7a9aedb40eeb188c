//! Which candidate to score on which examples next, and what the scores say in the end.

mod adaptive_filter;
mod binomial;
mod bootstrap;
mod bounds;
mod elimination;
mod pareto;
mod policy;
mod progress;
mod race;
mod random;
mod search;
mod successive_halving;
mod successive_rejects;
mod sum;
mod ucb;

pub use adaptive_filter::AdaptiveFilter;
pub use bootstrap::{Interval, paired_bootstrap};
pub use bounds::Bound;
pub use pareto::pareto_front;
pub use policy::Policy;
pub use race::Race;
pub use search::{Cell, Outcome, Problem, Search, simulate};
pub use successive_halving::SuccessiveHalving;
pub use successive_rejects::SuccessiveRejects;
pub use ucb::{Ucb, Variant};
