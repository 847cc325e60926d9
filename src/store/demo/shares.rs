//! Whole numbers that add up: a total spread by weights, and figures moved until their sum is right.

/// Parts of `total` in proportion to `weights`; they add up to `total` exactly. All 0 when every weight is.
pub fn spread(total: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    let (mut seen, mut given) = (0_i128, 0_i128);
    weights
        .iter()
        .map(|weight| {
            seen += i128::from(*weight);
            let upto = if whole == 0 { 0 } else { i128::from(total) * seen / whole };
            let part = upto - given;
            given = upto;
            // A part is never more than the total.
            i64::try_from(part).unwrap_or(total)
        })
        .collect()
}

/// `amount * part / whole`, rounded down, without overflow in between.
pub fn fraction(amount: i64, part: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(amount) * i128::from(part) / i128::from(whole.max(1))).unwrap_or(i64::MAX)
}

/// Moves the values by at most `step` at a time, in turn and within `low..=high`, until they add up to `total`.
///
/// Stops short when the bounds leave no room; the tests of the crowd prove that they do.
pub fn settle(values: &mut [i64], total: i64, step: i64, low: i64, high: i64) {
    let mut gap = total - values.iter().sum::<i64>();
    while gap != 0 {
        let before = gap;
        for value in values.iter_mut() {
            let wanted = gap.clamp(-step, step);
            let moved = (*value + wanted).clamp(low, high) - *value;
            *value += moved;
            gap -= moved;
        }
        if gap == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_total() {
        for (total, weights) in [(8_473_200, vec![7, 0, 3, 11]), (1, vec![1, 1, 1]), (i64::MAX, vec![i64::MAX, 1]), (0, vec![5])] {
            let parts = spread(total, &weights);
            assert_eq!(parts.iter().sum::<i64>(), total);
            assert!(parts.iter().zip(&weights).all(|(part, weight)| *part >= 0 && (*weight > 0 || *part == 0)));
        }
        assert_eq!(spread(5, &[0, 0]), [0, 0]);
        assert_eq!(spread(5, &[]), Vec::<i64>::new());
    }

    #[test]
    fn values_settle_within_their_bounds() {
        let mut values = [10, 20, 30];
        settle(&mut values, 90, 7, 0, 32);
        assert_eq!(values.iter().sum::<i64>(), 90);
        settle(&mut values, 1_000, 7, 0, 32);
        assert_eq!(values, [32, 32, 32]);
    }
}
