//! The sweep over thread counts: a line for each strategy that was measured with several.

use super::super::footer;
use super::super::number::time_interval;
use super::super::text::printable;
use super::lines::{Line, Lines};
use super::{Chart, Figure};
use crate::measure::Time;
use crate::measure::record::{Record, ViewRecord};

/// The chart of a view's sweeps, if it has any.
pub(super) fn chart(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    let shown = record.shown(view);
    let mut sweeps: Vec<(&str, Vec<(usize, Time<'_>)>)> = Vec::new();
    for (case, time) in shown.iter().filter_map(|shown| Some((shown.case, shown.time?))) {
        let point = (case.threads, time);
        match sweeps.iter_mut().find(|(name, _)| *name == case.strategy) {
            Some((_, points)) => points.push(point),
            None => sweeps.push((&case.strategy, vec![point])),
        }
    }
    sweeps.retain(|(_, points)| points.len() > 1);
    if sweeps.is_empty() {
        return None;
    }
    for (_, points) in &mut sweeps {
        points.sort_by_key(|(threads, _)| *threads);
    }
    // The fastest with its best number first: of many, these have a colour.
    let best =
        |points: &[(usize, Time<'_>)]| points.iter().map(|(_, time)| time.wall_ns.median).fold(f64::INFINITY, f64::min);
    sweeps.sort_by(|(_, a), (_, b)| best(a).total_cmp(&best(b)));
    let words = sweeps.iter().map(|(name, points)| {
        let points = points.iter().map(|(threads, time)| format!("{threads}: {}", time_interval(time)));
        format!("{} by threads: {}", printable(name), points.collect::<Vec<_>>().join(", "))
    });
    let words: Vec<String> = words.chain(footer::derived(view.kind, &shown)).collect();
    let line = |(name, points): &(&str, Vec<(usize, Time<'_>)>)| Line {
        name: printable(name),
        points: points.iter().map(|(threads, time)| (*threads, time.wall_ns)).collect(),
    };
    Some(Chart {
        slug: format!("{slug}-threads"),
        title: format!("{}: time by threads", printable(&view.title)),
        about: words.join(". "),
        source: footer::source(record, view),
        figure: Figure::Lines(Lines {
            across: "threads".to_owned(),
            upwards: "Time of one listing, median with its 95 % interval; both axes logarithmic".to_owned(),
            lines: sweeps.iter().map(line).collect(),
        }),
    })
}
