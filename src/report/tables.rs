//! The table of a view, as cells of text that every format lays out: its rows by its kind.

use super::compared;
use super::grid::{Align, Grid, Note, Row, Tone, dash};
use super::number::{bytes, count, counted, duration, ratio_interval, significant, time_interval};
use crate::list::{Factors, Projection, Standing};
use crate::measure::mark::Mark;
use crate::measure::plan::{Cache, Twin};
use crate::measure::record::{CaseRecord, Measurement, Outcome, Record, RowRecord, ViewRecord};
use crate::measure::spec::VerifiedBy;
use crate::measure::stats::Estimate;
use crate::measure::{Shown, Time, ViewKind};

/// What the processor time of whole processes is shown by.
pub(super) const PER_MILLION: &str = "CPU s/million";

/// A view's grid.
pub(super) fn of(record: &Record, view: &ViewRecord) -> Grid {
    match view.kind {
        ViewKind::Table => table(record, view),
        ViewKind::Ladder => ladder(record, view),
        ViewKind::Builds => compared::builds(record, view),
        ViewKind::Past => compared::past(record, view),
    }
}

fn table(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Prose, Right};
    let is_processes =
        view.rows.iter().any(|row| record.cases.get(row.case).is_some_and(|case| case.command.is_some()));
    // What answers comes first. The numbers say what a terminal of 80, 100, 120 or 200 columns has room for. Of whole
    // processes it is wall time, processor time, memory and calls: more threads buy the first with the others.
    let columns = [
        ("Strategy", Left, 0),
        ("Ratio [95 %]", Right, 0),
        ("Time [95 %]", Right, 0),
        ("ns/entry", Right, if is_processes { 9 } else { 1 }),
        ("Calls/entry", Right, 2),
        ("Over floor", Right, 5),
        if is_processes { (PER_MILLION, Right, 1) } else { ("CPU time", Right, 7) },
        ("Peak", Right, if is_processes { 3 } else { 8 }),
        ("Calls", Right, 10),
        ("In kernel", Right, 11),
        ("Entries/s", Right, 12),
        ("Note", Prose, 4),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    grid.shorten("Time [95 %]", 9);
    let null = record.cases.get(record.ruler.cases.null).filter(|case| case.is_null && case.target == view.target);
    // `null` stands in the table whose baseline is measured twice, and not among whole processes.
    let shows_null = view.rows.iter().any(|row| row.case == record.ruler.cases.first)
        && record.cases.get(record.ruler.cases.first).is_some_and(|case| case.command.is_none());
    let null = null.filter(|case| shows_null && case.want == view.want).map(|_| RowRecord::of(record.ruler.cases.null));
    let mut rows = record.shown(view);
    rows.extend(null.as_ref().zip(record.cases.get(record.ruler.cases.null)).map(|(row, case)| Shown::of(row, case)));
    for shown in rows {
        let Shown { row, case, time } = shown;
        let note = note_of(case, row, view.kind);
        let mut cells = vec![name(case)];
        match time {
            None => cells.extend(vec![dash(); columns.len() - 2]),
            Some(time) => {
                let Time { measurement, wall_ns, .. } = time;
                cells.extend([
                    row.ratio.as_ref().map_or_else(dash, ratio_interval),
                    time_interval(&time),
                    significant(time.ns_per_entry()),
                    measurement.calls_per_entry().map_or_else(dash, significant),
                    shown.over_floor().map_or_else(dash, |over| format!("{over:.2}")),
                    measurement.processor_ns().map_or_else(dash, |ns| match is_processes {
                        // A nanosecond an entry is a thousandth of a second a million.
                        true => significant(ns / 1e3 / measurement.entries.max(1) as f64),
                        false => duration(ns),
                    }),
                    measurement.peak_bytes.map_or_else(dash, bytes),
                    measurement.calls.trace().map_or_else(dash, |trace| count(trace.total())),
                    measurement.kernel_share().map_or_else(dash, |share| format!("{:.0} %", share * 100.0)),
                    count((measurement.entries as f64 / wall_ns.median * 1e9) as u64),
                ]);
            }
        }
        cells.push(note.to_string());
        let bar = row.ratio.filter(|_| time.is_some());
        grid.rows.push(Row { cells, tone: tone(case, row), bar, note: Some(note) });
    }
    if view.floor.is_none() {
        grid.without("Over floor");
    }
    grid
}

fn ladder(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Gain [95 %]", Right, 0),
        ("In all [95 %]", Right, 7),
        ("Time [95 %]", Right, 0),
        ("ns/entry", Right, 6),
        ("Calls/entry", Right, 4),
        ("What changes", Prose, 2),
        ("Note", Prose, 8),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    grid.shorten("Time [95 %]", 9);
    let mut before: Option<Factors> = None;
    for Shown { row, case, time } in record.shown(view) {
        let change = change(case.factors, before);
        let note = note_of(case, row, view.kind);
        let mut cells = vec![name(case)];
        match time {
            None => cells.extend(vec![dash(); 5]),
            Some(time) => {
                before = case.factors;
                cells.extend([
                    gain(row.ratio),
                    gain(row.in_all),
                    time_interval(&time),
                    significant(time.ns_per_entry()),
                    time.measurement.calls_per_entry().map_or_else(dash, significant),
                ]);
            }
        }
        cells.extend([change, note.to_string()]);
        // The share of the first row's time: like a table's, a shorter bar is faster.
        let bar = row.in_all.filter(|_| time.is_some()).map(|in_all| in_all.inverse());
        grid.rows.push(Row { cells, tone: tone(case, row), bar, note: Some(note) });
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

/// What a row means.
pub(super) fn tone(case: &CaseRecord, row: &RowRecord) -> Tone {
    let has = |mark| row.marks.contains(&mark);
    match &case.outcome {
        Outcome::Wrong(_) | Outcome::Failed(_) => Tone::Trouble,
        Outcome::Unsupported(_) => Tone::Absent,
        Outcome::Measured(_) if case.is_null => Tone::Harness,
        Outcome::Measured(_) if has(Mark::Slower) => Tone::Trouble,
        Outcome::Measured(_) if has(Mark::First) || has(Mark::Faster) => Tone::Winner,
        Outcome::Measured(_) if has(Mark::TiedFirst) => Tone::TiedFirst,
        Outcome::Measured(_) if has(Mark::Baseline) => Tone::Baseline,
        Outcome::Measured(_) if has(Mark::Tied) => Tone::Tied,
        Outcome::Measured(_) => Tone::Plain,
    }
}

/// The note of a row in one line.
pub(super) fn note(case: &CaseRecord, row: &RowRecord, kind: ViewKind) -> String {
    note_of(case, row, kind).to_string()
}

/// The note of a row: its place, and what a reader must know before believing it.
pub(super) fn note_of(case: &CaseRecord, row: &RowRecord, kind: ViewKind) -> Note {
    let marks: Vec<&str> = row.marks.iter().map(|&mark| mark_text(mark, kind)).collect();
    let note = Note { standing: marks.join("; "), remarks: super::text::printable(&remarks(case).join("; ")) };
    match kind {
        ViewKind::Table | ViewKind::Ladder => note,
        // Decided by a wider interval than the one shown: no figure tells it.
        ViewKind::Builds | ViewKind::Past => Note { standing: String::new(), remarks: note.to_string() },
    }
}

/// What a reader must know before believing a row. Outliers are not among it: they are in the record, and advice tells of
/// them where they are many.
fn remarks(case: &CaseRecord) -> Vec<String> {
    let measurement = match &case.outcome {
        Outcome::Unsupported(reason) => return vec![format!("cannot run here: {reason}")],
        Outcome::Wrong(difference) => return vec![format!("WRONG, so not timed: {difference}")],
        Outcome::Failed(why) => return vec![format!("failed: {why}")],
        Outcome::Measured(measurement) => measurement,
    };
    let mut remarks = Vec::new();
    match case.projection {
        Projection::Whole => {}
        Projection::SizeAndTime => remarks.push("size and mtime only".to_owned()),
        Projection::Names if case.command.is_some() => {}
        Projection::Names => remarks.push("names only".to_owned()),
        Projection::Followed => remarks.push("follows links, two kinds only".to_owned()),
    }
    match (case.standing(), measurement.verified_by) {
        (Standing::Null, _) => remarks.push("no call: the harness's own cost".to_owned()),
        (_, VerifiedBy::Tally) => remarks.push("verified by counts alone".to_owned()),
        (_, VerifiedBy::Nothing) => remarks.push("what it prints is not verified".to_owned()),
        (_, VerifiedBy::Digest) => {}
    }
    remarks.extend(case.command.as_ref().and_then(|command| command.version.clone()).or_else(|| case.worker.clone()));
    remarks.extend(case.command.as_ref().and_then(|command| command.outdated.clone()));
    let ignored = case.command.as_ref().and_then(|command| command.ignored.as_ref());
    remarks.extend(ignored.map(|status| format!("{status}, ignored")));
    remarks.extend(case.is_limited_by_calls().then(|| "the calls are the limit".to_owned()));
    if case.cache == Cache::Cold && case.standing() == Standing::Ranked {
        remarks.push(coldness(measurement));
    }
    if case.factors.as_ref().is_some_and(Factors::is_below_system_calls) {
        remarks.push("asks no file system: read from the device, synced beforehand".to_owned());
    }
    if let Some(operations) = measurement.calls.trace().map(|trace| trace.uring_operations).filter(|&n| n > 0) {
        remarks.push(counted(operations, "io_uring operation", "io_uring operations"));
    }
    if !measurement.changed.is_empty() {
        remarks.push(format!("{} saw another tree", counted(measurement.changed.len() as u64, "sample", "samples")));
    }
    remarks
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
