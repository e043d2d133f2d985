//! What is compared, as the user asks for it, and the plan that measures it.
//!
//! ```text
//! arguments -> Comparison -> trees and programs -> Plan
//! ```
//!
//! A [`Comparison`] names its trees and looks at none. Whoever has found or made them gets the [`Plan`]. Both
//! steps are pure: a mistake in a name is told before anything is made, and a test needs no tree.

use super::plan::{Case, Plan, Target, Twin, ViewKind, Way};
use crate::escape::Plain;
use crate::list::Want;
use crate::strategy::{Level, Strategy, ladder::Ladder, select::select};
use crate::tree;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

/// What is compared, on which trees.
pub struct Comparison {
    /// What is listed.
    pub trees: Vec<Tree>,
    /// The tables and ladders, in the order in which they are shown.
    pub views: Vec<AskedView>,
    /// Thread counts for strategies that take threads.
    pub threads: Vec<usize>,
}

/// A tree that is not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// A directory of the user's.
    Named(PathBuf, Level),
    /// One that is made for the comparison.
    Made(tree::Spec, Level),
}

/// A table or ladder to be.
pub struct AskedView {
    /// Index of its tree.
    pub tree: usize,
    /// What its rows are.
    pub rows: AskedRows,
}

/// The rows of a view.
pub enum AskedRows {
    /// Selected strategies, and the workers of other programs.
    Table(Table),
    /// The steps of a ladder.
    Ladder(&'static Ladder),
    /// Commands, as whole processes.
    Processes(Want),
}

/// Selected strategies.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What each entry is asked for.
    pub want: Want,
    /// The rows, each once.
    pub strategies: Vec<Strategy>,
    /// The row that ratios are to: one of the strategies.
    pub baseline: Strategy,
}

/// Rows that are not strategies of fsbench.
#[derive(Debug, Default)]
pub struct Programs {
    /// Programs that speak the worker protocol: rows of the tables.
    pub workers: Vec<Way>,
    /// Commands: rows of the views of whole processes.
    pub commands: Vec<Way>,
}

impl Programs {
    /// Makes sure that no two rows have one name: a report and a later comparison find rows by it.
    ///
    /// # Errors
    /// Which name, and what to do.
    pub fn check_names(&self) -> Result<(), Unfit> {
        let is_strategy = |way: &&Way| Strategy::by_name(&way.name()).is_some();
        if let Some(way) = self.workers.iter().find(is_strategy) {
            return Err(Unfit(format!("'{}' is a strategy's name: give the worker another one", Plain(way.name()))));
        }
        for (ways, remedy) in [
            (&self.workers, "give each worker a name of its own (--worker NAME=PROGRAM)"),
            (&self.commands, "tell them apart with -n NAME, or 'NAME=COMMAND'"),
        ] {
            let mut names = BTreeSet::new();
            let name = |way: &Way| (way.name(), way.threads_told());
            if let Some((second, _)) = ways.iter().map(name).find(|name| !names.insert(name.clone())) {
                return Err(Unfit(format!("two rows are called '{}': {remedy}", Plain(second))));
            }
        }
        Ok(())
    }
}

/// What is wrong with a comparison: a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// The baseline of a level: what a plain Rust program calls, and the plainest walker.
pub fn usual_baseline(level: Level) -> &'static str {
    match level {
        Level::Directory => crate::list::std::NAME,
        Level::Tree => "serial",
    }
}

impl Table {
    /// Selects the strategies that fit `patterns`, all of the level if there is none, and the baseline.
    ///
    /// # Errors
    /// When a pattern or the baseline fits nothing.
    pub fn select(level: Level, want: Want, patterns: &[String], baseline: Option<&str>) -> Result<Self, Unfit> {
        let select = |patterns: &[String]| select(patterns, level, want).map_err(|error| Unfit(error.to_string()));
        let named = |name: &str| select(&[name.to_owned()]);
        let mut strategies = select(patterns)?;
        let baseline = match baseline {
            Some(name) => match named(name)?[..] {
                [only] => only,
                _ => return Err(Unfit(format!("--baseline {name}: it takes one strategy, not a pattern"))),
            },
            // The usual one may not deliver what is wanted: then the first selected serves.
            None => named(usual_baseline(level)).map_or(strategies[0], |usual| usual[0]),
        };
        if !strategies.contains(&baseline) {
            strategies.insert(0, baseline);
        }
        Ok(Self { want, strategies, baseline })
    }
}

impl Comparison {
    /// Adds to `plan` its cases and views on `targets`, which are its trees in their order.
    ///
    /// The baseline of the last view of strategies is measured twice; if there is none, that of the commands.
    pub fn plan(&self, mut plan: Plan, targets: Vec<Target>, programs: Programs) -> Plan {
        assert_eq!(targets.len(), self.trees.len(), "each tree becomes a target");
        plan.targets = targets;
        for view in &self.views {
            match &view.rows {
                AskedRows::Table(table) => self.add_table(&mut plan, view.tree, table, &programs.workers),
                AskedRows::Ladder(ladder) => self.add_ladder(&mut plan, view.tree, ladder),
                AskedRows::Processes(want) => add_processes(&mut plan, view.tree, *want, &programs.commands),
            }
        }
        plan
    }

    fn add_table(&self, plan: &mut Plan, target: usize, table: &Table, workers: &[Way]) {
        let &Table { want, ref strategies, baseline } = table;
        let mut cases: Vec<usize> = Vec::new();
        for &strategy in strategies {
            cases.extend(plan.strategy(target, strategy, want, &self.threads));
        }
        let is_baseline = |&case: &usize| plan.cases[case].way == Way::Ours(baseline);
        let baseline = cases.iter().copied().find(is_baseline).expect("the baseline is one of the strategies");
        plan.ruler(baseline);
        cases.extend(workers.iter().map(|way| plan.case(single(plan, target, way, want))));
        let task = match plan.targets[target].level {
            Level::Directory => "Listing one directory",
            Level::Tree => "Walking a tree",
        };
        let of_each = match want {
            Want::Names => "names",
            Want::Kinds => "names and file types",
            Want::Metadata => "names and metadata",
        };
        plan.view(format!("{task}: {of_each}, fastest first"), ViewKind::Table, cases, baseline);
    }

    /// Parallel steps run with the largest of the thread counts.
    fn add_ladder(&self, plan: &mut Plan, target: usize, ladder: &Ladder) {
        let most = [self.threads.iter().copied().max().unwrap_or(1)];
        let mut cases: Vec<usize> = Vec::new();
        for strategy in ladder.strategies() {
            cases.extend(plan.strategy(target, strategy, ladder.want, &most));
        }
        // The last step is the quickest to run twice.
        let baseline = *cases.last().expect("a ladder has steps");
        plan.ruler(baseline);
        plan.view(ladder.title.to_owned(), ViewKind::Ladder, cases, baseline);
    }
}

/// Adds a table of commands. Its baseline is the first that is installed; it is measured twice if there is no other
/// view.
fn add_processes(plan: &mut Plan, target: usize, want: Want, commands: &[Way]) {
    let cases: Vec<usize> = commands.iter().map(|way| plan.case(single(plan, target, way, want))).collect();
    let is_here = |&case: &usize| matches!(plan.cases[case].way, Way::Command { .. });
    let Some(baseline) = cases.iter().copied().find(is_here).or(cases.first().copied()) else { return };
    let what = match (plan.targets[target].level, want) {
        (Level::Directory, Want::Metadata) => "the metadata of one directory's entries",
        (Level::Tree, Want::Metadata) => "the metadata of a tree's entries",
        (Level::Directory, _) => "the names in one directory",
        (Level::Tree, _) => "the names in a tree",
    };
    if plan.views.is_empty() {
        plan.ruler(baseline);
    }
    plan.view(format!("Whole processes that print {what}, fastest first"), ViewKind::Table, cases, baseline);
}

/// The one case of a row that is not ours.
fn single(plan: &Plan, target: usize, way: &Way, want: Want) -> Case {
    let threads = way.threads_told().unwrap_or(1);
    Case { target, way: way.clone(), want, cache: plan.cache, threads, twin: Twin::First }
}
