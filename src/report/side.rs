//! Records side by side as a table: a row for each strategy, a column for each record.

use super::collection::{Member, Together};
use super::grid::{self, Align, Column, Grid};
use super::number::{duration_interval, ratio_interval, significant};
use super::text::printable;
use crate::measure::ViewKind;
use crate::measure::record::{CaseRecord, RowRecord};
use std::borrow::Cow;

/// Ratios of the same question in several records: the one figure that may be compared between runs.
pub(super) fn ratios(together: &Together<'_>) -> Grid {
    let kind = together.members.first().map(|member| member.view.kind);
    let what = if kind == Some(ViewKind::Ladder) { "gain of each step" } else { "ratio to the baseline" };
    of(together, what, |row, _| row.ratio.as_ref().map(ratio_interval))
}

/// Times warm and cold, and the factor between them.
pub(super) fn times(together: &Together<'_>) -> Grid {
    let mut grid = of(together, "time", |_, case| case.measurement().map(|m| duration_interval(&m.wall_ns)));
    let factor = |strategy: &str, threads: usize| {
        let mut medians =
            together.members.iter().map(|member| Some(member.row(strategy, threads)?.1.measurement()?.wall_ns.median));
        Some(medians.next()?? / medians.next()??)
    };
    let keys = strategies(together);
    for (row, (strategy, threads)) in grid.rows.iter_mut().zip(&keys) {
        let times = factor(strategy, *threads)
            .map_or("-".to_owned(), |warm_over_cold| format!("{}x", significant(1.0 / warm_over_cold)));
        row.insert(row.len() - 1, times);
    }
    let at = grid.columns.len() - 1;
    grid.columns.insert(at, Column { heading: "Cold / warm".into(), align: Align::Right, dispensable: 0 });
    grid
}

fn of(together: &Together<'_>, what: &str, figure: impl Fn(&RowRecord, &CaseRecord) -> Option<String>) -> Grid {
    let title = together.members.first().map(|member| member.view.title.clone()).unwrap_or_default();
    let mut grid = Grid::new(printable(&format!("{title}: {what}")), &[("Strategy", Align::Left, 0)]);
    let column = |heading: Cow<'static, str>, align| Column { heading, align, dispensable: 0 };
    grid.columns.extend(together.members.iter().map(|member| column(member.label.clone().into(), Align::Right)));
    grid.columns.push(column("Note".into(), Align::Left));
    for (strategy, threads) in strategies(together) {
        let mut name = strategy.clone();
        let mut notes = Vec::new();
        let cells = together.members.iter().map(|member| {
            let Some((row, case)) = member.row(&strategy, threads) else { return "-".to_owned() };
            name = grid::name(case);
            if case.measurement().is_none() {
                notes.push(format!("{}: {}", member.label, grid::note(case, row, member.view.kind)));
            }
            figure(row, case).unwrap_or_else(|| "-".to_owned())
        });
        let mut cells: Vec<String> = cells.collect();
        cells.insert(0, printable(&name));
        cells.push(notes.join("; "));
        grid.rows.push(cells);
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
