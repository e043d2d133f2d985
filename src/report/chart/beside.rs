//! Charts of several records: their ratios on one axis with a sign for each record, or their times with warm and cold
//! caches. A strategy that only one record has is not shown: the record's own chart has it.

use super::super::collection::{Member, Together, find};
use super::super::footer;
use super::super::number::{ratio_interval, significant, time_interval};
use super::super::side::strategies;
use super::super::slug::slug;
use super::super::tables;
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::look::series;
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::measure::mark::Mark;
use crate::measure::stats::Estimate;
use crate::measure::{self, ViewKind};

/// Which figures are shown of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Figures {
    /// Ratios, which may be compared between runs.
    Ratios,
    /// Times with warm and with cold caches, on one machine.
    Times,
}

/// The chart.
pub(super) fn chart(together: &Together<'_>, shown: Figures) -> Option<Chart> {
    let first = together.members.first()?;
    let names: Vec<&str> = together.members.iter().map(|member| member.label.as_str()).collect();
    let (title, measure) = match (shown, first.view.kind) {
        (Figures::Times, _) => (
            "warm and cold",
            "Time of one listing, logarithmic; from two runs: the factor between them is information".to_owned(),
        ),
        (Figures::Ratios, ViewKind::Ladder) => {
            ("side by side", "Gain of each step over the one before, logarithmic: right of 1× is faster".to_owned())
        }
        (Figures::Ratios, _) => {
            let baseline = first.named.record.cases.get(first.view.baseline).map_or("", |case| case.strategy.as_str());
            (
                "side by side",
                format!("Time over that of {} in the same run, logarithmic: left of 1× is faster", printable(baseline)),
            )
        }
    };
    // Where ratios are shown, the baseline's is the line.
    let is_line = |name: &str, threads| {
        let mut rows = together.members.iter().filter_map(|member| member.row(name, threads));
        shown == Figures::Ratios && rows.all(|(row, _)| row.marks.contains(&Mark::Baseline))
    };
    let mut all = strategies(together);
    all.retain(|(name, threads)| !is_line(name, *threads));
    let members: Vec<Vec<measure::Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    let derived = members.iter().filter_map(|rows| footer::derived(first.view.kind, rows)).next();
    let measure = match derived.filter(|_| shown == Figures::Times) {
        Some(derived) => format!("{measure}; {derived}"),
        None => measure,
    };
    let rows: Vec<Row> = all.iter().map(|(name, threads)| row(together, &members, (name, *threads), shown)).collect();
    let rows: Vec<Row> = rows.into_iter().filter(|row| !row.words.is_empty()).collect();
    let legend = names.iter().enumerate().map(|(index, name)| (series(index), (*name).to_owned())).collect();
    let tag = if shown == Figures::Times { "warm-cold" } else { "beside" };
    let sources = together.members.iter().map(|member| (member.label.as_str(), &member.named.record, member.view));
    Some(Chart {
        slug: format!("{}-{tag}", slug(&first.view.title)),
        title: format!("{}: {title}", printable(&first.view.title)),
        about: rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: footer::sources(sources),
        figure: Figure::Rows(Rows {
            scale: Scale::Logarithmic,
            unit: if shown == Figures::Times { Unit::Time } else { Unit::Times },
            measure,
            line: (shown == Figures::Ratios).then_some(1.0),
            legend,
            rows,
            stay: Vec::new(),
        }),
    })
}

/// A strategy's row; its words are empty where no record has a figure, nor a reason why.
fn row(
    together: &Together<'_>,
    members: &[Vec<measure::Shown<'_>>],
    (strategy, threads): (&str, usize),
    shown: Figures,
) -> Row {
    let mut points: Vec<(usize, super::look::Colour, Estimate)> = Vec::new();
    let (mut words, mut reasons) = (Vec::new(), Vec::new());
    let mut name = printable(strategy);
    for (index, (member, rows)) in together.members.iter().zip(members).enumerate() {
        let Some(measure::Shown { row, case, time }) = find(rows, strategy, threads) else { continue };
        name = printable(&tables::name(case));
        let Some(time) = time else {
            reasons.push(format!("{}: {}", member.label, tables::note(case, row, member.view.kind)));
            continue;
        };
        let figure = match shown {
            Figures::Ratios => row.ratio.map(|ratio| (ratio, ratio_interval(&ratio))),
            Figures::Times => Some((time.wall_ns, time_interval(time))),
        };
        if let Some((estimate, figure)) = figure {
            points.push((index, series(index), estimate));
            words.push(format!("{} {figure}", member.label));
        }
    }
    let value = match (&points[..], shown) {
        ([(_, _, warm), (_, _, cold)], Figures::Times) => format!("{}×", significant(cold.median / warm.median)),
        _ => String::new(),
    };
    words.extend(reasons.iter().cloned());
    let words = if words.is_empty() { String::new() } else { format!("{name}: {}", words.join("; ")) };
    match points.is_empty() {
        true => Row { name, detail: String::new(), mark: Drawing::Reason(reasons.join("; ")), value, words },
        false => Row { name, detail: reasons.join("; "), mark: Drawing::Points(points), value, words },
    }
}
