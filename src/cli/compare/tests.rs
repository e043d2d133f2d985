//! From arguments to a plan, without a tree.

use super::*;
use clap::Parser;
use fsbench::list::Projection;
use fsbench::measure::ViewKind;
use fsbench::measure::comparison::Programs;
use fsbench::measure::path_text::PathText;
use fsbench::measure::plan::{Twin, View, Way};
use fsbench::measure::process::Renewal;
use fsbench::measure::spec::{self, Output};
use fsbench::tree::{Shape, Spec};

#[derive(Parser)]
struct Compare {
    #[command(flatten)]
    arguments: Arguments,
}

fn parsed(words: &[&str]) -> Arguments {
    Compare::try_parse_from([&["compare"], words].concat()).map_err(|error| error.to_string()).unwrap().arguments
}

fn comparison(words: &[&str]) -> Result<Comparison, Unfit> {
    parsed(words).comparison(8)
}

fn program() -> Program {
    Program::at("worker".into(), Vec::new(), Renewal::Never)
}

/// The plan for trees that nobody looks at.
fn plan(words: &[&str], programs: Programs) -> Plan {
    let comparison = comparison(words).unwrap();
    let target = |tree: &Tree| {
        let (Tree::Named(_, level) | Tree::Made(_, level)) = *tree;
        Target { root: "/nowhere".into(), named: "nowhere".into(), level, shape: None, made: None }
    };
    let targets = comparison.trees.iter().map(target).collect();
    comparison.plan(parsed(words).empty_plan(program(), &[]), targets, programs)
}

fn own_plan(words: &[&str]) -> Plan {
    plan(words, Programs::default())
}

fn titles(plan: &Plan) -> Vec<&str> {
    plan.views.iter().map(|view| view.title.as_str()).collect()
}

/// A view's rows: strategy and threads.
fn rows(plan: &Plan, view: &View) -> Vec<(String, usize)> {
    view.cases.iter().map(|&case| (plan.cases[case].name(), plan.cases[case].threads)).collect()
}

fn baseline(plan: &Plan) -> String {
    plan.cases[plan.views[0].baseline].name()
}

#[test]
fn nothing_asked_shows_the_directory_ladders_then_walking_a_tree_on_trees_that_are_made() {
    let made = |shape, entries| Spec { shape, entries, seed: 1 };
    let trees = comparison(&[]).unwrap().trees;
    let (flat, source) = (made(Shape::Flat, 20_000), made(Shape::Source, 50_000));
    assert_eq!(trees, [Tree::Made(flat, Level::Directory), Tree::Made(source, Level::Tree)]);
    let plan = own_plan(&[]);
    let of_target = |target| {
        let shown = plan.views.iter().filter(|view| plan.cases[view.cases[0]].target == target);
        shown.map(|view| view.kind).collect::<Vec<_>>()
    };
    assert_eq!(of_target(0), [ViewKind::Ladder, ViewKind::Ladder]);
    assert_eq!(of_target(1), [ViewKind::Ladder, ViewKind::Table]);
}

#[test]
fn seed_and_entries_shape_the_tree_that_is_made() {
    let trees = comparison(&["--flat", "--seed", "7", "--entries", "10"]).unwrap().trees;
    assert_eq!(trees, [Tree::Made(Spec { shape: Shape::Flat, entries: 10, seed: 7 }, Level::Directory)]);
}

#[test]
fn a_named_tree_is_compared_alone_with_the_usual_baseline_of_its_level() {
    assert_eq!(comparison(&["dir"]).unwrap().trees, [Tree::Named("dir".into(), Level::Tree)]);
    let (tree, flat) = (own_plan(&["dir"]), own_plan(&["--flat", "--want", "names", "dir"]));
    assert_eq!((titles(&tree).len(), baseline(&tree).as_str()), (1, "serial"));
    assert_eq!((titles(&flat).len(), baseline(&flat).as_str()), (1, "std"));
}

#[test]
fn a_baseline_that_is_not_selected_becomes_the_first_row() {
    let plan = own_plan(&["--flat", "-s", "getdents/4k", "--baseline", "readdir", "dir"]);
    assert_eq!(rows(&plan, &plan.views[0]), [("readdir".to_owned(), 1), ("getdents/4k".to_owned(), 1)]);
    assert_eq!(baseline(&plan), "readdir");
}

#[test]
fn mistakes_in_names_are_told_before_any_tree_is_looked_at() {
    for (words, why) in [
        (&["-s", "readdir", "/none"][..], "'readdir' lists one directory, not a tree: add --flat"),
        (&["--baseline", "no-such"], "no strategy matches 'no-such': `fsbench strategies` lists them all"),
        (&["--flat", "--baseline", "getdents/*"], "--baseline getdents/*: it takes one strategy, not a pattern"),
        (&["--ladder", "--want", "names"], "no ladder is about names: leave --want out, or say kinds or metadata"),
    ] {
        assert_eq!(comparison(words).err().map(|unfit| unfit.0).as_deref(), Some(why), "{words:?}");
    }
}

#[test]
fn a_ladder_without_a_tree_runs_on_a_tree_and_on_one_directory() {
    let trees = |words: &[&str]| comparison(words).unwrap().trees.len();
    assert_eq!((trees(&["--ladder"]), trees(&["--ladder", "--flat"]), trees(&["--ladder", "dir"])), (2, 1, 1));
    let kinds = own_plan(&["--ladder", "--want", "kinds", "dir"]);
    assert!(kinds.cases.iter().all(|case| case.want == Want::Kinds));
    assert!(!kinds.views.is_empty() && kinds.views.iter().all(|view| view.kind == ViewKind::Ladder));
}

#[test]
fn thread_counts_multiply_the_strategies_that_take_threads_and_ladders_take_the_largest() {
    let sweep = own_plan(&["-s", "serial", "-s", "rayon", "--threads", "1,2,4", "dir"]);
    let row = |name: &str, threads| (name.to_owned(), threads);
    let expected = [row("serial", 1), row("rayon", 1), row("rayon", 2), row("rayon", 4)];
    assert_eq!(rows(&sweep, &sweep.views[0]), expected);
    let usual = own_plan(&["-s", "rayon", "--baseline", "rayon", "dir"]);
    assert_eq!(rows(&usual, &usual.views[0]), [row("rayon", 8)]);
    let ladder = own_plan(&["--ladder", "--want", "metadata", "--threads", "1,4,2", "dir"]);
    let threads = rows(&ladder, &ladder.views[0]).into_iter().map(|(_, threads)| threads);
    assert_eq!(threads.filter(|&threads| threads > 1).collect::<Vec<_>>(), [4]);
}

#[test]
fn the_baseline_is_measured_twice_and_null_beside_it() {
    let plan = own_plan(&["-s", "walkdir", "dir"]);
    let case = |index: usize| (plan.cases[index].name(), plan.cases[index].twin);
    assert_eq!(case(plan.ruler.first), ("serial".to_owned(), Twin::First));
    assert_eq!(case(plan.ruler.second), ("serial".to_owned(), Twin::Second));
    assert_eq!(case(plan.ruler.null), ("null".to_owned(), Twin::First));
    assert!(!plan.views[0].cases.contains(&plan.ruler.second));
}

/// `ls {}`
fn ls() -> spec::Spec {
    let words = ["ls", "{}"].map(|word| PathText::Text(word.to_owned()));
    spec::Spec::new(words.into(), Output::Guess)
}

#[test]
fn other_programs_are_rows_of_the_table_and_absent_commands_are_no_baseline() {
    let words = ["--flat", "--want", "names", "--languages", "--peers", "dir"];
    let worker = Way::Foreign { name: "theirs".to_owned(), program: program(), projection: Projection::Whole };
    let absent = Way::Absent { name: "find".to_owned(), reason: "not here".to_owned() };
    let spec = ls();
    let here = Way::Command { name: "ls".to_owned(), spec, version: None };
    let plan = plan(&words, Programs { workers: vec![worker], commands: vec![absent, here] });
    assert_eq!(rows(&plan, &plan.views[0]).last().map(|(name, _)| name.as_str()), Some("theirs"));
    let processes = &plan.views[1];
    assert_eq!(processes.title, "Whole processes that print the names in one directory, fastest first");
    assert_eq!(plan.cases[processes.baseline].name(), "ls");
    assert_eq!(baseline(&plan), "std");
}

#[test]
fn commands_alone_are_a_table_of_their_own_that_the_ruler_measures_about() {
    let spec = ls();
    let commands = vec![Way::Command { name: "ls".to_owned(), spec, version: None }];
    let plan = plan(&["--peers", "dir"], Programs { workers: Vec::new(), commands });
    assert_eq!(titles(&plan), ["Whole processes that print the names in a tree, fastest first"]);
    assert_eq!(plan.cases[plan.ruler.first].name(), "ls");
}

#[test]
fn settings_reach_the_plan() {
    let plan = own_plan(&["--rounds", "3", "--cache", "cold", "--calls", "none", "--worker-timeout", "2s", "dir"]);
    assert_eq!((plan.limits, plan.cache, plan.count), (Limits::Rounds(3), Cache::Cold, None));
    assert_eq!(plan.worker_timeout, Some(Duration::from_secs(2)));
    assert!(plan.cases.iter().all(|case| case.cache == Cache::Cold));
    assert_eq!(own_plan(&["--time-limit", "1m30s", "dir"]).limits, Limits::Time(Duration::from_secs(90)));
}
