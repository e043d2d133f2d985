//! One line per row of each view, numbers in base units, nothing rounded. `wall_ns_from` says whether the time is the
//! median of its samples or is made of the ratio.

use super::collection::Collection;
use crate::escape::Plain;
use crate::measure::record::{Measurement, Outcome, Record, ViewRecord};
use crate::measure::stats::Estimate;
use crate::measure::{Shown, Source};

const HEADER: [&str; 27] = [
    "view",
    "strategy",
    "threads",
    "want",
    "outcome",
    "reason",
    "entries",
    "rounds",
    "iterations",
    "wall_ns",
    "wall_ns_low",
    "wall_ns_high",
    "wall_ns_from",
    "ratio",
    "ratio_low",
    "ratio_high",
    "processor_ns",
    "kernel_share",
    "peak_bytes",
    "calls",
    "uring_operations",
    "outliers",
    "changed",
    "marks",
    "projection",
    "cache",
    "floor_ns",
];

/// The record as CSV, a header first.
pub(super) fn render(record: &Record) -> String {
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    for view in &record.views {
        rows.extend(record.shown(view).iter().map(|shown| line(view, shown)));
    }
    text(rows)
}

/// Rows of as many cells each as CSV (RFC 4180). Names and reasons are a record's: what acts on a terminal is escaped
/// in them, and what a spreadsheet would take for a formula has an apostrophe in front.
pub(super) fn text(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory fails only where a row has another number of cells; tests hold them to one.
        let _ = writer.write_record(row.into_iter().map(tame));
    }
    let bytes = writer.into_inner().expect("memory takes all that is written");
    String::from_utf8(bytes).expect("cells are text")
}

fn tame(cell: String) -> String {
    let cell = Plain(cell).to_string();
    let is_formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err();
    if is_formula { format!("'{cell}") } else { cell }
}

/// Several records: the same, with the record's name in front.
pub(super) fn collection(collection: &Collection) -> String {
    let mut rows = vec![[&["record"], &HEADER[..]].concat().into_iter().map(str::to_owned).collect()];
    for named in &collection.records {
        for view in &named.record.views {
            let shown = named.record.shown(view);
            rows.extend(shown.iter().map(|shown| [vec![named.name.clone()], line(view, shown)].concat()));
        }
    }
    text(rows)
}

fn line(view: &ViewRecord, shown: &Shown<'_>) -> Vec<String> {
    let Shown { row, case, time } = shown;
    let (outcome, reason) = match &case.outcome {
        Outcome::Measured(_) => ("measured", ""),
        Outcome::Unsupported(reason) => ("unsupported", reason.as_str()),
        Outcome::Wrong(difference) => ("wrong", difference.as_str()),
        Outcome::Failed(why) => ("failed", why.as_str()),
    };
    let mut line = vec![
        view.title.clone(),
        case.strategy.clone(),
        case.threads.to_string(),
        case.want.to_string(),
        outcome.to_owned(),
        reason.to_owned(),
    ];
    let measurement = case.measurement();
    let mut cell = |value: Option<String>| line.push(value.unwrap_or_default());
    cell(measurement.map(|m| m.entries.to_string()));
    cell(measurement.map(|m| m.samples.len().to_string()));
    cell(measurement.map(|m| m.iterations.to_string()));
    parts(time.as_ref().map(|time| &time.wall_ns)).into_iter().for_each(&mut cell);
    cell(time.map(|time| match time.source {
        Source::Samples => "samples".to_owned(),
        Source::Ratio => "ratio".to_owned(),
    }));
    parts(row.ratio.as_ref()).into_iter().for_each(&mut cell);
    cell(measurement.and_then(Measurement::processor_ns).map(|processor| processor.to_string()));
    cell(measurement.and_then(Measurement::kernel_share).map(|share| share.to_string()));
    cell(measurement.and_then(|m| m.peak_bytes).map(|peak| peak.to_string()));
    let trace = measurement.and_then(|m| m.calls.trace());
    cell(trace.map(|trace| trace.total().to_string()));
    cell(trace.map(|trace| trace.uring_operations.to_string()));
    cell(measurement.map(|m| m.outliers.len().to_string()));
    cell(measurement.map(|m| m.changed.len().to_string()));
    cell(Some(row.marks.iter().map(|&mark| word(mark)).collect::<Vec<_>>().join(" ")));
    cell(Some(word(case.projection)));
    cell(Some(word(case.cache)));
    cell(row.floor_ns.map(|floor| floor.to_string()));
    line
}

pub(super) fn parts(estimate: Option<&Estimate>) -> [Option<String>; 3] {
    let part = |of: fn(&Estimate) -> f64| estimate.map(|estimate| of(estimate).to_string());
    [part(|e| e.median), part(|e| e.low), part(|e| e.high)]
}

/// An enum's variant by the name that it has in JSON.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
