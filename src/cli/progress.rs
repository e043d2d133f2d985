//! Progress on standard error, where that is a terminal; silence where it is not.

use fsbench::measure::session::{Estimate, Events, Stage};
use fsbench::report::{count, duration};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;

/// A progress bar that comes and goes with the stages of a session.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new() -> Self {
        // indicatif draws nothing where standard error is no terminal.
        Self { bar: ProgressBar::hidden() }
    }

    /// A bar for `length` things called `what`; of unknown length if 0.
    pub(super) fn start(&mut self, what: &'static str, length: u64) {
        self.bar.finish_and_clear();
        if !stderr().is_terminal() {
            return;
        }
        let known = "{msg:12} [{bar:32}] {human_pos}/{human_len} {prefix}";
        let template = if length > 0 { known } else { "{msg:12} {spinner} {elapsed} {prefix}" };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar = ProgressBar::new(length).with_style(style.progress_chars("=> ")).with_message(what);
        // Drawn on steps only: a thread that draws by the clock would disturb what is measured.
    }

    /// The bar, for threads to move.
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Events for Progress {
    fn stage(&mut self, stage: Stage, steps: usize) {
        let what = match stage {
            Stage::Oracle => "looking",
            Stage::Verify => "verifying",
            Stage::WarmUp => "warming up",
            Stage::Rounds => "measuring",
            Stage::Count => "counting",
        };
        self.start(what, steps as u64);
    }

    fn step(&mut self, what: &str) {
        self.bar.set_prefix(what.to_owned());
        self.bar.inc(1);
        self.bar.tick();
    }

    fn estimate(&mut self, estimate: Estimate) {
        if !stderr().is_terminal() {
            return;
        }
        self.bar.finish_and_clear();
        let time = |time: Duration| duration(time.as_nanos() as f64);
        let rounds =
            estimate.rounds.map_or(String::new(), |rounds| format!(", then rounds for up to {}", time(rounds)));
        super::say(&format!(
            "{} cases on {} entries: about {} to verify them{rounds}",
            estimate.cases,
            count(estimate.entries),
            time(estimate.verify),
        ));
    }
}
