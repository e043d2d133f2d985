//! The chart of a view: its rows' times as bars; a ladder's as steps.

use super::super::footer;
use super::super::grid;
use super::super::number::{duration, duration_interval, ratio_interval, significant};
use super::axis::{Scale, Unit};
use super::look::{Colour, SERIES};
use super::rows::{Mark, Row, Rows};
use super::{Chart, Figure};
use crate::measure::ViewKind;
use crate::measure::record::{CaseRecord, Mark as Standing, Outcome, Record, RowRecord, ViewRecord};
use crate::strategy::Strategy;

/// The chart.
pub(super) fn chart(record: &Record, view: &ViewRecord, slug: &str) -> Chart {
    let mut rows = Rows {
        scale: Scale::Linear,
        unit: Unit::Time,
        measure: measure(view.kind).to_owned(),
        line: None,
        legend: Vec::new(),
        rows: Vec::new(),
        stay: Vec::new(),
    };
    let mut step = Step::default();
    for row in &view.rows {
        let Some(case) = record.cases.get(row.case) else { continue };
        if row.marks.contains(&Standing::Baseline) {
            rows.stay.push(rows.rows.len());
        }
        rows.rows.push(self::row(view, row, case, &mut step));
    }
    let about = rows.rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". ");
    Chart {
        slug: slug.to_owned(),
        title: super::super::text::printable(&view.title),
        about,
        source: footer::source(record, view),
        figure: Figure::Rows(rows),
    }
}

/// What a ladder's step is held against.
#[derive(Default)]
struct Step {
    strategy: Option<Strategy>,
    median_ns: Option<f64>,
}

fn row(view: &ViewRecord, row: &RowRecord, case: &CaseRecord, step: &mut Step) -> Row {
    let name = super::super::text::printable(&grid::name(case));
    let ladder = view.kind == ViewKind::Ladder;
    let strategy = Strategy::by_name(&case.strategy);
    let detail = if ladder { grid::change(strategy, step.strategy, view.want) } else { String::new() };
    let Some(measurement) = case.measurement() else {
        let reason = grid::note(case, row, view.kind);
        let words = format!("{name}: {reason}");
        return Row { name, detail, mark: Mark::Reason(reason), value: String::new(), words };
    };
    let before = if ladder { step.median_ns } else { None };
    if ladder {
        *step = Step { strategy, median_ns: Some(measurement.wall_ns.median) };
    }
    let figure = row.ratio.as_ref().map(|ratio| figure(view.kind, row, ratio.median));
    let value = match (&figure, row.marks.contains(&Standing::Baseline)) {
        (_, true) => format!("{} · baseline", duration(measurement.wall_ns.median)),
        (Some(figure), _) => format!("{} · {figure}", duration(measurement.wall_ns.median)),
        (None, _) => duration(measurement.wall_ns.median),
    };
    let mut words =
        format!("{name}: {}, {} samples", duration_interval(&measurement.wall_ns), measurement.samples.len());
    if let Some(ratio) = &row.ratio {
        words.push_str(&format!("; {} {}", meaning(view.kind), ratio_interval(ratio)));
    }
    let note = grid::note(case, row, view.kind);
    if !note.is_empty() {
        words.push_str(&format!("; {note}"));
    }
    let mark = Mark::Bar {
        estimate: measurement.wall_ns,
        samples: measurement.wall_per_listing(),
        colour: colour(row),
        before,
    };
    Row { name, detail, mark, value, words }
}

fn figure(kind: ViewKind, row: &RowRecord, median: f64) -> String {
    match kind {
        // A tie has no gain to show.
        ViewKind::Ladder if row.marks.contains(&Standing::Tied) => "tied".to_owned(),
        ViewKind::Ladder => format!("{}× as fast", significant(median)),
        _ => format!("{}×", significant(median)),
    }
}

/// What a row's ratio is.
fn meaning(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::Table => "time over the baseline's",
        ViewKind::Ladder => "gain over the row above",
        ViewKind::Builds => "time over the other build's",
        ViewKind::Past => "ratio to the baseline over the record's",
    }
}

fn measure(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::Ladder => {
            "Time of one listing, median; dashed: what the step saved; line: 95 % interval; dots: samples"
        }
        _ => "Time of one listing, median; line: 95 % interval; dots: samples",
    }
}

/// The fastest and the baseline stand out; their text says so, too.
fn colour(row: &RowRecord) -> Colour {
    let [usual, baseline, first, ..] = SERIES;
    match row.marks[..] {
        _ if row.marks.contains(&Standing::Baseline) => baseline,
        _ if row.marks.contains(&Standing::First) || row.marks.contains(&Standing::TiedFirst) => first,
        _ => usual,
    }
}

/// Whether a case has no time.
pub(super) fn is_out(case: &CaseRecord) -> bool {
    !matches!(case.outcome, Outcome::Measured(_))
}
