//! Tables that compare rows with their counterparts in another build or in a saved record.

use super::grid::{Align, Grid, Note, Row, dash};
use super::number::{self, duration, duration_interval, ratio_interval, time_interval};
use super::tables::{name, note_of, tone};
use crate::measure::Shown;
use crate::measure::record::{Record, ViewRecord};

pub(super) fn builds(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("This build [95 %]", Right, 2),
        ("Other build [95 %]", Right, 1),
        ("This / other [95 %]", Right, 0),
        ("Note", Prose, 0),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    for Shown { row, case, time } in record.shown(view) {
        let mut note = note_of(case, row, view.kind);
        if row.change.is_none() && case.measurement().is_some() {
            note = remark("the other build has no time for it");
        }
        let cells = vec![
            name(case),
            time.as_ref().map_or_else(dash, time_interval),
            row.change.as_ref().map_or_else(dash, |change| duration_interval(&change.wall_ns)),
            row.ratio.as_ref().map_or_else(dash, ratio_interval),
            note.to_string(),
        ];
        grid.rows.push(Row { cells, tone: tone(case, row), bar: None, note: Some(note) });
    }
    grid
}

/// A note about what a row is held against: it is never left out.
fn remark(text: &str) -> Note {
    Note { standing: String::new(), remarks: text.to_owned() }
}

pub(super) fn past(record: &Record, view: &ViewRecord) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Ratio now [95 %]", Right, 1),
        ("Ratio then [95 %]", Right, 2),
        ("Now / then [95 %]", Right, 0),
        ("Time now", Right, 3),
        ("Time then", Right, 4),
        ("Note", Prose, 0),
    ];
    let mut grid = Grid::new(view.title.clone(), &columns);
    for Shown { row, case, time } in record.shown(view) {
        let change = row.change.as_ref();
        let to_baseline = change.and_then(|change| change.to_baseline);
        let mut note = note_of(case, row, view.kind);
        if change.is_none() && case.measurement().is_some() {
            note = remark("the record has no time for it, or nothing to hold it against");
        } else if change.is_some_and(|change| change.doubtful) {
            note = remark("no change of its own shown");
        }
        if let Some(to) = to_baseline.and_then(|ratios| ratios.to).filter(|&to| to != view.baseline) {
            let separator = if note.remarks.is_empty() { "" } else { "; " };
            let to = record.cases.get(to).map_or("?", |case| &case.strategy);
            note.remarks.push_str(&format!("{separator}ratios to {to}"));
        }
        let cells = vec![
            name(case),
            to_baseline.map_or_else(dash, |ratios| ratio_interval(&ratios.now)),
            to_baseline.map_or_else(dash, |ratios| ratio_interval(&ratios.then)),
            row.ratio.as_ref().map_or_else(dash, ratio_interval),
            time.as_ref().map_or_else(dash, number::time),
            change.map_or_else(dash, |change| duration(change.wall_ns.median)),
            note.to_string(),
        ];
        grid.rows.push(Row { cells, tone: tone(case, row), bar: None, note: Some(note) });
    }
    grid
}
