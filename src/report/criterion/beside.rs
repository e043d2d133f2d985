//! Two saved baselines of `cargo bench` compared, a table for each group: as critcmp does, but with the ratio's
//! interval.

use super::super::grid::{Align, Grid, dash};
use super::super::number::{duration_interval, ratio_interval};
use super::{natural_parts, ratio};
use crate::bench::{Benchmark, Saved};
use std::collections::BTreeSet;

pub(super) fn grids(before: &Saved, after: &Saved) -> Vec<Grid> {
    let all = before.benchmarks.iter().chain(&after.benchmarks);
    let groups: BTreeSet<&str> = all.map(|benchmark| benchmark.group.as_str()).collect();
    groups.into_iter().map(|group| grid(before, after, group)).collect()
}

fn grid(before: &Saved, after: &Saved, group: &str) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Benchmark", Left, 0),
        ("Before [95 %]", Right, 2),
        ("After [95 %]", Right, 1),
        ("After / before [95 %]", Right, 0),
        ("Note", Prose, 0),
    ];
    let title = format!("{group}: {} before, {} after", before.baseline, after.baseline);
    let mut grid = Grid::new(super::text::printable(&title), &columns);
    let mut all: Vec<&Benchmark> = before.group(group).collect();
    all.extend(after.group(group).filter(|benchmark| before.by_id(&benchmark.id).is_none()));
    all.sort_by_key(|benchmark| (benchmark.function.clone(), natural_parts(&benchmark.value)));
    for benchmark in all {
        let name = benchmark.id.strip_prefix(group).unwrap_or(&benchmark.id).trim_start_matches('/');
        let (old, new) = (before.by_id(&benchmark.id), after.by_id(&benchmark.id));
        let ratio = new.zip(old).and_then(|(new, old)| ratio(new, old));
        let note = match ratio {
            None if old.is_none() => format!("not in {}", before.baseline),
            None => format!("not in {}", after.baseline),
            Some(ratio) if ratio.high < 1.0 => "faster".to_owned(),
            Some(ratio) if ratio.low > 1.0 => "slower".to_owned(),
            Some(_) => "tied".to_owned(),
        };
        let time = |of: Option<&Benchmark>| of.map_or_else(dash, |of| duration_interval(&of.time));
        let cells = [name.to_owned(), time(old), time(new), ratio.as_ref().map_or_else(dash, ratio_interval), note];
        grid.rows.push(cells.iter().map(|cell| super::text::printable(cell)).collect::<Vec<_>>().into());
    }
    grid
}
