//! A view as cells of text, the same for every format that shows tables.

use super::number::{bytes, count, duration, ratio_interval, significant, time_interval};
use crate::list::{Factors, Projection, Standing};
use crate::measure::mark::Mark;
use crate::measure::plan::{Cache, Twin};
use crate::measure::record::{CaseRecord, Measurement, Outcome, Record, RowRecord, ViewRecord};
use crate::measure::spec::VerifiedBy;
use crate::measure::stats::Estimate;
use crate::measure::{Shown, Time, ViewKind};
use std::borrow::Cow;

/// A table's cells.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Its title.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, as many cells each as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A column of a grid.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its heading.
    pub heading: Cow<'static, str>,
    /// Where its cells stand.
    pub align: Align,
    /// How soon it is left out of a narrow table: the largest number first, 0 never.
    pub dispensable: u8,
}

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Grid {
    /// An empty grid. Each column has its heading, where its cells stand, and how dispensable it is.
    pub fn new(title: impl Into<String>, columns: &[(&'static str, Align, u8)]) -> Self {
        let column = |&(heading, align, dispensable)| Column { heading: Cow::Borrowed(heading), align, dispensable };
        Self { title: title.into(), columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Takes a column away.
    fn without(&mut self, heading: &str) {
        if let Some(at) = self.columns.iter().position(|column| column.heading == heading) {
            self.columns.remove(at);
            self.rows.iter_mut().filter(|row| at < row.len()).for_each(|row| drop(row.remove(at)));
        }
    }
}

pub(super) fn table(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Time [95 %]", Right, 0),
        ("Ratio [95 %]", Right, 0),
        ("Over floor", Right, 1),
        ("ns/entry", Right, 1),
        ("Calls/entry", Right, 2),
        ("Calls", Right, 4),
        ("Entries/s", Right, 7),
        ("CPU time", Right, 5),
        ("In kernel", Right, 6),
        ("Peak", Right, 3),
        ("Note", Left, 0),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    let null = record.cases.get(record.ruler.cases.null).filter(|case| case.is_null && case.target == view.target);
    // `null` stands in the table whose baseline is measured twice, and not among whole processes.
    let shows_null = view.rows.iter().any(|row| row.case == record.ruler.cases.first)
        && record.cases.get(record.ruler.cases.first).is_some_and(|case| case.command.is_none());
    let null = null.filter(|case| shows_null && case.want == view.want).map(|_| RowRecord::of(record.ruler.cases.null));
    let mut rows = record.shown(view);
    rows.extend(null.as_ref().zip(record.cases.get(record.ruler.cases.null)).map(|(row, case)| Shown::of(row, case)));
    for shown in rows {
        let Shown { row, case, time } = shown;
        let note = note(case, row, view.kind);
        grid.rows.push(match time {
            None => [vec![name(case)], vec![dash(); 10], vec![note]].concat(),
            Some(time) => {
                let Time { measurement, wall_ns, .. } = time;
                vec![
                    name(case),
                    time_interval(&time),
                    row.ratio.as_ref().map_or_else(dash, ratio_interval),
                    shown.over_floor().map_or_else(dash, |over| format!("{over:.2}")),
                    significant(time.ns_per_entry()),
                    measurement.calls_per_entry().map_or_else(dash, significant),
                    measurement.calls.trace().map_or_else(dash, |trace| count(trace.total())),
                    count((measurement.entries as f64 / wall_ns.median * 1e9) as u64),
                    measurement.processor_ns().map_or_else(dash, duration),
                    measurement.kernel_share().map_or_else(dash, |share| format!("{:.0} %", share * 100.0)),
                    measurement.peak_bytes.map_or_else(dash, bytes),
                    note,
                ]
            }
        });
    }
    if view.floor.is_none() {
        grid.without("Over floor");
    }
    grid
}

pub(super) fn ladder(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("What changes", Left, 3),
        ("Time [95 %]", Right, 0),
        ("Gain [95 %]", Right, 0),
        ("In all [95 %]", Right, 1),
        ("ns/entry", Right, 2),
        ("Calls/entry", Right, 2),
        ("Note", Left, 0),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    let mut before: Option<Factors> = None;
    for Shown { row, case, time } in record.shown(view) {
        let change = change(case.factors, before);
        let note = note(case, row, view.kind);
        let Some(time) = time else {
            grid.rows.push([vec![name(case), change], vec![dash(); 5], vec![note]].concat());
            continue;
        };
        before = case.factors;
        grid.rows.push(vec![
            name(case),
            change,
            time_interval(&time),
            gain(row.ratio),
            gain(row.in_all),
            significant(time.ns_per_entry()),
            time.measurement.calls_per_entry().map_or_else(dash, significant),
            note,
        ]);
    }
    grid
}

/// `1.360x [1.342, 1.391]`
fn gain(gain: Option<Estimate>) -> String {
    gain.as_ref().map_or_else(dash, |gain| ratio_interval(gain).replacen(' ', "x ", 1))
}

/// What a step of a ladder changes; of the first step, all its factors.
pub(super) fn change(factors: Option<Factors>, before: Option<Factors>) -> String {
    match (factors, before) {
        (Some(factors), Some(before)) => factors.change_from(&before),
        (Some(factors), None) => factors.to_string(),
        (None, _) => String::new(),
    }
}

/// The row's name, with its threads where it takes a number of them.
pub(super) fn name(case: &CaseRecord) -> String {
    match (case.takes_threads(), case.twin) {
        (true, _) => format!("{} x{}", case.strategy, case.threads),
        (false, Twin::Second) => format!("{} again", case.strategy),
        (false, Twin::First | Twin::OtherBuild) => case.strategy.clone(),
    }
}

/// The note of a row: what a reader must know before believing it.
pub(super) fn note(case: &CaseRecord, row: &RowRecord, kind: ViewKind) -> String {
    let mut notes: Vec<String> = row.marks.iter().map(|&mark| mark_text(mark, kind).to_owned()).collect();
    match &case.outcome {
        Outcome::Unsupported(reason) => notes.push(format!("cannot run here: {reason}")),
        Outcome::Wrong(difference) => notes.push(format!("WRONG, so not timed: {difference}")),
        Outcome::Failed(why) => notes.push(format!("failed: {why}")),
        Outcome::Measured(measurement) => {
            match case.projection {
                Projection::Whole => {}
                Projection::SizeAndTime => notes.push("size and mtime only".to_owned()),
                Projection::Names if case.command.is_some() => {}
                Projection::Names => notes.push("names only".to_owned()),
                Projection::Followed => notes.push("follows links, two kinds only".to_owned()),
            }
            match (case.standing(), measurement.verified_by) {
                (Standing::Null, _) => notes.push("no call: the harness's own cost".to_owned()),
                (_, VerifiedBy::Tally) => notes.push("verified by counts alone".to_owned()),
                (_, VerifiedBy::Nothing) => notes.push("what it prints is not verified".to_owned()),
                (_, VerifiedBy::Digest) => {}
            }
            if let Some(version) = case.command.as_ref().and_then(|command| command.version.as_ref()) {
                notes.push(version.clone());
            }
            if case.cache == Cache::Cold && case.standing() == Standing::Ranked {
                notes.push(coldness(measurement));
            }
            if let Some(operations) = measurement.calls.trace().map(|trace| trace.uring_operations).filter(|&n| n > 0) {
                notes.push(format!("{} io_uring operations", count(operations)));
            }
            if !measurement.changed.is_empty() {
                notes.push(format!("{} samples saw another tree", measurement.changed.len()));
            }
            if !measurement.outliers.is_empty() {
                let count = measurement.outliers.len();
                notes.push(format!("{count} {}", if count == 1 { "outlier" } else { "outliers" }));
            }
        }
    }
    super::text::printable(&notes.join("; "))
}

/// What proves a case cold, or that it was not.
fn coldness(measurement: &Measurement) -> String {
    if measurement.samples.iter().all(|sample| sample.counters.read_bytes.is_none()) {
        return "not shown to be cold: what it read is not known".to_owned();
    }
    let (warm, all) = (measurement.warm_samples(), measurement.samples.len());
    if warm > 0 {
        return format!("WARM: {warm} of {all} samples read nothing from storage");
    }
    let least = measurement.samples.iter().filter_map(|sample| sample.counters.read_bytes).min().unwrap_or(0);
    format!("cold: read {} or more", bytes(least))
}

fn mark_text(mark: Mark, kind: ViewKind) -> &'static str {
    match (mark, kind) {
        (Mark::Baseline, _) => "baseline",
        (Mark::First, _) => "fastest",
        (Mark::TiedFirst, _) => "tied for first",
        (Mark::Tied, ViewKind::Ladder) => "tied with the row above",
        (Mark::Tied, _) => "tied with baseline",
        (Mark::BestCount, _) => "best count",
        (Mark::TiedBestCount, _) => "tied with its best count",
        (Mark::Slower, _) => "SLOWER",
        (Mark::Faster, _) => "faster",
        (Mark::Unchanged, _) => "no change shown",
    }
}

pub(super) fn dash() -> String {
    "-".to_owned()
}
