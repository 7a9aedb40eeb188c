//! How far a mean over some of the examples can be from the mean over all, when they are drawn
//! without replacement.
//!
//! Hoeffding's bound is the one for such draws (Bardenet and Maillard 2015,
//! doi:10.3150/14-BEJ605). The empirical Bernstein bound is the one of the races of the literature
//! (Audibert, Munos and Szepesvári 2009, doi:10.1016/j.tcs.2009.01.016, theorem 1). It is for
//! independent draws; but all that its proof needs are Bernstein's bounds for the means of the
//! values and of their squared distances from the true mean, and such bounds hold without
//! replacement too (Hoeffding 1963, doi:10.1080/01621459.1963.10500830, theorem 4). The empirical
//! Bernstein bound of Bardenet and Maillard has a second term one and a half times as large, and
//! its gain in the first one comes too late in a race to make up for it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Hoeffding,
    EmpiricalBernstein,
}

impl Bound {
    pub const ALL: [Self; 2] = [Self::Hoeffding, Self::EmpiricalBernstein];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Hoeffding => "hoeffding",
            Self::EmpiricalBernstein => "empirical_bernstein",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bound| bound.name() == name)
    }

    /// By how much the mean of `drawn` of `total` values, which lie within `range` of each other
    /// and have this variance, is too high at most, except with probability `error`.
    pub fn margin(self, drawn: usize, total: usize, range: f64, variance: f64, error: f64) -> f64 {
        if drawn >= total {
            return 0.0;
        }
        let (n, all) = (drawn as f64, total as f64);
        match self {
            // Corollary 2.5; their rho is the part of the spread that is left.
            Self::Hoeffding => {
                let rho = (1.0 - (n - 1.0) / all).min((1.0 - n / all) * (1.0 + 1.0 / n));
                range * (rho * (1.0 / error).ln() / (2.0 * n)).sqrt()
            }
            // Three bounds of probability error / 3: the mean's from both sides, the variance's.
            Self::EmpiricalBernstein => {
                let logarithm = (3.0 / error).ln();
                (2.0 * variance * logarithm / n).sqrt() + 3.0 * range * logarithm / n
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    #[test]
    fn a_mean_is_rarely_further_off_than_its_bound() {
        let values: Vec<f64> =
            (0..200).map(|i| if i % 3 == 0 { 1.0 } else { f64::from(i % 5 - 2) / 4.0 }).collect();
        let mean = values.iter().sum::<f64>() / 200.0;
        for bound in Bound::ALL {
            for drawn in [10, 50, 100, 180] {
                let mut misses = 0;
                for seed in 0..2000 {
                    let order = Random::new(seed).permutation(200);
                    let some = order[..drawn].iter().map(|&at| values[at as usize]);
                    let sample = some.clone().sum::<f64>() / drawn as f64;
                    let variance =
                        some.map(|value| (value - sample).powi(2)).sum::<f64>() / drawn as f64;
                    let margin = bound.margin(drawn, 200, 1.5, variance, 0.1);
                    misses += usize::from(sample - mean > margin);
                }
                assert!(misses <= 200, "{bound:?} {drawn}: {misses}");
            }
        }
        assert!(Bound::Hoeffding.margin(200, 200, 1.0, 1.0, 0.1) < 1e-12);
    }
}
