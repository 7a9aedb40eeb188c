//! How far a mean over some of the examples can be from the mean over all, when they are drawn
//! without replacement (Bardenet and Maillard 2015, doi:10.3150/14-BEJ605).

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
        // Their rho, the part of the spread that sampling without replacement leaves.
        let rest = (1.0 - (n - 1.0) / all).min((1.0 - n / all) * (1.0 + 1.0 / n));
        match self {
            // Corollary 2.5.
            Self::Hoeffding => range * (rest * (1.0 / error).ln() / (2.0 * n)).sqrt(),
            // Theorem 4.3, which holds with probability 1 - 5 delta.
            Self::EmpiricalBernstein => {
                let logarithm = (5.0 / error).ln();
                let kappa = 7.0 / 3.0 + 3.0 / std::f64::consts::SQRT_2;
                (2.0 * variance * rest * logarithm / n).sqrt() + kappa * range * logarithm / n
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
