//! Candidates that no other one beats.

use crate::cancellation::Pace;

/// Which of the rows of a table, `columns` wide, no other row is at least as good as in every
/// column and better than in one. Higher is better; equal rows are both on the front;
/// meaningless if the work is cancelled.
pub fn pareto_front(table: &[f64], columns: usize) -> Vec<bool> {
    let rows = table.len() / columns.max(1);
    let row = |index: usize| &table[index * columns..(index + 1) * columns];
    // Whoever beats a row comes before it in descending order of the columns, the first one first;
    // and of those that beat it one is on the front itself.
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|&a, &b| row(b).partial_cmp(row(a)).unwrap_or(std::cmp::Ordering::Equal));
    let mut front: Vec<usize> = Vec::new();
    let mut is_on_front = vec![false; rows];
    let mut pace = Pace::default();
    for candidate in order {
        if pace.is_cancelled_after((1 + front.len()) * columns) {
            break;
        }
        let is_beaten = front.iter().any(|&other| {
            row(other).iter().zip(row(candidate)).all(|(x, y)| x >= y)
                && row(other) != row(candidate)
        });
        if !is_beaten {
            is_on_front[candidate] = true;
            front.push(candidate);
        }
    }
    is_on_front
}

#[cfg(test)]
mod tests {
    use super::pareto_front;

    #[test]
    fn a_row_stays_unless_another_beats_it() {
        let table = [1.0, 0.0, 0.5, 0.5, 0.4, 0.5, 0.0, 1.0, 0.5, 0.5];
        assert_eq!(pareto_front(&table, 2), [true, true, false, true, true]);
        assert_eq!(pareto_front(&[], 2), [false; 0]);
    }
}
