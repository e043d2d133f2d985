//! How much of its work a rank gives to one that asks.

/// Items that one message carries at most: a rank never holds more of another's than this beside its own.
pub(super) const MOST_ITEMS: usize = 4096;

/// How many of its `waiting` items a rank gives away, the oldest: half of those that its own `idle` threads do not take next. The
/// oldest items are directories nearest to the root, which have most below them.
#[must_use]
pub fn spare(waiting: usize, idle: usize) -> usize {
    waiting.saturating_sub(idle).div_ceil(2).min(MOST_ITEMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_gives_half_of_what_its_own_threads_leave() {
        assert_eq!(
            [(0, 0), (1, 0), (1, 1), (7, 1), (8, 0)].map(|(waiting, idle)| spare(waiting, idle)),
            [0, 1, 0, 3, 4]
        );
        assert_eq!(spare(usize::MAX, 0), MOST_ITEMS);
    }
}
