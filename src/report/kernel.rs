//! The second table: what the kernel and the processor counted of one listing, beside the calls that explain it.

use super::grid::{Align, Grid, Row};
use super::number::{bytes, count, significant};
use super::tables::name;
use crate::measure::counters::Counters;
use crate::measure::record::{Calls, CaseRecord, Measurement, Record, ViewRecord};
use crate::measure::stats::median;
use crate::trace::Trace;

/// A view's cases once more. Counts are medians over the samples, of one listing.
pub(super) fn grid(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Faults", Right, 1),
        ("of them read", Right, 6),
        ("Waits", Right, 2),
        ("Preempted", Right, 3),
        ("Migrations", Right, 4),
        ("Read", Right, 5),
        ("Instr./entry", Right, 7),
        ("Cycles/entry", Right, 7),
        ("System calls", Prose, 0),
    ];
    let mut grid = Grid::new(format!("{}: what the kernel counted of one listing", view.title), &columns);
    let cases = view.rows.iter().filter_map(|row| record.cases.get(row.case));
    grid.rows.extend(cases.filter_map(|case| Some(row(case, case.measurement()?))));
    grid
}

fn row(case: &CaseRecord, measurement: &Measurement) -> Row {
    let of = |of: fn(&Counters) -> Option<u64>| per_listing(measurement, of);
    let some = |value: Option<f64>, text: fn(f64) -> String| value.map_or_else(|| "-".to_owned(), text);
    let per_entry =
        |value: Option<f64>| some(value.map(|value| value / measurement.entries.max(1) as f64), significant);
    let cells = vec![
        name(case),
        some(
            of(|counters| {
                counters.minor_faults.zip(counters.major_faults).map(|(minor, major)| minor.saturating_add(major))
            }),
            round,
        ),
        some(of(|counters| counters.major_faults), round),
        some(of(|counters| counters.voluntary_switches), round),
        some(of(|counters| counters.involuntary_switches), round),
        some(of(|counters| counters.migrations), round),
        some(of(|counters| counters.read_bytes), |read| bytes(read as u64)),
        per_entry(of(|counters| counters.instructions)),
        per_entry(of(|counters| counters.cycles)),
        match &measurement.calls {
            Calls::Counted { trace, .. } => by_name(trace),
            Calls::Uncounted(_) => "-".to_owned(),
        },
    ];
    cells.into()
}

/// The median of what one listing took; `None` if it is not known of every sample.
fn per_listing(measurement: &Measurement, of: fn(&Counters) -> Option<u64>) -> Option<f64> {
    let each = |value: u64| value as f64 / f64::from(measurement.iterations.max(1));
    let values: Option<Vec<f64>> = measurement.samples.iter().map(|sample| of(&sample.counters).map(each)).collect();
    median(&mut values?)
}

/// A count; of a fraction of one per listing, three digits.
fn round(value: f64) -> String {
    if value == 0.0 || value >= 1.0 { count(value.round() as u64) } else { significant(value) }
}

/// `newfstatat 3,001, getdents64 4`, most first.
fn by_name(trace: &Trace) -> String {
    let mut calls: Vec<(&String, u64)> = trace.calls.iter().map(|(name, call)| (name, call.count)).collect();
    calls.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut text: Vec<String> = calls.into_iter().map(|(name, calls)| format!("{name} {}", count(calls))).collect();
    if trace.uring_operations > 0 {
        text.push(format!("and {} operations in io_uring", count(trace.uring_operations)));
    }
    text.join(", ")
}
