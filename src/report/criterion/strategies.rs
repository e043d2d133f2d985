//! Strategies of one group: a table for each question (want, tree, cache), factors as columns, ratios to its baseline.
//! Groups that are nobody's strategies get a plain table.

use super::super::grid::{Align, Grid, dash};
use super::super::number::{count, duration_interval, ratio_interval, significant};
use super::{natural_parts, ratio};
use crate::bench::{Benchmark, CaseNote, Saved};
use crate::list::{LookupOrder, Lookups, Parallel, Resolve, Standing};
use crate::measure::comparison::usual_baseline;
use crate::strategy::Strategy;
use std::collections::BTreeSet;

use Align::{Left, Prose, Right};

pub(super) fn grids(saved: &Saved, group: &str) -> Vec<Grid> {
    if saved.group(group).all(|benchmark| saved.case(benchmark).is_none()) {
        return vec![plain(saved, group)];
    }
    let questions: BTreeSet<&str> = saved.group(group).map(|benchmark| benchmark.value.as_str()).collect();
    questions.into_iter().map(|question| table(saved, group, question)).collect()
}

/// Benchmarks that are not ours, or no strategies.
fn plain(saved: &Saved, group: &str) -> Grid {
    let columns =
        [("Benchmark", Left, 0), ("Time [95 %]", Right, 0), ("ns/element", Right, 1), ("Elements/s", Right, 2)];
    let mut grid = Grid::new(group, &columns);
    let mut benchmarks: Vec<&Benchmark> = saved.group(group).collect();
    benchmarks.sort_by_key(|benchmark| (benchmark.function.clone(), natural_parts(&benchmark.value)));
    for benchmark in benchmarks {
        let name = benchmark.id.strip_prefix(group).unwrap_or(&benchmark.id).trim_start_matches('/');
        let elements = benchmark.elements.filter(|&elements| elements > 0).map(|elements| elements as f64);
        grid.rows.push(
            vec![
                super::text::printable(name),
                duration_interval(&benchmark.time),
                elements.map_or_else(dash, |elements| significant(benchmark.time.median / elements)),
                elements.map_or_else(dash, |elements| count((elements / benchmark.time.median * 1e9) as u64)),
            ]
            .into(),
        );
    }
    grid
}

/// One strategy's row to be.
pub(super) struct Row<'s> {
    pub(super) benchmark: &'s Benchmark,
    pub(super) note: &'s CaseNote,
    pub(super) strategy: Strategy,
}

/// The strategies that answered one question, fastest first; `null` last.
pub(super) fn rows<'s>(saved: &'s Saved, group: &'s str, question: &str) -> Vec<Row<'s>> {
    let asked = saved.group(group).filter(|benchmark| benchmark.value == question);
    let row = |benchmark: &'s Benchmark| {
        let strategy = Strategy::by_name(&benchmark.function)?;
        Some(Row { benchmark, note: saved.case(benchmark)?, strategy })
    };
    let mut rows: Vec<Row<'_>> = asked.filter_map(row).collect();
    let is_null = |row: &Row<'_>| row.strategy.standing() == Standing::Null;
    rows.sort_by(|a, b| is_null(a).cmp(&is_null(b)).then(a.benchmark.time.median.total_cmp(&b.benchmark.time.median)));
    rows
}

/// The row that the others' ratios are to: the level's usual baseline, else the fastest.
pub(super) fn baseline<'r, 's>(rows: &'r [Row<'s>]) -> Option<&'r Row<'s>> {
    let usual = |row: &&Row<'_>| row.strategy.name() == usual_baseline(row.strategy.level());
    rows.iter().find(usual).or(rows.first())
}

fn table(saved: &Saved, group: &str, question: &str) -> Grid {
    let columns = [
        ("Strategy", Left, 0),
        ("Read", Left, 3),
        ("Lookups", Left, 4),
        ("Found", Left, 5),
        ("Order", Left, 7),
        ("At once", Left, 6),
        ("Time [95 %]", Right, 0),
        ("Ratio [95 %]", Right, 0),
        ("ns/entry", Right, 1),
        ("Entries/s", Right, 2),
        ("Note", Prose, 0),
    ];
    let rows = rows(saved, group, question);
    let mut grid = Grid::new(title(group, question, &rows), &columns);
    let baseline = baseline(&rows).map(|row| row.benchmark);
    let fastest = rows.first().map(|row| row.benchmark);
    for row in &rows {
        let is_null = row.strategy.standing() == Standing::Null;
        let ratio = baseline.filter(|_| !is_null).and_then(|baseline| ratio(row.benchmark, baseline));
        let mut notes = Vec::new();
        let mut remark = |applies: bool, text: &str| notes.extend(applies.then(|| text.to_owned()));
        let is_baseline = Some(row.benchmark) == baseline;
        remark(is_null, "no call: the harness's own cost");
        remark(!is_null && Some(row.benchmark) == fastest, "fastest");
        remark(!is_null && is_baseline, "baseline");
        remark(!is_baseline && ratio.is_some_and(|ratio| ratio.holds(1.0)), "tied with baseline");
        if question.ends_with("/cold") && row.note.warm_samples > 0 {
            notes.push(format!("WARM: {} samples read nothing from storage", row.note.warm_samples));
        }
        let time = row.benchmark.time.median;
        let entries = row.note.entries.max(1) as f64;
        grid.rows.push(
            [
                vec![name(row)],
                factors(row),
                vec![
                    duration_interval(&row.benchmark.time),
                    if is_baseline { "1.000".to_owned() } else { ratio.as_ref().map_or_else(dash, ratio_interval) },
                    significant(time / entries),
                    count((entries / time * 1e9) as u64),
                    notes.join("; "),
                ],
            ]
            .concat()
            .into(),
        );
    }
    grid
}

/// `walk: kinds/source/warm (source, 100,000 entries, seed 1)`
pub(super) fn title(group: &str, question: &str, rows: &[Row<'_>]) -> String {
    let tree = rows.first().map(|row| format!(" ({})", row.note.tree)).unwrap_or_default();
    super::text::printable(&format!("{group}: {question}{tree}"))
}

pub(super) fn name(row: &Row<'_>) -> String {
    match row.strategy.takes_threads() {
        true => format!("{} x{}", row.benchmark.function, row.note.threads),
        false => row.benchmark.function.clone(),
    }
}

/// A strategy's factors, a cell each; `-` where one plays no part.
fn factors(row: &Row<'_>) -> Vec<String> {
    let factors = row.strategy.factors(row.note.want);
    let shown = |part: bool, text: String| if part { text } else { dash() };
    let looks_up = factors.lookups != Lookups::None;
    let found = if looks_up { factors.resolve } else { factors.descend };
    vec![
        factors.read.to_string(),
        factors.lookups.to_string(),
        shown(found != Resolve::None, found.to_string()),
        shown(factors.order != LookupOrder::Directory, factors.order.to_string()),
        shown(factors.parallel != Parallel::Serial, factors.parallel.to_string()),
    ]
}
