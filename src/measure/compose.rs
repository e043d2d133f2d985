//! Plans put together from names: tables of what was selected, the ladders of a level.

use super::plan::{Plan, View, ViewKind, Way};
use crate::list::Want;
use crate::strategy::{Level, Strategy, ladder::LADDERS, select::select};
use std::fmt;

/// What a table shows.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Patterns of strategies; all of the level's if empty.
    pub patterns: &'a [String],
    /// What each entry is asked for.
    pub want: Want,
    /// Thread counts for those that take any.
    pub threads: &'a [usize],
    /// The row that ratios are to; the level's usual one if `None`.
    pub baseline: Option<&'a str>,
}

/// What is wrong with a selection: a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// The baseline of a level: what a Rust program does that thinks no further, and the plainest walker.
pub fn usual_baseline(level: Level) -> &'static str {
    match level {
        Level::Directory => crate::list::std::NAME,
        Level::Tree => "serial",
    }
}

/// Adds a table of the selected strategies on `target`, with its baseline, and makes the ruler measure about it.
///
/// # Errors
/// When a pattern or the baseline fits nothing.
pub fn table(plan: &mut Plan, target: usize, title: &str, selection: &Selection<'_>) -> Result<(), Unfit> {
    let Some(level) = plan.targets.get(target).map(|target| target.level) else { return Ok(()) };
    let Selection { want, threads, .. } = *selection;
    let mut strategies = select(selection.patterns, level, want).map_err(|error| Unfit(error.to_string()))?;
    let named = |name: &str| select(&[name.to_owned()], level, want).map_err(|error| Unfit(error.to_string()));
    let baseline = match selection.baseline {
        Some(name) => match named(name)?[..] {
            [only] => only,
            _ => return Err(Unfit(format!("--baseline {name}: it takes one strategy, not a pattern"))),
        },
        // Where the usual one cannot deliver or was not selected, the first selected serves.
        None => named(usual_baseline(level)).ok().and_then(|usual| usual.first().copied()).unwrap_or(strategies[0]),
    };
    if !strategies.contains(&baseline) {
        strategies.insert(0, baseline);
    }
    let cases: Vec<usize> =
        strategies.iter().flat_map(|&strategy| plan.strategy(target, strategy, want, threads)).collect();
    let is_baseline = |&case: &usize| plan.cases.get(case).is_some_and(|case| case.way == Way::Ours(baseline));
    let baseline = cases.iter().copied().find(is_baseline).unwrap_or(0);
    plan.views.push(View { title: title.to_owned(), kind: ViewKind::Table, cases, baseline, references: Vec::new() });
    plan.ruler(baseline);
    Ok(())
}

/// Adds the ladders of `target`'s level, those of `want` only if one is given.
pub fn ladders(plan: &mut Plan, target: usize, want: Option<Want>, threads: &[usize]) {
    let Some(level) = plan.targets.get(target).map(|target| target.level) else { return };
    for ladder in LADDERS.iter().filter(|ladder| ladder.level == level && want.is_none_or(|want| ladder.want == want)) {
        add_ladder(plan, target, ladder, threads);
    }
}

/// Adds one ladder. Parallel steps run with the largest of `threads`.
pub fn add_ladder(plan: &mut Plan, target: usize, ladder: &crate::strategy::ladder::Ladder, threads: &[usize]) {
    let most = [threads.iter().copied().max().unwrap_or(1)];
    let steps: Vec<Strategy> = ladder.strategies().collect();
    let cases: Vec<usize> =
        steps.into_iter().flat_map(|strategy| plan.strategy(target, strategy, ladder.want, &most)).collect();
    // The last step is the quickest to run twice, and the one that the others are held against in a reader's mind.
    let baseline = cases.last().copied().unwrap_or(0);
    plan.views.push(View {
        title: ladder.title.to_owned(),
        kind: ViewKind::Ladder,
        cases,
        baseline,
        references: Vec::new(),
    });
    plan.ruler(baseline);
}
