//! Chart of the system calls of a view's rows, stacked by name: it shows why one row takes longer than another.

use super::super::footer;
use super::super::number::{count, counted as counted_as, significant};
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
    let ring = cases.iter().filter_map(|case| counted(case)).any(|(_, trace)| trace.uring_operations > 0);
    let ring = if ring { "; what io_uring did in their place is no call, and named" } else { "" };
    let measure = format!("System calls an entry, counted in a listing of its own, apart from the timed ones{ring}");
    let legend = series.iter().map(|(name, colour)| (*colour, printable(name))).collect();
    Some(Chart {
        slug: format!("{slug}-calls"),
        title: format!("{}: system calls", printable(&view.title)),
        about: rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: footer::source(record, view),
        figure: Figure::Rows(Rows { legend, ..Rows::new(Scale::Linear, Unit::Count, measure, rows) }),
    })
}

/// A call whose part of the longest bar would be shorter than this cannot be seen: it has no colour of its own.
const VISIBLE: f64 = 0.01;

/// The calls that can be seen, the most frequent first, each with its colour; the rest together.
fn series(cases: &[&CaseRecord]) -> Vec<(String, Colour)> {
    let mut most: BTreeMap<String, f64> = BTreeMap::new();
    let mut longest = 0.0_f64;
    for (entries, trace) in cases.iter().filter_map(|case| counted(case)) {
        longest = longest.max(trace.total() as f64 / entries);
        for (name, calls) in parts(trace) {
            let most = most.entry(name.to_owned()).or_default();
            *most = most.max(calls / entries);
        }
    }
    let mut names: Vec<(String, f64)> = most.into_iter().filter(|(_, calls)| *calls >= longest * VISIBLE).collect();
    names.sort_by(|a, b| b.1.total_cmp(&a.1));
    names.truncate(SERIES.len() - 1);
    // The rest has one where it can be seen.
    let is_rest = |name: &str| !names.iter().any(|(known, _)| known == name);
    let rest = |(entries, trace): (f64, &Trace)| {
        parts(trace).filter(|(name, _)| is_rest(name)).map(|(_, calls)| calls).sum::<f64>() / entries
    };
    let rest = cases.iter().filter_map(|case| counted(case)).map(rest).fold(0.0, f64::max);
    let rest = (rest >= longest * VISIBLE && rest > 0.0).then(|| OTHER.to_owned());
    let names = names.into_iter().map(|(name, _)| name).chain(rest);
    names.zip(SERIES).collect()
}

fn counted(case: &CaseRecord) -> Option<(f64, &Trace)> {
    let measurement = case.measurement()?;
    Some((measurement.entries.max(1) as f64, measurement.calls.trace()?))
}

/// Calls by name.
fn parts(trace: &Trace) -> impl Iterator<Item = (&str, f64)> {
    trace.calls.iter().map(|(name, call)| (name.as_str(), call.count as f64))
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
    let ring = trace.uring_operations;
    let ring = (ring > 0).then(|| counted_as(ring, "io_uring operation", "io_uring operations"));
    let each = parts(trace).map(|(name, calls)| format!("{} {name}", count(calls as u64))).chain(ring.clone());
    let words = printable(&format!("{name}: {}", each.collect::<Vec<_>>().join(", ")));
    let detail = ring.map_or_else(String::new, |ring| format!("and {ring}"));
    Row { name, detail, mark, value: significant(trace.total() as f64 / entries), words }
}
