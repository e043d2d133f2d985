//! `compare --fail-if-slower`: it fails where a row became slower, whichever row that is, and says so where it cannot tell.
//!
//! Records are changed on their way: a row that took next to nothing then is surely slower now, whatever else the machine does.

use crate::kit::command::{Ran, fsbench};
use crate::kit::skip::skip;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

/// A small tree, a record of it, and what is compared.
struct Gate {
    folder: TempDir,
    what: Vec<String>,
}

/// What becomes of a row's times in the record.
#[derive(Clone, Copy)]
enum Then {
    NextToNothing,
    AnEternity,
}

impl Gate {
    fn new(what: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/below")).unwrap();
        for name in 0..10 {
            fs::write(folder.path().join(format!("tree/below/{name}")), "").unwrap();
        }
        let gate = Self { folder, what: what.iter().map(|&word| word.to_owned()).collect() };
        let ran = gate.compare(&["--rounds", "10", "--save", gate.record().to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        gate
    }

    fn record(&self) -> PathBuf {
        self.folder.path().join("before.json")
    }

    fn compare(&self, more: &[&str]) -> Ran {
        let tree = self.folder.path().join("tree");
        let usual = ["compare", tree.to_str().unwrap(), "--calls", "none"];
        let what: Vec<&str> = self.what.iter().map(String::as_str).collect();
        fsbench(&[&usual[..], &what, more].concat())
    }

    fn against(&self, more: &[&str]) -> Ran {
        let record = self.record();
        self.compare(&[&["--against", record.to_str().unwrap(), "--fail-if-slower", "3%"], more].concat())
    }

    /// Ten rounds, as JSON: the view of the comparison, what it was held against, and the run.
    fn judged(&self) -> (Value, Value, Ran) {
        let ran = self.against(&["--rounds", "10", "--format", "json"]);
        let record = ran.json();
        let view = record["views"].as_array().unwrap().iter().find(|view| view["kind"] == "past").unwrap().clone();
        (record, view, ran)
    }

    fn rewrite(&self, change: impl FnOnce(&mut Value)) {
        let mut record = serde_json::from_slice(&fs::read(self.record()).unwrap()).unwrap();
        change(&mut record);
        fs::write(self.record(), Value::to_string(&record)).unwrap();
    }

    /// Changes what the row took then.
    fn took(&self, row: &str, then: Then) {
        self.rewrite(|record| {
            let cases = record["cases"].as_array_mut().unwrap();
            let case = cases.iter_mut().find(|case| case["strategy"] == row).unwrap_or_else(|| panic!("no {row}"));
            let measured = &mut case["outcome"]["measured"];
            let of = |ns: f64| match then {
                Then::NextToNothing => (ns / 1e5).max(1.0),
                Then::AnEternity => ns * 1e5,
            };
            for sample in measured["samples"].as_array_mut().unwrap() {
                sample["wall_ns"] = (of(sample["wall_ns"].as_f64().unwrap()) as u64).into();
            }
            for end in ["median", "low", "high"] {
                measured["wall_ns"][end] = of(measured["wall_ns"][end].as_f64().unwrap()).into();
            }
        });
    }
}

/// A row of the comparison, by its name, and what it was held against.
fn row<'r>(record: &'r Value, view: &'r Value, name: &str) -> (&'r Value, &'r str) {
    let strategy = |case: &Value| record["cases"][case.as_u64().unwrap() as usize]["strategy"].as_str().unwrap();
    let rows = view["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| strategy(&row["case"]) == name).unwrap_or_else(|| panic!("no {name}: {view}"));
    (row, strategy(&row["change"]["to_baseline"]["to"]))
}

const FIND: &str = "find {} -mindepth 1 -print0";

/// Whether GNU find is here.
fn find() -> bool {
    let version = std::process::Command::new("find").arg("--version").output();
    let is_gnu = version.is_ok_and(|output| output.stdout.starts_with(b"find (GNU findutils)"));
    if !is_gnu {
        skip("find as the reference", "there is no GNU find");
    }
    is_gnu
}

#[test]
fn a_command_that_became_slower_fails_though_it_is_the_only_row() {
    let programs = tempfile::tempdir().unwrap();
    let program = programs.path().join("walk");
    // Written by a process of its own: one that another test starts meanwhile would inherit a descriptor of ours (ETXTBSY).
    let write = |script: &str| {
        let text = format!("#!/bin/sh\n{script}\n");
        let shell = ["-c", "printf %s \"$1\" >\"$2\"", "sh", &text, program.to_str().unwrap()];
        assert!(std::process::Command::new("sh").args(shell).status().unwrap().success());
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    };
    write("exec ls -AR \"$1\"");
    let command = format!("{} {{}}", program.display());
    let gate = Gate::new(&["--command", &command]);
    write("sleep 0.4; exec ls -AR \"$1\"");
    let ran = gate.against(&["--rounds", "8"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(&format!("SLOWER by more than 3.0 %: {command} x1: +")), "{}", ran.err);
    let reference = if find() { FIND } else { "fsbench count {}" };
    assert!(ran.err.contains(&format!("beside {reference}")), "{}", ran.err);
    assert!(ran.out.contains(&format!("by ratios to {reference}")), "{}", ran.out);
}

#[test]
fn a_reference_that_became_slower_makes_no_row_faster() {
    if !find() {
        return;
    }
    let gate = Gate::new(&["--command", "ls -AR {}"]);
    gate.took(FIND, Then::NextToNothing);
    let (record, view, ran) = gate.judged();
    let (row, to) = row(&record, &view, "ls -AR {}");
    assert_eq!((to, &row["marks"][0], ran.code), (FIND, &"unchanged".into(), Some(0)), "{}", ran.err);
    let advice = record["advice"].to_string();
    assert!(advice.contains(&format!("{FIND} itself became slower, or the machine changed")), "{advice}");
}

#[test]
fn find_as_the_users_row_is_judged_too() {
    if !find() {
        return;
    }
    let gate = Gate::new(&["--command", FIND]);
    gate.took(FIND, Then::NextToNothing);
    let ran = gate.against(&["--rounds", "10"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains(&format!("SLOWER by more than 3.0 %: {FIND} x1")), "{}", ran.err);
    assert!(ran.err.contains("beside fsbench count {}"), "{}", ran.err);
}

#[test]
fn the_baseline_of_strategies_is_judged_too() {
    for (what, slower, to) in [
        (&["-s", "serial", "-s", "rayon"][..], "serial", "walkdir"),
        (&["-s", "serial"], "serial", "walkdir"),
        (&["-s", "walkdir", "--baseline", "walkdir"], "walkdir", "nftw"),
        (&["--flat", "-s", "getdents/64k"], "std", "readdir"),
        (&["--flat", "-s", "std", "--want", "metadata"], "std", "readdir+lstat"),
    ] {
        let gate = Gate::new(what);
        gate.took(slower, Then::NextToNothing);
        let ran = gate.against(&["--rounds", "10"]);
        assert_eq!(ran.code, Some(3), "{what:?}: {}", ran.err);
        let said = ran.err.lines().find(|line| line.contains(&format!("SLOWER by more than 3.0 %: {slower} x1")));
        assert!(said.is_some_and(|line| line.ends_with(&format!("beside {to}"))), "{what:?}: {}", ran.err);
    }
}

#[test]
fn a_row_whose_own_time_fell_is_called_faster_and_the_interval_that_decides_is_shown() {
    let gate = Gate::new(&["-s", "serial", "-s", "rayon"]);
    gate.took("serial", Then::AnEternity);
    gate.took("rayon", Then::NextToNothing);
    let (record, view, ran) = gate.judged();
    assert_eq!(row(&record, &view, "serial").0["marks"][0], "faster", "{}", ran.err);
    let (slower, to) = row(&record, &view, "rayon");
    let percent = |end: &Value| format!("{:+.1} %", (end.as_f64().unwrap() - 1.0) * 100.0);
    let (surely, median) = (&slower["change"]["surely"], percent(&slower["ratio"]["median"]));
    let expected = format!(": {median} [{}, {}] beside {to}\n", percent(&surely["low"]), percent(&surely["high"]));
    assert!(ran.err.contains("SLOWER by more than 3.0 %: rayon x") && ran.err.ends_with(&expected), "{}", ran.err);
}

#[test]
fn what_is_not_known_passes_unless_it_must_be_known() {
    let gate = Gate::new(&["-s", "serial"]);
    for (more, code) in [(&[][..], 0), (&["--fail-if-unsure"], 3)] {
        let ran = gate.against(&[&["--rounds", "2"], more].concat());
        assert_eq!(ran.code, Some(code), "{more:?}: {}", ran.err);
        assert!(ran.err.contains("not known well enough"), "{}", ran.err);
        assert!(ran.err.contains("[no lower end, no upper end] beside walkdir"), "{}", ran.err);
    }
    let alone = gate.compare(&["--rounds", "2", "--against-binary", crate::kit::command::FSBENCH, "--fail-if-unsure"]);
    assert_eq!(alone.code, Some(2), "a limit is what it is about");
}

#[test]
fn a_reference_that_is_a_row_and_changed_hides_no_other_change() {
    let gate = Gate::new(&["-s", "serial", "-s", "walkdir", "-s", "nftw"]);
    for slower in ["serial", "walkdir"] {
        gate.took(slower, Then::NextToNothing);
    }
    let ran = gate.against(&["--rounds", "10"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    for slower in ["serial", "walkdir"] {
        assert!(ran.err.contains(&format!("SLOWER by more than 3.0 %: {slower} x1")), "{slower}: {}", ran.err);
    }
    assert!(!ran.err.contains("SLOWER by more than 3.0 %: nftw"), "{}", ran.err);
}

/// A record from before there were references, or of JSON that went to standard output.
#[test]
fn without_a_reference_another_row_serves_and_its_gain_is_nobodys_loss() {
    let gate = Gate::new(&["-s", "serial", "-s", "rayon"]);
    gate.rewrite(|record| {
        record["cases"].as_array_mut().unwrap().retain(|case| case["strategy"] != "walkdir");
        record["views"][0].as_object_mut().unwrap().remove("references");
    });
    gate.took("rayon", Then::AnEternity);
    let (record, view, ran) = gate.judged();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(row(&record, &view, "rayon").0["marks"][0], "faster");
    let (serial, to) = row(&record, &view, "serial");
    assert_eq!((to, &serial["marks"][0]), ("rayon", &"unchanged".into()));
    assert!(ran.err.contains("what it is held against may be what changed"), "{}", ran.err);
    // As it was.
    gate.took("rayon", Then::NextToNothing);
    gate.took("serial", Then::NextToNothing);
    assert_eq!(gate.judged().2.code, Some(3), "a row that became slower itself");
}

#[test]
fn a_row_that_the_record_lacks_is_said_and_not_known() {
    let mut gate = Gate::new(&["-s", "serial"]);
    gate.what.extend(["-s".to_owned(), "rayon".to_owned()]);
    let ran = gate.against(&["--rounds", "2", "--threads", "2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("not judged: rayon x2 (it has no counterpart"), "{}", ran.err);
    assert!(ran.out.contains("the record has no time for it"), "{}", ran.out);
}
