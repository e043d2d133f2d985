//! References: cases that do not change between versions of fsbench, by which changes of rows are judged.
//!
//! Times of two sessions cannot be compared, so a row is judged by its ratio to another case, then and now. If that
//! case were a row of fsbench's own, a change of it would look like the opposite change of all others, and a change
//! that all rows share would not be seen. So a plan whose record is saved, or compared with one, has a case beside its
//! rows that is not fsbench's: for strategies the standard library, libc, or a walker on top of them; for commands
//! their table's baseline, GNU find. It is measured in the same rounds and not shown. If all candidates are rows
//! already, all of them serve.

use super::plan::{Case, Plan, Twin, View, ViewKind, Way};
use crate::strategy::{Level, Strategy};

/// Of one directory, the most preferred first: the standard library, and libc.
const DIRECTORY: &[&str] = &["std", "readdir", "readdir+lstat"];
/// Of a tree: a walker over the standard library, and libc's.
const TREE: &[&str] = &["walkdir", "nftw"];

/// Adds references to each table and ladder of `plan`: a case that is not among its rows, or several that are.
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
