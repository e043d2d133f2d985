//! Table of several records: a row for each strategy, a column for each record.

use super::collection::{Member, Together, find};
use super::grid::{Align, Column, Grid};
use super::number::{ratio_interval, significant, time_interval};
use super::tables;
use super::text::printable;
use crate::measure::{Shown, ViewKind};
use std::borrow::Cow;

/// Ratios, the one figure that may be compared between runs.
pub(super) fn ratios(together: &Together<'_>) -> Grid {
    let kind = together.members.first().map(|member| member.view.kind);
    let what = if kind == Some(ViewKind::Ladder) { "gain of each step" } else { "ratio to the baseline" };
    of(together, what, |shown| shown.row.ratio.as_ref().map(ratio_interval))
}

/// Times warm and cold, and the factor between them.
pub(super) fn times(together: &Together<'_>) -> Grid {
    let mut grid = of(together, "time", |shown| shown.time.as_ref().map(time_interval));
    let rows: Vec<Vec<Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    let factor = |strategy: &str, threads: usize| {
        let mut times = rows.iter().map(|rows| Some(find(rows, strategy, threads)?.time?.wall_ns.median));
        // Two runs: no round is of both, so the factor is that of the times.
        Some(times.next()?? / times.next()??)
    };
    let keys = strategies(together);
    for (row, (strategy, threads)) in grid.rows.iter_mut().zip(&keys) {
        let times = factor(strategy, *threads)
            .map_or("-".to_owned(), |warm_over_cold| format!("{}x", significant(1.0 / warm_over_cold)));
        row.cells.insert(row.cells.len() - 1, times);
    }
    let at = grid.columns.len() - 1;
    grid.columns.insert(at, Column::new("Cold / warm", Align::Right, 0));
    grid
}

fn of(together: &Together<'_>, what: &str, figure: impl Fn(&Shown<'_>) -> Option<String>) -> Grid {
    let title = together.members.first().map(|member| member.view.title.clone()).unwrap_or_default();
    let mut grid = Grid::new(printable(&format!("{title}: {what}")), &[("Strategy", Align::Left, 0)]);
    let column = |heading: Cow<'static, str>, align| Column::new(heading, align, 0);
    grid.columns.extend(together.members.iter().map(|member| column(member.label.clone().into(), Align::Right)));
    grid.columns.push(column("Note".into(), Align::Prose));
    let rows: Vec<Vec<Shown<'_>>> = together.members.iter().map(Member::shown).collect();
    for (strategy, threads) in strategies(together) {
        let mut name = strategy.clone();
        let mut notes = Vec::new();
        let cells = together.members.iter().zip(&rows).map(|(member, rows)| {
            let Some(shown) = find(rows, &strategy, threads) else { return "-".to_owned() };
            name = tables::name(shown.case);
            if shown.time.is_none() {
                notes.push(format!("{}: {}", member.label, tables::note(shown.case, shown.row, member.view.kind)));
            }
            figure(shown).unwrap_or_else(|| "-".to_owned())
        });
        let mut cells: Vec<String> = cells.collect();
        cells.insert(0, printable(&name));
        cells.push(notes.join("; "));
        grid.rows.push(cells.into());
    }
    grid
}

/// Each strategy that at least two of the records have, once, in the first one's order.
pub(super) fn strategies(together: &Together<'_>) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for (_, case) in together.members.iter().flat_map(Member::rows) {
        let key = (case.strategy.clone(), case.threads);
        if !all.contains(&key) && together.has_in_common(&case.strategy, case.threads) {
            all.push(key);
        }
    }
    all
}
