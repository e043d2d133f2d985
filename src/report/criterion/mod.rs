//! What `cargo bench` measured, from Criterion's files: a table a group, the price list, the strategies explained by it, and
//! two baselines side by side.
//!
//! Criterion measures one benchmark after the other, so ratios here are not paired, as `fsbench compare`'s are: what drifted
//! between two of them is in their ratio. Its interval resamples each on its own.

mod beside;
mod csv;
mod explain;
mod headline;
mod lookup;
mod prices;
mod strategies;

pub(super) use headline::{Explanation, Headline, Part, explanations, headlines, resolution};

use super::{Format, Grid, Screen, footer, terminal, text};
use crate::bench::{Benchmark, Saved, price};
use crate::measure::stats::{Estimate, RESAMPLES, quotient};
use std::collections::BTreeSet;

/// All that one baseline has to tell. `screen` is where tables go.
pub fn tell(saved: &Saved, format: Format, screen: &Screen) -> String {
    match format {
        Format::Csv => csv::render(saved),
        _ => lay_out(&grids(saved), &notes(saved), format, screen),
    }
}

/// Its tables.
pub(super) fn grids(saved: &Saved) -> Vec<Grid> {
    let mut grids = [prices::grids(saved), prices::paths(saved)].concat();
    let groups: BTreeSet<&str> = saved.benchmarks.iter().map(|benchmark| benchmark.group.as_str()).collect();
    for group in groups.into_iter().filter(|group| ![price::CALLS, price::PATHS].contains(group)) {
        grids.extend(strategies::grids(saved, group));
    }
    grids.extend(explain::grids(saved));
    grids
}

/// Two baselines side by side: the second over the first.
pub fn compare(before: &Saved, after: &Saved, format: Format, screen: &Screen) -> String {
    lay_out(&beside::grids(before, after), &notes(after), format, screen)
}

fn lay_out(grids: &[Grid], notes: &[String], format: Format, screen: &Screen) -> String {
    match format {
        Format::Markdown => text::marked(&[], grids, notes),
        _ => terminal::grids(grids, notes, screen),
    }
}

/// What stands below the tables.
pub(super) fn notes(saved: &Saved) -> Vec<String> {
    let machine = saved.notes.environment.as_ref().map(footer::machine);
    let system = saved.notes.file_system.as_ref();
    let system = system.map(|system| {
        format!("File system: {} ({}).", text::printable(&system.kind), text::printable(&system.options))
    });
    let legend = "Times are medians with 95 % bootstrap intervals, of Criterion's samples. Ratios are to the baseline: below 1 \
                  is faster. Benchmarks ran one after the other: `fsbench compare` pairs its ratios, and is to be believed first."
        .to_owned();
    machine.into_iter().chain(system).chain([legend]).collect()
}

/// How much longer `above` takes than `below`.
fn ratio(above: &Benchmark, below: &Benchmark) -> Option<Estimate> {
    quotient(&above.samples, &below.samples, RESAMPLES, 1)
}

/// A key that puts `4k` before `32k` and `16` before `100`, words after numbers.
fn natural(part: &str) -> (bool, u64, String) {
    let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = part.split_at(digits);
    let scale = match unit {
        "k" => 1 << 10,
        "m" => 1 << 20,
        _ => 1,
    };
    let number = number.parse::<u64>().ok().map(|number| number.saturating_mul(scale));
    (number.is_none(), number.unwrap_or(0), unit.to_owned())
}

/// [`natural`] for each part of a value.
fn natural_parts(value: &str) -> Vec<(bool, u64, String)> {
    value.split('/').map(natural).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::saved::{LAST, tests::folder};

    #[test]
    fn sizes_are_ordered_by_what_they_mean() {
        let mut parts = ["1m", "32k", "source", "4k", "1000", "1"];
        parts.sort_by_key(|part| natural(part));
        assert_eq!(parts, ["1", "1000", "4k", "32k", "1m", "source"]);
    }

    #[test]
    fn a_criterion_folder_of_anybody_has_tables() {
        let folder = folder(&[("new", "theirs", "quick", "10", 100.0), ("new", "theirs", "slow", "10", 300.0)]);
        let told = tell(&Saved::read(folder.path(), LAST).unwrap(), Format::Table, &Screen::PIPE);
        assert!(told.contains("quick") && told.contains("300 ns"), "{told}");
    }

    #[test]
    fn two_baselines_stand_side_by_side_with_their_ratio() {
        let folder =
            folder(&[("old", "g", "f", "v", 100.0), ("new", "g", "f", "v", 50.0), ("new", "g", "f", "w", 1.0)]);
        let [old, new] = ["old", "new"].map(|name| Saved::read(folder.path(), name).unwrap());
        let told = compare(&old, &new, Format::Table, &Screen::PIPE);
        assert!(told.contains("0.500 [") && told.contains("faster"), "{told}");
        assert!(told.contains("not in old"), "{told}");
    }
}
