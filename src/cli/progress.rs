//! Progress on standard error: a bar where that is a terminal; elsewhere a line now and then, if it takes long.

use fsbench::escape::Plain;
use fsbench::measure::Limits;
use fsbench::measure::events::{Ahead, Events, Forecast, Price, Stage};
use fsbench::report::{counted, duration, significant};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// A progress bar that comes and goes with the stages of a session.
pub(super) struct Progress {
    bar: ProgressBar,
    stage: &'static str,
    /// What comes after the stage.
    then: &'static str,
    /// Whether calls are counted at the end.
    counts: bool,
    /// Whether standard error is a terminal that nobody else writes to.
    draws: bool,
    /// When a line was written last, or the command began.
    line: Instant,
    /// When it was said last who is ahead.
    ahead: Option<Instant>,
}

/// Time between lines if standard error is no terminal; what ends sooner prints none.
const LINES: Duration = Duration::from_secs(10);

impl Progress {
    pub(super) fn new() -> Self {
        // indicatif draws nothing where standard error is no terminal.
        let bar = ProgressBar::hidden();
        let draws = stderr().is_terminal();
        Self { bar, stage: "", then: "", counts: false, draws, line: Instant::now(), ahead: None }
    }

    /// One that draws no bar: others write to standard error, too.
    pub(super) fn in_lines() -> Self {
        Self { draws: false, ..Self::new() }
    }

    /// A bar for `length` things called `what`; of unknown length if 0.
    pub(super) fn start(&mut self, what: &'static str, length: u64) {
        self.bar.finish_and_clear();
        self.stage = what;
        if !self.draws {
            return;
        }
        // The message is the line below: who is ahead.
        let known = "[{bar:32}] {human_pos}/{human_len} {prefix}{msg}";
        let template = if length > 0 { known } else { "{spinner} {elapsed} {prefix}{msg}" };
        let style = ProgressStyle::with_template(&format!("{what:12} {template}"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar = ProgressBar::new(length).with_style(style.progress_chars("=> "));
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
        let (what, then) = match stage {
            Stage::Setup => ("setting up", ", then looking, verifying and measuring"),
            Stage::Oracle => ("looking", ", then verifying and measuring"),
            Stage::Verify => ("verifying", ", then measuring"),
            Stage::WarmUp => ("warming up", ", then measuring"),
            Stage::Rounds if self.counts => ("measuring", ", then counting calls"),
            Stage::Rounds => ("measuring", ""),
            Stage::Count => ("counting", ""),
            Stage::Cleanup => ("cleaning up", ""),
        };
        self.then = then;
        self.start(what, steps as u64);
    }

    fn step(&mut self, what: &str, left: Option<Duration>) {
        let told = told(what, left, self.then);
        if self.draws {
            self.bar.set_prefix(told);
            self.bar.inc(1);
            self.bar.tick();
        } else if self.line.elapsed() >= LINES {
            super::say(&format!("{}: {told}", self.stage));
            self.line = Instant::now();
        }
    }

    fn estimate(&mut self, estimate: Forecast) {
        if !self.draws && estimate.verify < LINES {
            return;
        }
        self.bar.finish_and_clear();
        super::say(&format!(
            "{} on {}: about {} to verify",
            counted(estimate.cases as u64, "case", "cases"),
            counted(estimate.entries, "entry", "entries"),
            duration(estimate.verify.as_nanos() as f64),
        ));
    }

    fn price(&mut self, price: Price) {
        self.counts = price.counts;
        if !self.draws && price.total() < LINES {
            return;
        }
        self.bar.finish_and_clear();
        super::say(&priced(&price));
    }

    fn ahead(&mut self, ahead: &Ahead) {
        let speed = ahead.speed;
        let told = format!(
            "so far, {}: {} is {}x [{}, {}] as fast as {}",
            counted(ahead.rounds as u64, "round", "rounds"),
            Plain(&ahead.name),
            significant(speed.median),
            significant(speed.low),
            significant(speed.high),
            Plain(&ahead.beside)
        );
        if self.draws {
            self.bar.set_message(format!("\n{told}"));
        } else if self.ahead.is_none_or(|last| last.elapsed() >= LINES) {
            super::say(&told);
            self.ahead = Some(Instant::now());
        }
    }

    fn silent(&mut self, whose: &str, time: Duration) {
        let told = format!("{whose} has not answered for {} (Ctrl-C ends it; see --worker-timeout)", seconds(time));
        self.bar.suspend(|| super::say(&format!("{}: {told}", self.stage)));
        self.line = Instant::now();
    }

    fn unclean(&mut self, whose: &str, why: &str) {
        self.bar.suspend(|| super::say(&format!("'{}' was not cleaned up after: {}", Plain(whose), Plain(why))));
    }
}

/// How long the rounds will take; if that exceeds the limit, also how it would be quicker.
fn priced(price: &Price) -> String {
    let round = duration(price.round.as_nanos() as f64);
    let then = if price.counts { ", then calls are counted" } else { "" };
    match price.limits {
        Limits::Rounds(rounds) => {
            format!("a round takes about {round}: {rounds} of them {}{then}", seconds(price.total()))
        }
        Limits::Time(limit) if price.total() > limit => format!(
            "a round takes about {round}: the {} rounds that are the least take {}, more than the {} of --time-limit{then}; \
             quicker: --rounds 2 ({}), or fewer rows (-s)",
            price.least_rounds,
            seconds(price.total()),
            seconds(limit),
            seconds(price.round * 2),
        ),
        Limits::Time(limit) => format!("a round takes about {round}: rounds for up to {}{then}", seconds(limit)),
    }
}

/// What is under way: a strategy's name, or a command as the user typed it.
fn told(what: &str, left: Option<Duration>, then: &str) -> String {
    let left = left.map_or(String::new(), |left| format!(", about {} left", seconds(left)));
    format!("{}{left}{then}", Plain(what))
}

/// `45 s`, `3 min 20 s`
fn seconds(time: Duration) -> String {
    let all = time.as_secs_f64().round() as u64;
    match (all / 60, all % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_is_told_as_text() {
        let told = told("\u{1b}]0;mine\u{7}\u{9b}31m\n", Some(Duration::from_secs(61)), ", then measuring");
        assert_eq!(told, "\\u{1b}]0;mine\\u{7}\\u{9b}31m\\n, about 1 min 1 s left, then measuring");
    }

    #[test]
    fn rounds_that_take_longer_than_the_limit_are_told_with_what_would_be_quicker() {
        let round = Duration::from_millis(19_600);
        let price = Price { round, least_rounds: 5, limits: Limits::Time(Duration::from_secs(5)), counts: true };
        let told = priced(&price);
        assert!(told.contains("5 rounds that are the least take 1 min 38 s, more than the 5 s"), "{told}");
        assert!(told.contains("--rounds 2 (39 s)"), "{told}");
    }
}
