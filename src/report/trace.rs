//! The table of a trace: a row for each system call.

use super::grid::{Align, Grid};
use super::number::{count, counted, duration, significant};
use super::text::{self, printable};
use super::{Format, Screen, terminal};
use crate::error::Escaped;
use crate::measure::traced::{Subject, Traced};
use crate::trace::{Call, Latency, Method, Trace};
use std::path::PathBuf;

/// A trace in that format, ending in a newline. `screen` is where a table goes.
pub fn trace(traced: &Traced, format: Format, screen: &Screen) -> String {
    match format {
        Format::Table => terminal::grids(&[grid(traced)], &lines(traced), screen),
        Format::Markdown => text::marked(&[], &[grid(traced)], &lines(traced)),
        Format::Csv => csv(traced),
        Format::Json => super::json(traced),
    }
}

/// The calls that took longest first, or were most where no times are known.
fn sorted(trace: &Trace) -> Vec<(&str, Call)> {
    let mut calls: Vec<(&str, Call)> = trace.calls.iter().map(|(name, call)| (name.as_str(), *call)).collect();
    calls.sort_by_key(|(_, call)| std::cmp::Reverse((call.latency.map(|latency| latency.total_ns), call.count)));
    calls
}

fn grid(traced: &Traced) -> Grid {
    use Align::{Left, Right};
    let (trace, entries) = (&traced.trace, traced.subject.entries());
    let total_ns = trace.total_ns();
    let mut columns = vec![("Call", Left, 0), ("Count", Right, 0)];
    columns.extend(entries.map(|_| ("Per entry", Right, 0)));
    columns.push(("Errors", Right, 0));
    if total_ns.is_some() {
        columns.extend([("Share", Right, 0), ("p50", Right, 0), ("p99", Right, 0), ("Max", Right, 0)]);
    }
    let mut grid = Grid::new(title(&traced.subject), &columns);
    let per_entry = |calls: u64| entries.map(|entries| significant(calls as f64 / entries.max(1) as f64));
    for (name, call) in sorted(trace) {
        let least = if trace.lost > 0 { "≥ " } else { "" };
        let mut row = vec![name.to_owned(), format!("{least}{}", count(call.count))];
        row.extend(per_entry(call.count).map(|per_entry| format!("{least}{per_entry}")));
        row.push(format!("{least}{}", count(call.errors)));
        if let Some(total_ns) = total_ns {
            row.extend(latency_cells(call.latency.as_ref(), total_ns));
        }
        grid.rows.push(row.into());
    }
    let mut total = vec!["all calls".to_owned(), count(trace.total())];
    total.extend(per_entry(trace.total()));
    total.push(format!("{}{}", if trace.lost > 0 { "≥ " } else { "" }, count(trace.errors())));
    if total_ns.is_some() {
        total.extend(["100 %", "", "", ""].map(str::to_owned));
    }
    grid.rows.push(total.into());
    grid
}

fn latency_cells(latency: Option<&Latency>, total_ns: u64) -> [String; 4] {
    match latency {
        None => ["-", "-", "-", "-"].map(str::to_owned),
        Some(latency) => [
            format!("{:.1} %", latency.total_ns as f64 / total_ns.max(1) as f64 * 100.0),
            duration(latency.p50_ns as f64),
            duration(latency.p99_ns as f64),
            duration(latency.max_ns as f64),
        ],
    }
}

fn title(subject: &Subject) -> String {
    match subject {
        Subject::Listing { strategy, want, .. } => format!("System calls of {strategy}, listing {want}"),
        Subject::Command { words, .. } => {
            let words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
            format!("System calls of {}", words.join(" "))
        }
    }
}

/// What stands under the table.
fn lines(traced: &Traced) -> Vec<String> {
    let trace = &traced.trace;
    let mut lines = vec![subject(&traced.subject)];
    lines.push(match trace.way {
        Method::Tracepoints => format!(
            "Seen through {}: {} in calls, from entry to return, waiting and what tracing costs included.",
            trace.way,
            duration(trace.total_ns().unwrap_or(0) as f64)
        ),
        Method::Ptrace => "Counted by ptrace, which tells no times.".to_owned(),
    });
    if let Some(reason) = &traced.fallback {
        lines.push(format!(
            "Kernel tracepoints would show how long calls take, at a fraction of the cost: {}.",
            printable(reason)
        ));
    }
    if trace.lost > 0 {
        lines.push(format!(
            "LOST: {} calls returned whose records the kernel had to drop. The number of all calls is exact; those \
             marked ≥ are lower bounds, and times are of the calls that were recorded.",
            count(trace.lost)
        ));
    }
    if trace.uring_operations > 0 {
        lines.push(format!(
            "io_uring: {} operations were submitted, each in place of a call.",
            count(trace.uring_operations)
        ));
    }
    lines.push("Counts are of calls that returned, in all threads and children.".to_owned());
    lines
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Listing { threads, root, shape, entries, .. } => {
            let what = shape.as_deref().map(|shape| format!(" ({shape})")).unwrap_or_default();
            let threads = if *threads > 1 { format!(", with {threads} threads") } else { String::new() };
            let root = PathBuf::from(root);
            let entries = counted(*entries, "entry", "entries");
            format!("Tree: {}{what}: {entries}, listed once{threads}.", Escaped(&root))
        }
        Subject::Command { exit_status, .. } => match exit_status {
            Some(0) => "The command ran to its end.".to_owned(),
            Some(status) => format!("The command ended with status {status}."),
            None => "The command was ended by a signal.".to_owned(),
        },
    }
}

/// One line per call, numbers in base units, nothing rounded. `exact` is 0 where records were lost.
fn csv(traced: &Traced) -> String {
    let header = ["call", "count", "errors", "exact", "known", "total_ns", "p50_ns", "p99_ns", "max_ns"];
    let exact = u8::from(traced.trace.lost == 0).to_string();
    let line = |(name, call): (&str, Call)| {
        let cell = |of: fn(Latency) -> u64| call.latency.map_or(String::new(), |latency| of(latency).to_string());
        vec![
            name.to_owned(),
            call.count.to_string(),
            call.errors.to_string(),
            exact.clone(),
            cell(|latency| latency.known),
            cell(|latency| latency.total_ns),
            cell(|latency| latency.p50_ns),
            cell(|latency| latency.p99_ns),
            cell(|latency| latency.max_ns),
        ]
    };
    super::csv::text(
        std::iter::once(header.map(str::to_owned).to_vec()).chain(sorted(&traced.trace).into_iter().map(line)),
    )
}
