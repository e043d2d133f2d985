//! Charts of several records: their ratios as a table of colours, a column a record; or their times with warm and with cold
//! caches. A strategy that only one record has is not shown: the record's own chart has it.

use super::super::collection::{Member, Together, find};
use super::super::footer;
use super::super::number::{ratio_interval, significant, time, time_interval};
use super::super::side::strategies;
use super::super::slug::slug;
use super::super::tables;
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::heat::{Band, Cell, Heat};
use super::look::series;
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::measure::mark::Mark;
use crate::measure::record::RowRecord;
use crate::measure::stats::Estimate;
use crate::measure::{self, ViewKind};

/// Which figures are shown of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Figures {
    /// Ratios, which may be compared between runs.
    Ratios,
    /// Times with warm and with cold caches, on one machine.
    Times,
    /// Of the same two, how many times as fast as the baseline: no two of these figures ask to be divided.
    Speeds,
}

/// The chart.
pub(super) fn chart(together: &Together<'_>, shown: Figures) -> Option<Chart> {
    let first = together.members.first()?;
    let (tag, what) = match shown {
        Figures::Ratios => ("beside", "side by side"),
        Figures::Times => ("warm-cold", "warm and cold"),
        Figures::Speeds => ("warm-cold-speeds", "warm and cold"),
    };
    let (figure, about) = match shown {
        Figures::Ratios => ratios(together)?,
        Figures::Times => times(together),
        Figures::Speeds => speeds(together)?,
    };
    let sources = together.members.iter().map(|member| (member.label.as_str(), &member.named.record, member.view));
    Some(Chart {
        slug: format!("{}-{tag}", slug(&first.view.title)),
        title: format!("{}: {what}", printable(&first.view.title)),
        about,
        source: footer::sources(sources),
        figure,
    })
}

/// A strategy a row, a record a column.
fn ratios(together: &Together<'_>) -> Option<(Figure, String)> {
    let first = together.members.first()?;
    let kind = first.view.kind;
    let members: Vec<Vec<measure::Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    // The baseline's ratio is 1, the first step has no gain, and what ran in one place has nothing beside it.
    let says_something = |name: &str, threads| {
        let rows = together.members.iter().filter_map(|member| member.row(name, threads));
        rows.filter(|(row, _)| !row.marks.contains(&Mark::Baseline) && row.ratio.is_some()).count() > 1
    };
    let mut bands = Vec::new();
    for (strategy, threads) in strategies(together).into_iter().filter(|(name, threads)| says_something(name, *threads))
    {
        let mut name = printable(&strategy);
        let cells = together.members.iter().zip(&members).map(|(member, rows)| {
            let shown = find(rows, &strategy, threads)?;
            name = printable(&tables::name(shown.case));
            shown.time?;
            cell(kind, shown.row, &format!("{name} on {}", member.label))
        });
        let cells = cells.collect();
        bands.push(Band { name, cells });
    }
    let measure = match kind {
        ViewKind::Ladder => {
            "Times as fast as the first step, in the same run; no colour: it may be no difference".to_owned()
        }
        _ => {
            let baseline = first.named.record.cases.get(first.view.baseline).map_or("", |case| case.strategy.as_str());
            format!("Times as fast as {} in the same run; no colour: it may be no difference", printable(baseline))
        }
    };
    let columns = together.members.iter().map(|member| member.label.clone()).collect();
    let words = bands.iter().flat_map(|band| band.cells.iter().flatten()).map(|cell| cell.words.as_str());
    let about = words.collect::<Vec<_>>().join(". ");
    let is_any = !bands.is_empty();
    is_any.then_some((Figure::Heat(Heat { measure, columns, rows: bands }), about))
}

/// Of a ladder what all steps so far gain: its last row is what the title says, and no two cells ask to be multiplied.
fn cell(kind: ViewKind, row: &RowRecord, name: &str) -> Option<Cell> {
    let speed = if kind == ViewKind::Ladder { row.in_all? } else { row.ratio?.inverse() };
    Some(Cell {
        speed: speed.median,
        sure: !speed.holds(1.0),
        text: format!("{}×", significant(speed.median)),
        words: printable(&format!("{name}: {} times as fast", ratio_interval(&speed))),
    })
}

/// Two times a row, and the factor between them: of the times that are shown, so that it divides.
fn times(together: &Together<'_>) -> (Figure, String) {
    let members: Vec<Vec<measure::Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    let all = strategies(together);
    let rows = all.iter().map(|(name, threads)| row(together, &members, (name, *threads)));
    let rows: Vec<Row> = rows.filter(|row| !row.words.is_empty()).collect();
    let kind = together.members.first().map_or(ViewKind::Table, |first| first.view.kind);
    let derived = members.iter().filter_map(|rows| footer::derived(kind, rows)).next();
    let derived = derived.map(|derived| format!("; {derived}")).unwrap_or_default();
    let measure = format!("Time of one listing, logarithmic; warm and cold are two runs{derived}");
    let labels = together.members.iter().enumerate();
    let legend = labels.map(|(index, member)| (series(index), member.label.clone())).collect();
    let about = rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". ");
    (Figure::Rows(Rows { legend, ..Rows::new(Scale::Logarithmic, Unit::Time, measure, rows) }), about)
}

/// Two speeds a row, and the baseline as a line.
fn speeds(together: &Together<'_>) -> Option<(Figure, String)> {
    let members: Vec<Vec<measure::Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    let first = together.members.first()?;
    let baseline = first.named.record.cases.get(first.view.baseline)?;
    let rows = strategies(together).into_iter().filter_map(|(strategy, threads)| {
        let mut name = printable(&strategy);
        let speed = |rows: &Vec<measure::Shown<'_>>| {
            let shown = find(rows, &strategy, threads).filter(|shown| !shown.row.marks.contains(&Mark::Baseline))?;
            shown.time?;
            name = printable(&tables::name(shown.case));
            Some(shown.row.ratio?.inverse())
        };
        let speeds: Vec<Estimate> = members.iter().filter_map(speed).collect();
        let points: Vec<_> = speeds.iter().enumerate().map(|(index, speed)| (index, series(index), *speed)).collect();
        let shown =
            speeds.iter().map(|speed| format!("{}×", significant(speed.median))).collect::<Vec<_>>().join(" → ");
        let told = together.members.iter().zip(&speeds);
        let told = told.map(|(member, speed)| format!("{} {}", member.label, ratio_interval(speed)));
        let words = format!("{name}: {} times as fast", told.collect::<Vec<_>>().join("; "));
        let all = speeds.len() == together.members.len();
        all.then(|| Row { name, detail: String::new(), mark: Drawing::Points(points), value: shown, words })
    });
    let rows: Vec<Row> = rows.collect();
    let of_baseline = together.members.iter().zip(&members).filter_map(|(member, rows)| {
        let own = find(rows, &baseline.strategy, baseline.threads)?.time?;
        Some(format!("{} {}", time(&own), member.label))
    });
    let takes = of_baseline.collect::<Vec<_>>().join(" and ");
    let measure = format!("times as fast as {}, which takes {takes}; logarithmic", printable(&tables::name(baseline)));
    let labels = together.members.iter().enumerate();
    let legend = labels.map(|(index, member)| (series(index), member.label.clone())).collect();
    let about = rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". ");
    let drawn = Rows { legend, line: Some(1.0), ..Rows::new(Scale::Logarithmic, Unit::Times, measure, rows) };
    (!drawn.rows.is_empty()).then_some((Figure::Rows(drawn), about))
}

/// A strategy's row; its words are empty where no record has a figure, nor a reason why.
fn row(together: &Together<'_>, members: &[Vec<measure::Shown<'_>>], (strategy, threads): (&str, usize)) -> Row {
    let mut points: Vec<(usize, super::look::Colour, Estimate)> = Vec::new();
    let (mut words, mut reasons, mut shown_times) = (Vec::new(), Vec::new(), Vec::new());
    let mut name = printable(strategy);
    for (index, (member, rows)) in together.members.iter().zip(members).enumerate() {
        let Some(measure::Shown { row, case, time: own }) = find(rows, strategy, threads) else { continue };
        name = printable(&tables::name(case));
        let Some(own) = own else {
            reasons.push(format!("{}: {}", member.label, tables::note(case, row, member.view.kind)));
            continue;
        };
        points.push((index, series(index), own.wall_ns));
        words.push(format!("{} {}", member.label, time_interval(own)));
        shown_times.push(time(own));
    }
    let value = match &points[..] {
        [(_, _, warm), (_, _, cold)] => {
            format!("{} · {}×", shown_times.join(" → "), significant(cold.median / warm.median))
        }
        _ => String::new(),
    };
    words.extend(reasons.iter().cloned());
    let words = if words.is_empty() { String::new() } else { format!("{name}: {}", words.join("; ")) };
    match points.is_empty() {
        true => Row { name, detail: String::new(), mark: Drawing::Reason(reasons.join("; ")), value, words },
        false => Row { name, detail: reasons.join("; "), mark: Drawing::Points(points), value, words },
    }
}
