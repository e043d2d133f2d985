//! CSV of benchmarks for scripts: one line for each, numbers in base units, nothing rounded.

use super::super::csv::{parts, text};
use super::lookup::Price;
use super::strategies;
use crate::bench::{Benchmark, Saved};
use crate::measure::stats::Estimate;

const HEADER: [&str; 14] = [
    "group",
    "function",
    "value",
    "elements",
    "calls",
    "components",
    "time_ns",
    "time_ns_low",
    "time_ns_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "samples",
    "predicted_ns",
];

/// One baseline's benchmarks. Times are an iteration's, of which a price makes so many calls; ratios are a strategy's
/// to the baseline of its table; what is predicted is the time of one that makes its calls one at a time.
pub(super) fn render(saved: &Saved) -> String {
    let lines = saved.benchmarks.iter().map(|benchmark| line(saved, benchmark));
    text(std::iter::once(HEADER.map(str::to_owned).to_vec()).chain(lines))
}

fn line(saved: &Saved, benchmark: &Benchmark) -> Vec<String> {
    let cell = |value: Option<String>| value.unwrap_or_default();
    let is_case = saved.case(benchmark).is_some();
    let price = (!is_case).then(|| Price::of(saved, benchmark));
    let mut line = vec![benchmark.group.clone(), benchmark.function.clone(), benchmark.value.clone()];
    line.push(cell(benchmark.elements.map(|elements| elements.to_string())));
    line.push(cell(price.map(|price| price.calls.to_string())));
    line.push(cell(price.and_then(|price| price.components).map(|components| components.to_string())));
    let ratio = if is_case { ratio(saved, benchmark) } else { None };
    line.extend(parts(Some(&benchmark.time)).into_iter().chain(parts(ratio.as_ref())).map(cell));
    line.push(benchmark.samples.len().to_string());
    let predicted = super::explain::predicted(saved, &benchmark.group, &benchmark.value, &benchmark.id);
    line.push(cell(predicted.filter(|_| is_case).map(|ns| ns.to_string())));
    line
}

fn ratio(saved: &Saved, benchmark: &Benchmark) -> Option<Estimate> {
    let rows = strategies::rows(saved, &benchmark.group, &benchmark.value);
    super::ratio(benchmark, strategies::baseline(&rows)?.benchmark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::saved::{LAST, tests::folder};

    #[test]
    fn every_benchmark_has_a_line_of_as_many_cells_as_the_header() {
        let folder = folder(&[("new", "theirs", "quick, so to say", "10", 100.0), ("new", "calls", "null", "1", 80.0)]);
        let told = render(&Saved::read(folder.path(), LAST).unwrap());
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("calls,null,1,100,1,,80,"), "{told}");
        assert!(lines[2].starts_with("theirs,\"quick, so to say\",10,"), "{told}");
        assert!(lines[1].matches(',').count() == HEADER.len() - 1, "{told}");
    }
}
