//! Bar chart of the times of a table's or ladder's rows; a ladder's bars show the step from the row before.

use super::super::footer;
use super::super::number::{self, ratio_interval, significant, time_interval};
use super::super::tables;
use super::axis::{Scale, Unit};
use super::look::{Colour, SERIES};
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::list::Factors;
use crate::measure::mark::Mark;
use crate::measure::record::{Record, RowRecord, ViewRecord};
use crate::measure::{Shown, ViewKind};

/// The chart.
pub(super) fn chart(record: &Record, view: &ViewRecord, slug: &str) -> Chart {
    let mut rows = Rows::new(Scale::Linear, Unit::Time, measure(view.kind), Vec::new());
    let mut step = Step::default();
    let all = record.shown(view);
    if let Some(derived) = footer::derived(view.kind, &all) {
        rows.measure = format!("{}; {derived}", rows.measure);
    }
    for shown in &all {
        rows.rows.push(self::row(view, shown, &mut step));
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

/// The row that a ladder's step is compared with.
#[derive(Default)]
struct Step {
    factors: Option<Factors>,
    median_ns: Option<f64>,
}

fn row(view: &ViewRecord, shown: &Shown<'_>, step: &mut Step) -> Row {
    let Shown { row, case, time } = shown;
    let name = super::super::text::printable(&tables::name(case));
    let ladder = view.kind == ViewKind::Ladder;
    let detail = if ladder { tables::change(case.factors, step.factors) } else { String::new() };
    let Some(time) = time else {
        let reason = tables::note(case, row, view.kind);
        let words = format!("{name}: {reason}");
        return Row { name, detail, mark: Drawing::Reason(reason), value: String::new(), words };
    };
    let before = if ladder { step.median_ns } else { None };
    if ladder {
        *step = Step { factors: case.factors, median_ns: Some(time.wall_ns.median) };
    }
    let figure = row.ratio.as_ref().map(|ratio| figure(view.kind, row, ratio.median));
    let value = match (&figure, row.marks.contains(&Mark::Baseline)) {
        (_, true) => format!("{} · baseline", number::time(time)),
        (Some(figure), _) => format!("{} · {figure}", number::time(time)),
        (None, _) => number::time(time),
    };
    let mut words = format!("{name}: {}, {} samples", time_interval(time), time.measurement.samples.len());
    if let Some(ratio) = &row.ratio {
        words.push_str(&format!("; {} {}", meaning(view.kind), ratio_interval(ratio)));
    }
    let note = tables::note(case, row, view.kind);
    if !note.is_empty() {
        words.push_str(&format!("; {note}"));
    }
    let mark = Drawing::Bar {
        estimate: time.wall_ns,
        samples: time.measurement.wall_per_listing(),
        colour: colour(row),
        before,
    };
    Row { name, detail, mark, value, words }
}

fn figure(kind: ViewKind, row: &RowRecord, median: f64) -> String {
    match kind {
        // No gain is shown where the interval holds 1.
        ViewKind::Ladder if row.marks.contains(&Mark::Tied) => "tied".to_owned(),
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
        ViewKind::Past => "ratio to what stays over the record's",
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
        _ if row.marks.contains(&Mark::Baseline) => baseline,
        _ if row.marks.contains(&Mark::First) || row.marks.contains(&Mark::TiedFirst) => first,
        _ => usual,
    }
}
