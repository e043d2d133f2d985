//! Events of a session, for whoever shows progress: stages, steps, forecasts, silent workers.

use super::plan::Limits;
use super::stats::Estimate;
use std::time::Duration;

/// Receives the events of a session.
pub trait Events {
    /// A stage begins, of so many steps.
    fn stage(&mut self, stage: Stage, steps: usize);
    /// One step of it begins: what it is about, and how long the stage will take from here, where that is known.
    fn step(&mut self, what: &str, left: Option<Duration>);
    /// How long verification will take, roughly.
    fn estimate(&mut self, estimate: Forecast);
    /// What the rounds will take, as the warm-up tells.
    fn price(&mut self, price: Price);
    /// Who is ahead, after each round from the third on.
    fn ahead(&mut self, ahead: &Ahead);
    /// The worker of the case `whose` has not answered for `time`.
    fn silent(&mut self, whose: &str, time: Duration);
    /// What was to clean up after the command `whose` failed.
    fn unclean(&mut self, whose: &str, why: &str);
}

/// A stage of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What sets commands up is run.
    Setup,
    /// The oracle looks.
    Oracle,
    /// What cases see is compared with what it saw.
    Verify,
    /// Cases are run once to learn how long they take.
    WarmUp,
    /// Rounds, a step for each sample.
    Rounds,
    /// System calls are counted, when all is timed.
    Count,
    /// What cleans up after commands is run.
    Cleanup,
}

/// The row that is ahead in the table that answers most, or what a ladder brings, so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// The row's strategy.
    pub name: String,
    /// What it is compared with: the baseline's strategy, or the ladder's first.
    pub beside: String,
    /// How many times as fast it is, paired by round.
    pub speed: Estimate,
    /// Rounds until now.
    pub rounds: usize,
}

/// What is to be verified, and how long that will take, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Cases to verify and measure.
    pub cases: usize,
    /// Entries of all targets.
    pub entries: u64,
    /// Verification.
    pub verify: Duration,
}

/// What the rounds will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// One round.
    pub round: Duration,
    /// How many at least.
    pub least_rounds: usize,
    /// When they end.
    pub limits: Limits,
    /// Whether system calls are counted after them.
    pub counts: bool,
}

impl Price {
    /// All rounds together, roughly and at most.
    pub fn total(&self) -> Duration {
        let least = self.round.saturating_mul(u32::try_from(self.least_rounds).unwrap_or(u32::MAX));
        match self.limits {
            Limits::Time(limit) => least.max(limit),
            Limits::Rounds(_) => least,
        }
    }
}
