//! References: cases that stay as they are between two sessions, so that what changes can be held against them.
//!
//! Times of two sessions cannot be compared, so a row is judged by its ratio to another case, then and now. Where that case is
//! one of the rows that may change, a change of it looks like the opposite change of all others; where it is the judged row
//! itself, no change is ever seen; and what all of fsbench's own rows share is missed. So a plan whose record is kept, or
//! held against one, has a case beside its rows that is not fsbench's. Commands are held against their table's baseline,
//! which is GNU find; strategies against the standard library or libc, or walkers that stand on them. It is measured in the
//! same rounds and not shown: it is none of the rows, which may all change. Where all that could serve are rows, all of them do.

use super::plan::{Case, Plan, Twin, View, ViewKind, Way};
use crate::strategy::{Level, Strategy};

/// Of one directory, the most preferred first: the standard library, and libc.
const DIRECTORY: &[&str] = &["std", "readdir", "readdir+lstat"];
/// Of a tree: a walker over the standard library, and libc's.
const TREE: &[&str] = &["walkdir", "nftw"];

/// Gives each table and ladder of `plan` its reference, a case that is not among its rows, or several that are.
pub fn add(plan: &mut Plan) {
    let mut views = std::mem::take(&mut plan.views);
    for view in views.iter_mut().filter(|view| matches!(view.kind, ViewKind::Table | ViewKind::Ladder)) {
        if let Way::Command { version, .. } = &plan.cases[view.baseline].way {
            // A version says that it is fsbench's choice: a user's own may be another program every time.
            view.references.extend(version.as_ref().map(|_| view.baseline));
            continue;
        }
        let candidates = candidates(plan, view);
        let row = |candidate: &Case| view.cases.iter().copied().find(|&case| plan.cases[case] == *candidate);
        view.references = match candidates.iter().find(|candidate| row(candidate).is_none()) {
            Some(other) => vec![plan.case(other.clone())],
            None => candidates.iter().filter_map(row).collect(),
        };
    }
    plan.views = views;
}

/// What could serve a view of strategies, the most preferred first.
fn candidates(plan: &Plan, view: &View) -> Vec<Case> {
    let Case { target, want, cache, .. } = plan.cases[view.cases[0]];
    let names = if plan.targets[target].level == Level::Directory { DIRECTORY } else { TREE };
    let strategies = names.iter().filter_map(|name| Strategy::by_name(name)).filter(|it| it.delivers(want));
    strategies.map(|it| Case { target, way: Way::Ours(it), want, cache, threads: 1, twin: Twin::First }).collect()
}
