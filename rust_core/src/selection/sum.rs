//! Sums that do not depend on the order of what is added.

/// A sum with what its additions have rounded away (Neumaier 1974, doi:10.1002/zamm.19740540106):
/// of scores, it is the exact sum rounded once, as that of Python's `math.fsum`. Candidates with
/// the same scores in another order are thus equal to the bit.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    pub fn add(&mut self, value: f64) {
        let total = self.total + value;
        self.lost += if self.total.abs() >= value.abs() {
            (self.total - total) + value
        } else {
            (value - total) + self.total
        };
        self.total = total;
    }

    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_matter() {
        let of = |values: &[f64]| {
            let mut sum = Sum::default();
            values.iter().for_each(|&value| sum.add(value));
            sum.value().to_bits()
        };
        assert_eq!(of(&[0.1, 0.2, 0.3, 0.7]), of(&[0.7, 0.3, 0.2, 0.1]));
        assert_eq!(of(&[0.1; 10]), 1.0_f64.to_bits());
    }
}
