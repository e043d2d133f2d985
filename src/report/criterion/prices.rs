//! The price list: a table a call, its factors as columns; and what a component of a path costs.

use super::super::grid::{Align, Grid, dash};
use super::super::number::{count, duration_interval, significant};
use super::lookup::Price;
use super::natural_parts;
use crate::bench::price::{CALLS, NULL, PATHS, factors, factors_in};
use crate::bench::{Benchmark, Saved};
use crate::measure::stats::{Estimate, RESAMPLES, slope};
use std::collections::BTreeSet;

/// A table for each call of the price list, the null call first.
pub(super) fn grids(saved: &Saved) -> Vec<Grid> {
    let mut calls: Vec<&str> = functions(saved, CALLS);
    calls.sort_by_key(|&call| call != NULL);
    calls.into_iter().map(|call| grid(saved, call)).collect()
}

fn functions<'s>(saved: &'s Saved, group: &'s str) -> Vec<&'s str> {
    let functions: BTreeSet<&str> = saved.group(group).map(|benchmark| benchmark.function.as_str()).collect();
    functions.into_iter().collect()
}

fn grid(saved: &Saved, call: &str) -> Grid {
    let factors = factors(call);
    let columns = factors.iter().map(|&factor| (factor, Align::Left, 0));
    let measured = [("Time a call [95 %]", Align::Right, 0), ("ns/entry", Align::Right, 1), ("Calls", Align::Right, 2)];
    let columns: Vec<_> = columns.chain(measured).collect();
    let mut grid = Grid::new(format!("Price of {call}"), &columns);
    let mut prices: Vec<&Benchmark> = saved.group(CALLS).filter(|benchmark| benchmark.function == call).collect();
    prices.sort_by_key(|benchmark| natural_parts(&benchmark.value));
    for benchmark in prices {
        let price = Price::of(saved, benchmark);
        let mut cells: Vec<String> = factors_in(call, &benchmark.value).map(|(_, part)| part.to_owned()).collect();
        cells.resize_with(factors.len(), dash);
        cells.push(duration_interval(&scaled(&benchmark.time, price.calls)));
        cells.push(price.ns_per_entry().map_or_else(dash, significant));
        cells.push(count(price.calls as u64));
        grid.rows.push(cells.into());
    }
    grid
}

fn scaled(time: &Estimate, by: f64) -> Estimate {
    Estimate { median: time.median / by, low: time.low / by, high: time.high / by }
}

/// The prices by depth, and the slope of each.
pub(super) fn paths(saved: &Saved) -> Vec<Grid> {
    let columns = [
        ("Call", Align::Left, 0),
        ("Path", Align::Left, 0),
        ("Depth", Align::Right, 0),
        ("Components", Align::Right, 1),
        ("Time a call [95 %]", Align::Right, 0),
    ];
    let mut by_depth = Grid::new("Calls by the depth of what they are about", &columns);
    let columns = [("Call", Align::Left, 0), ("ns a component [95 %]", Align::Right, 0), ("From", Align::Left, 1)];
    let mut resolution = Grid::new("What resolving a path costs", &columns);
    for call in functions(saved, PATHS) {
        let mut measured: Vec<&Benchmark> = saved.group(PATHS).filter(|benchmark| benchmark.function == call).collect();
        measured.sort_by_key(|benchmark| natural_parts(&benchmark.value));
        for benchmark in &measured {
            let (way, depth) = benchmark.value.split_once('/').unwrap_or((&benchmark.value, "-"));
            let components = Price::of(saved, benchmark).components.map_or_else(dash, significant);
            let time = duration_interval(&benchmark.time);
            by_depth.rows.push(vec![call.to_owned(), way.to_owned(), depth.to_owned(), components, time].into());
        }
        if let Some((estimate, depths)) = component(saved, call) {
            let part = significant;
            let interval = format!("{} [{}, {}]", part(estimate.median), part(estimate.low), part(estimate.high));
            resolution
                .rows
                .push(vec![call.to_owned(), interval, format!("{depths} depths, a line through their medians")].into());
        }
    }
    let all = [by_depth, resolution];
    all.into_iter().filter(|grid| !grid.rows.is_empty()).collect()
}

/// What a component costs `call`, nanoseconds, and from how many depths that is known.
pub(super) fn component(saved: &Saved, call: &str) -> Option<(Estimate, usize)> {
    let absolute =
        saved.group(PATHS).filter(|benchmark| benchmark.function == call && benchmark.value.starts_with("absolute/"));
    let point = |benchmark: &Benchmark| Some((Price::of(saved, benchmark).components?, benchmark.samples.clone()));
    let points: Vec<(f64, Vec<f64>)> = absolute.filter_map(point).collect();
    Some((slope(&points, RESAMPLES, 1)?, points.len()))
}
