//! `compare`'s options that save a record, or compare this run with an earlier record or with another build.

use super::{Failed, Status, leftover, say};
use clap::Args;
use fsbench::error::Escaped;
use fsbench::measure::change::Surely;
use fsbench::measure::file::{self, Saving};
use fsbench::measure::judge::judge;
use fsbench::measure::process::Program;
use fsbench::measure::record::{CaseRecord, Outcome, RowRecord};
use fsbench::measure::{Plan, Record, against, reference};
use fsbench::report::signed;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Args)]
#[command(next_help_heading = "Records, and other builds")]
pub(super) struct Against {
    /// Save the record, with every sample, as a new file; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Compare each row with the same row of a saved record of this tree, by its ratio to what does not change between
    /// the two: find, walkdir or std
    #[arg(long, value_name = "FILE", conflicts_with = "against_binary")]
    against: Option<PathBuf>,
    /// Compare each row with the same row in another build of fsbench, whose workers run in the same rounds
    #[arg(long, value_name = "PROGRAM")]
    against_binary: Option<PathBuf>,
    /// Exit with status 3 if a row is slower than its counterpart by more than this, such as 3%, beyond doubt
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_if_slower: Option<f64>,
    /// With --fail-if-slower, exit with status 3 also if the measurement is too uncertain to decide
    #[arg(long, requires = "fail_if_slower")]
    fail_if_unsure: bool,
}

/// What was opened before measuring.
pub(super) struct Opened<'a> {
    arguments: &'a Against,
    saving: Option<Saving>,
    past: Option<(String, Record)>,
    /// Another build, and its name.
    other: Option<(String, Program)>,
}

impl Against {
    /// Whether rows are compared with those of a record or a build.
    pub(super) fn asks(&self) -> bool {
        self.against.is_some() || self.against_binary.is_some()
    }

    /// Creates the file to save to and reads the record to compare with: an error in either is told before a tree is
    /// made.
    pub(super) fn open(&self) -> Result<Opened<'_>, Failed> {
        if self.fail_if_slower.is_some() && !self.asks() {
            let why = "--fail-if-slower: slower than what? Give --against FILE or --against-binary PROGRAM";
            return Err(Failed::Serious(why.to_owned()));
        }
        let other = match &self.against_binary {
            None => None,
            // A name without a slash is a file here, not one on the PATH.
            Some(program) => Some((Escaped(program).to_string(), Program::fsbench(program)?)),
        };
        if let Some(path) = &self.save {
            leftover::tell_beside(path);
        }
        let saving = self.save.as_deref().map(Saving::new).transpose()?;
        let past = match &self.against {
            None => None,
            Some(path) => Some((Escaped(path).to_string(), file::read(path)?)),
        };
        Ok(Opened { arguments: self, saving, past, other })
    }
}

impl Opened<'_> {
    /// Adds to the plan what a comparison needs: references, or the other build's cases.
    pub(super) fn prepare(&self, plan: &mut Plan) -> Result<(), Failed> {
        if self.saving.is_some() || self.past.is_some() {
            reference::add(plan);
        }
        if let Some((_, past)) = &self.past {
            against::prepare(plan, past)?;
        }
        if let Some((name, program)) = self.other.clone() {
            plan.against_build(program, &name);
            if plan.views.is_empty() {
                let why = "--against-binary compares fsbench's own strategies: select some with -s";
                return Err(Failed::Serious(why.to_owned()));
            }
        }
        Ok(())
    }

    /// Adds to `record` the views that compare it with the earlier one.
    pub(super) fn compare(&self, record: &mut Record) {
        say_unfit_references(record);
        if let Some((name, past)) = &self.past {
            against::compare(record, past, name);
        }
    }

    /// Saves the record, if --save was given.
    pub(super) fn save(&mut self, record: &Record) -> Result<(), Failed> {
        match self.saving.take() {
            Some(saving) => Ok(saving.finish(record)?),
            None => Ok(()),
        }
    }

    /// Tells which rows became too slow, if --fail-if-slower was given.
    pub(super) fn gate(&self, record: &Record) -> Status {
        let unsure = if self.arguments.fail_if_unsure { Status::Slower } else { Status::Fine };
        self.arguments.fail_if_slower.map_or(Status::Fine, |limit| gate(record, limit, unsure))
    }
}

/// Tells why a reference has no time. A reference need not be a row of a table, which would show it.
fn say_unfit_references(record: &Record) {
    let references: BTreeSet<usize> = record.views.iter().flat_map(|view| view.references.iter().copied()).collect();
    for case in references.into_iter().filter_map(|case| record.cases.get(case)) {
        if let Outcome::Unsupported(why) | Outcome::Wrong(why) | Outcome::Failed(why) = &case.outcome {
            say(&format!("nothing can be held against {}: {why}", case.strategy));
        }
    }
}

/// `unsure` is the status if a row is too uncertain to judge.
fn gate(record: &Record, limit: f64, unsure: Status) -> Status {
    let judgement = judge(record, limit);
    let limit = format!("{:.1} %", limit * 100.0);
    let mut status = Status::Fine;
    for &(case, row) in &judgement.slower {
        say(&format!("SLOWER by more than {limit}: {}", judged(record, case, row)));
        status = Status::Slower;
    }
    for &(case, row) in &judgement.open {
        let doubtful = row.change.as_ref().is_some_and(|change| change.doubtful);
        let why = match doubtful {
            true => "what it is held against may be what changed, since its own time moved less",
            false => "give it more time",
        };
        let row = judged(record, case, row);
        say(&format!("not known well enough to say whether slower by more than {limit}: {row} ({why})"));
        status = status.max(unsure);
    }
    for case in &judgement.alone {
        let why = "it has no counterpart, or nothing to be held against";
        say(&format!("not judged: {} x{} ({why})", case.strategy, case.threads));
        status = status.max(unsure);
    }
    if judgement.rows == 0 {
        say("nothing was compared: no row has a counterpart");
        status = status.max(Status::Minor);
    }
    status
}

/// `rayon x2: +76.0 % [+17.0 %, +194.0 %] beside walkdir`: the change, the interval that decides, and what it is held
/// against.
fn judged(record: &Record, case: &CaseRecord, row: &RowRecord) -> String {
    let median = row.ratio.as_ref().map_or("unknown".to_owned(), |ratio| signed(ratio.median));
    let change = row.change.as_ref();
    let surely = change.map(|change| interval(change.surely)).unwrap_or_default();
    let to = change.and_then(|change| record.cases.get(change.to_baseline?.to?));
    let beside = to.map_or_else(String::new, |to| format!(" beside {}", to.strategy));
    format!("{} x{}: {median} {surely}{beside}", case.strategy, case.threads)
}

/// `[+17.0 %, +194.0 %]`; with too few rounds to know an end, that end is called open.
fn interval(surely: Surely) -> String {
    let end = |end: Option<f64>, open: &str| end.map_or_else(|| open.to_owned(), signed);
    format!("[{}, {}]", end(surely.low, "no lower end"), end(surely.high, "no upper end"))
}

/// `5%`, `2.5%` or `5`, as a fraction.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    let fraction = number.ok().filter(|percent| percent.is_finite() && *percent >= 0.0).map(|percent| percent / 100.0);
    fraction.ok_or_else(|| "a limit looks like 5%".to_owned())
}
