//! How much one statement says at once.
//!
//! One statement has no more rows than usually fit into a record of TLS (16 KiB): with sqlx 0.9.0, what is longer
//! waits for a delayed acknowledgement. And the numbers of rows are few, since a statement is prepared once for each.
//! The whole story: `docs/decisions/short-statements.md`.

/// Orders that usually fit into one statement, at about 400 bytes each.
pub(crate) const ORDERS: usize = 32;

/// Lines of orders that do, at about 110 bytes each.
pub(crate) const LINES: usize = 128;

/// Events that do, at about 180 bytes each.
pub(crate) const EVENTS: usize = 64;

/// Ids that do, at 22 bytes each.
pub(crate) const IDS: usize = 512;

/// All of `rows`, in their order, in parts of `most`, and then of the powers of two that make up the rest.
pub(crate) fn parts<T>(mut rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let rest = 1 << rows.len().checked_ilog2()?;
        let (part, others) = rows.split_at(if rows.len() < most { rest } else { most });
        rows = others;
        Some(part)
    })
}

/// As many as the next power of two: the last stands for those that are missing. Where twice is once.
pub(crate) fn padded<T: Clone>(part: &[T]) -> Vec<T> {
    let missing = part.len().next_power_of_two() - part.len();
    part.iter().chain(part.last().into_iter().cycle().take(missing)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_in_order_and_of_few_sizes() {
        let rows: Vec<usize> = (0..109).collect();
        let sizes = |count: usize| parts(&rows[..count], 32).map(<[usize]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(109), [32, 32, 32, 8, 4, 1]);
        assert_eq!(sizes(64), [32, 32]);
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(parts(&rows, 32).flatten().copied().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn what_is_padded_has_the_same_members() {
        assert_eq!(padded(&[1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(&[1, 2]), [1, 2]);
        assert_eq!(padded::<u8>(&[]), Vec::<u8>::new());
    }
}
