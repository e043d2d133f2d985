//! Who is ahead so far: an answer long before the last round.

use super::super::events::Ahead;
use super::super::fold;
use super::super::plan::{Plan, View, ViewKind};
use super::super::running::Running;
use super::super::stats::median;
use crate::list::Standing;

/// Rounds before which nothing is said: two ratios have no middle.
const LEAST_ROUNDS: usize = 3;
/// Resamples of an interval that the next round replaces.
const RESAMPLES: usize = 400;

/// The fastest row of the first table beside its baseline; where there is none, the last row of the first ladder
/// beside its first. `None` before there are enough rounds, or where that row is the baseline itself.
pub(super) fn ahead(plan: &Plan, cases: &[Running<'_>], rounds: usize) -> Option<Ahead> {
    if rounds < LEAST_ROUNDS {
        return None;
    }
    let of_kind = |kind| plan.views.iter().find(|view| view.kind == kind);
    let (first, beside) = match of_kind(ViewKind::Table) {
        Some(table) => (fastest(table, plan, cases)?, table.baseline),
        None => {
            let ladder = of_kind(ViewKind::Ladder)?;
            let mut measured = ladder.cases.iter().copied().filter(|&case| !cases[case].samples.is_empty());
            let first = measured.next()?;
            (measured.next_back()?, first)
        }
    };
    if first == beside {
        return None;
    }
    let speed = fold::ratio(&cases[beside], &cases[first], RESAMPLES, plan.seed)?;
    let name = |case: usize| plan.cases[case].name();
    Some(Ahead { name: name(first), beside: name(beside), speed, rounds })
}

/// The row of the least median ratio to the baseline.
fn fastest(table: &View, plan: &Plan, cases: &[Running<'_>]) -> Option<usize> {
    let ranked = table.cases.iter().copied().filter(|&case| plan.cases[case].standing() == Standing::Ranked);
    let ratio = |case: usize| median(&mut fold::ratios(&cases[case], &cases[table.baseline])?);
    ranked.filter_map(|case| Some((case, ratio(case)?))).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(case, _)| case)
}
