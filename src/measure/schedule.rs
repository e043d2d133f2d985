//! The order in which cases are sampled, and when the rounds end.
//!
//! Every round samples every case once, in an order shuffled anew, so that whatever drifts (clock speed, neighbours,
//! caches) hits all of them alike and no case always follows the same other.

use super::plan::{LEAST_ROUNDS, Limits};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Shuffles rounds; the same seed gives the same orders.
pub(crate) struct Shuffle {
    rng: ChaCha8Rng,
}

impl Shuffle {
    /// From a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The order of the next round over `cases` cases.
    pub(crate) fn round(&mut self, cases: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..cases).collect();
        order.shuffle(&mut self.rng);
        order
    }
}

/// Why the rounds ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every interval is within [`TIGHT`].
    Tight,
    /// The time is up.
    TimeLimit,
    /// As many as were asked for.
    Asked,
    /// A signal came.
    Interrupted,
}

/// Rounds go on for this long before tight intervals may end them: over less, what disturbs the machine hits all rounds
/// alike and intervals come out too narrow (rounds that ended within 0.8 s held a ratio of 1 in 7 of 12 A/A runs).
const LEAST_TIME: Duration = Duration::from_secs(3);

/// Ratios whose intervals reach no further than this from their median are known well enough.
pub(crate) const TIGHT: f64 = 0.01;

/// Whether to end after `rounds` rounds that took `elapsed`. `tight` is asked only where its answer matters: it
/// resamples.
pub(crate) fn ended(limits: Limits, rounds: usize, elapsed: Duration, tight: impl FnOnce() -> bool) -> Option<Ended> {
    match limits {
        Limits::Rounds(asked) => (rounds >= asked).then_some(Ended::Asked),
        Limits::Time(_) if rounds < LEAST_ROUNDS => None,
        // A round may not start that would end late: the last one tells how long it takes.
        Limits::Time(limit) if elapsed + elapsed / rounds.max(1) as u32 > limit => Some(Ended::TimeLimit),
        Limits::Time(_) if elapsed < LEAST_TIME => None,
        Limits::Time(_) => (worth_checking(rounds) && tight()).then_some(Ended::Tight),
    }
}

/// Resampling costs time of its own: after 10, 12, 15, 18 rounds and so on, each a fifth more.
fn worth_checking(rounds: usize) -> bool {
    let mut next = 10;
    while next < rounds {
        next += next / 5;
    }
    next == rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limits = Limits::Time(Duration::from_secs(10));

    #[test]
    fn five_rounds_are_run_whatever_the_limit() {
        assert_eq!(ended(LIMIT, 4, Duration::from_secs(60), || true), None);
        assert_eq!(ended(LIMIT, 5, Duration::from_secs(60), || true), Some(Ended::TimeLimit));
    }

    #[test]
    fn tight_intervals_end_the_rounds_early() {
        assert_eq!(ended(LIMIT, 10, Duration::from_secs(4), || true), Some(Ended::Tight));
        assert_eq!(ended(LIMIT, 10, Duration::from_secs(4), || false), None);
        assert_eq!(ended(LIMIT, 10, Duration::from_secs(1), || true), None);
    }

    #[test]
    fn asked_for_rounds_are_run_exactly() {
        assert_eq!(ended(Limits::Rounds(3), 2, Duration::from_secs(60), || true), None);
        assert_eq!(ended(Limits::Rounds(3), 3, Duration::ZERO, || false), Some(Ended::Asked));
    }

    #[test]
    fn a_round_holds_every_case_once_and_repeats_with_its_seed() {
        let mut order = Shuffle::new(1).round(9);
        assert_eq!(order, Shuffle::new(1).round(9));
        order.sort_unstable();
        assert_eq!(order, (0..9).collect::<Vec<_>>());
    }
}
