//! The sweep over thread counts: a line for each strategy that was measured with several.

use super::super::footer;
use super::super::number::duration_interval;
use super::super::text::printable;
use super::lines::{Line, Lines};
use super::{Chart, Figure};
use crate::measure::record::{Record, ViewRecord};

/// The chart of a view's sweeps, if it has any.
pub(super) fn chart(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    let mut lines: Vec<Line> = Vec::new();
    for case in view.rows.iter().filter_map(|row| record.cases.get(row.case)) {
        let Some(measurement) = case.measurement() else { continue };
        let name = printable(&case.strategy);
        let point = (case.threads, measurement.wall_ns);
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { name, points: vec![point] }),
        }
    }
    lines.retain(|line| line.points.len() > 1);
    if lines.is_empty() {
        return None;
    }
    for line in &mut lines {
        line.points.sort_by_key(|(threads, _)| *threads);
    }
    let words = lines.iter().map(|line| {
        let points = line.points.iter().map(|(threads, time)| format!("{threads}: {}", duration_interval(time)));
        format!("{} by threads: {}", line.name, points.collect::<Vec<_>>().join(", "))
    });
    Some(Chart {
        slug: format!("{slug}-threads"),
        title: format!("{}: time by threads", printable(&view.title)),
        about: words.collect::<Vec<_>>().join(". "),
        source: footer::source(record, view),
        figure: Figure::Lines(Lines {
            across: "threads".to_owned(),
            upwards: "Time of one listing, median with its 95 % interval; both axes logarithmic".to_owned(),
            lines,
        }),
    })
}
