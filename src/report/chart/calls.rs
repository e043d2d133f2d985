//! Chart of the system calls of a view's rows, stacked by name: it shows why one row takes longer than another.

use super::super::footer;
use super::super::number::{count, significant};
use super::super::tables;
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::look::{Colour, SERIES};
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::measure::record::{Calls, CaseRecord, Record, ViewRecord};
use crate::trace::Trace;
use std::collections::BTreeMap;

/// What is left when each colour has a name.
const OTHER: &str = "others";

/// The chart, if any row's calls were counted.
pub(super) fn chart(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    let cases: Vec<&CaseRecord> = view.rows.iter().filter_map(|row| record.cases.get(row.case)).collect();
    let series = series(&cases);
    if series.is_empty() {
        return None;
    }
    let rows: Vec<Row> = cases.iter().map(|case| row(case, &series)).collect();
    Some(Chart {
        slug: format!("{slug}-calls"),
        title: format!("{}: system calls", printable(&view.title)),
        about: rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: footer::source(record, view),
        figure: Figure::Rows(Rows {
            scale: Scale::Linear,
            unit: Unit::Count,
            measure: "System calls an entry, counted in a listing of its own, apart from the timed ones".to_owned(),
            line: None,
            legend: series.iter().map(|(name, colour)| (*colour, printable(name))).collect(),
            rows,
            stay: Vec::new(),
        }),
    })
}

/// The most frequent calls of all rows, each with its colour; the rest together.
fn series(cases: &[&CaseRecord]) -> Vec<(String, Colour)> {
    let mut per_entry: BTreeMap<String, f64> = BTreeMap::new();
    for (entries, trace) in cases.iter().filter_map(|case| counted(case)) {
        for (name, calls) in parts(trace) {
            *per_entry.entry(name).or_default() += calls / entries;
        }
    }
    let mut names: Vec<(String, f64)> = per_entry.into_iter().collect();
    names.sort_by(|a, b| b.1.total_cmp(&a.1));
    let many = names.len() > SERIES.len();
    names.truncate(if many { SERIES.len() - 1 } else { SERIES.len() });
    let names = names.into_iter().map(|(name, _)| name).chain(many.then(|| OTHER.to_owned()));
    names.zip(SERIES).collect()
}

fn counted(case: &CaseRecord) -> Option<(f64, &Trace)> {
    let measurement = case.measurement()?;
    Some((measurement.entries.max(1) as f64, measurement.calls.trace()?))
}

/// Calls by name, and what was handed to io_uring in their place.
fn parts(trace: &Trace) -> impl Iterator<Item = (String, f64)> {
    let ring = (trace.uring_operations > 0).then(|| ("io_uring operations".to_owned(), trace.uring_operations as f64));
    trace.calls.iter().map(|(name, call)| (name.clone(), call.count as f64)).chain(ring)
}

fn row(case: &CaseRecord, series: &[(String, Colour)]) -> Row {
    let name = printable(&tables::name(case));
    let Some((entries, trace)) = counted(case) else {
        let reason = match case.measurement().map(|measurement| &measurement.calls) {
            Some(Calls::Uncounted(why)) => format!("not counted: {why}"),
            _ => "not measured: see the times".to_owned(),
        };
        let reason = printable(&reason);
        let words = format!("{name}: {reason}");
        return Row { name, detail: String::new(), mark: Drawing::Reason(reason), value: String::new(), words };
    };
    let mut lengths: Vec<f64> = vec![0.0; series.len()];
    for (call, calls) in parts(trace) {
        let place = series.iter().position(|(name, _)| *name == call);
        let place = place.or_else(|| series.iter().position(|(name, _)| name == OTHER));
        if let Some(length) = place.and_then(|place| lengths.get_mut(place)) {
            *length += calls / entries;
        }
    }
    let stack = series.iter().zip(&lengths).filter(|(_, length)| **length > 0.0);
    let mark = Drawing::Stack(stack.map(|((name, colour), length)| (*colour, *length, printable(name))).collect());
    let each = parts(trace).map(|(name, calls)| format!("{} {name}", count(calls as u64)));
    let words = printable(&format!("{name}: {}", each.collect::<Vec<_>>().join(", ")));
    Row { name, detail: String::new(), mark, value: significant(lengths.iter().sum::<f64>()), words }
}
