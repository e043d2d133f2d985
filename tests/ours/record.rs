//! Records: kept whole and never overwritten, read with suspicion, compared with what may be compared.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    /// A folder with a tree of `files` files, and room for records.
    fn new(files: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/below")).unwrap();
        for name in 0..files {
            fs::write(folder.path().join(format!("tree/below/{name}")), "").unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Two walkers on the tree, two rounds.
    fn compare(&self, more: &[&str]) -> Ran {
        let tree = self.path("tree");
        let usual = ["compare", tree.to_str().unwrap(), "-s", "serial", "-s", "walkdir"];
        let mut arguments = usual.to_vec();
        arguments.extend(more);
        if !more.contains(&"--rounds") {
            arguments.extend(["--rounds", "2"]);
        }
        fsbench(&arguments)
    }

    /// A record of it.
    fn record(&self) -> PathBuf {
        let path = self.path("record.json");
        let ran = self.compare(&["--save", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        path
    }
}

fn said(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(what), "{what}: {}", ran.err);
}

/// Changes a record on its way.
fn rewrite(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut record = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut record);
    fs::write(path, serde_json::Value::to_string(&record)).unwrap();
}

#[test]
fn a_record_is_never_overwritten() {
    let place = Place::new(1);
    let path = place.record();
    let before = fs::read(&path).unwrap();
    said(&place.compare(&["--save", path.to_str().unwrap()]), "never overwritten");
    assert_eq!(fs::read(&path).unwrap(), before);
    let left: Vec<_> = fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "only the tree and the record: {left:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_found_out_before_anything_is_measured() {
    let place = Place::new(1);
    said(&place.compare(&["--save", "/no/such/folder/record.json"]), "/no/such/folder");
}

#[test]
fn every_field_of_a_record_is_documented() {
    let place = Place::new(3);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(place.record()).unwrap()).unwrap();
    let documented = include_str!("../../docs/record.md");
    let sample = &record["cases"][0]["outcome"]["measured"]["samples"][0];
    let objects = [
        &record,
        &record["environment"],
        &record["environment"]["conditions"][0],
        &record["rounds"],
        &record["ruler"],
        &record["targets"][0],
        &record["targets"][0]["file_system"],
        &record["cases"][0],
        &record["cases"][0]["outcome"]["measured"],
        &record["cases"][0]["outcome"]["measured"]["calls"],
        sample,
        &sample["tally"],
        &record["views"][0],
        &record["views"][0]["rows"][0],
    ];
    for object in objects {
        for field in object.as_object().unwrap().keys() {
            assert!(documented.contains(&format!("`{field}`")), "{field} is not in docs/record.md");
        }
    }
}

#[test]
fn a_record_of_the_same_tree_is_compared_by_ratios() {
    let place = Place::new(3);
    let path = place.record();
    let ran = place.compare(&["--against", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let after = ran.out.split("Against ").nth(1).expect(&ran.out);
    assert!(after.contains("Ratio then") && after.contains("walkdir"), "{}", ran.out);
}

#[test]
fn a_row_that_became_slower_than_in_the_record_fails_the_limit() {
    let place = Place::new(3);
    let path = place.path("record.json");
    assert_eq!(place.compare(&["--rounds", "10", "--save", path.to_str().unwrap()]).code, Some(0));
    quicken(&path, "walkdir");
    let ran = place.compare(&["--rounds", "10", "--against", path.to_str().unwrap(), "--fail-if-slower", "5%"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("SLOWER by more than 5.0 %: walkdir"), "{}", ran.err);
    assert!(ran.out.contains("SLOWER"), "{}", ran.out);
}

/// Makes the samples of `strategy` in a record next to nothing: no noise makes up for that.
fn quicken(path: &Path, strategy: &str) {
    rewrite(path, |record| {
        for case in record["cases"].as_array_mut().unwrap().iter_mut().filter(|case| case["strategy"] == strategy) {
            for sample in case["outcome"]["measured"]["samples"].as_array_mut().unwrap() {
                sample["wall_ns"] = (sample["wall_ns"].as_u64().unwrap() / 100_000).max(1).into();
            }
        }
    });
}

/// Each row of the last view, with its marks.
fn marks(record: &serde_json::Value) -> Vec<(String, String)> {
    let rows = record["views"].as_array().unwrap().last().unwrap()["rows"].as_array().unwrap();
    let name = |row: &serde_json::Value| record["cases"][row["case"].as_u64().unwrap() as usize]["strategy"].clone();
    let text = |row: &serde_json::Value| row["marks"].to_string().replace('"', "");
    rows.iter().map(|row| (name(row).as_str().unwrap().to_owned(), text(row))).collect()
}

#[test]
fn a_baseline_that_became_slower_fails_the_limit_and_makes_nobody_faster() {
    let place = Place::new(3);
    let path = place.path("record.json");
    let record = path.to_str().unwrap();
    assert_eq!(place.compare(&["--rounds", "12", "--save", record]).code, Some(0));
    quicken(&path, "serial");
    let against = ["--rounds", "12", "--against", record, "--fail-if-slower", "100%", "--format", "json"];
    let ran = place.compare(&against);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("SLOWER by more than 100.0 %: serial x1"), "{}", ran.err);
    let shown = marks(&ran.json());
    assert!(shown.contains(&("serial".to_owned(), "[slower]".to_owned())), "{shown:?}");

    // What became slower besides is found all the same.
    quicken(&path, "walkdir");
    let both = place.compare(&against);
    assert_eq!(both.code, Some(3), "{}", both.err);
    for name in ["serial", "walkdir"] {
        assert!(both.err.contains(&format!("SLOWER by more than 100.0 %: {name} x1")), "{name}: {}", both.err);
    }
}

/// The interval that is printed is the one that decides: it allows for the number of rows and of rounds.
#[test]
fn what_is_not_known_is_said_with_the_interval_that_decides() {
    let place = Place::new(3);
    let ran = place.compare(&["--against-binary", FSBENCH, "--fail-if-slower", "3%"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("not known well enough"), "{}", ran.err);
    assert!(ran.err.contains("% [no lower end, no upper end]"), "two rounds say nothing for sure: {}", ran.err);
    let ran = place.compare(&["--against-binary", FSBENCH, "--fail-if-slower", "3%", "--fail-if-unsure"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert_eq!(place.compare(&["--against-binary", FSBENCH, "--fail-if-unsure"]).code, Some(2), "unsure of what?");
}

#[test]
fn a_command_that_became_slower_fails_the_limit_though_it_is_the_only_one() {
    let place = Place::new(3);
    let (path, tree) = (place.path("record.json"), place.path("tree"));
    let command = ["--command", "sh -c 'exit 0' {}", "--calls", "none"];
    let usual = [&["compare", tree.to_str().unwrap(), "--rounds", "12"], &command[..]].concat();
    let record = path.to_str().unwrap();
    assert_eq!(fsbench(&[&usual[..], &["--save", record]].concat()).code, Some(0));
    quicken(&path, "sh -c exit 0 {}");
    let against = ["--against", record, "--fail-if-slower", "3%", "--format", "json"];
    let ran = fsbench(&[&usual[..], &against].concat());
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("SLOWER by more than 3.0 %: sh "), "{}", ran.err);
    let marks = marks(&ran.json());
    assert_eq!((marks.len(), marks[0].1.as_str()), (1, "[slower]"), "find is not judged: {marks:?}");
}

#[test]
fn a_record_of_another_tree_is_refused() {
    let place = Place::new(3);
    let path = place.record();
    fs::write(place.path("tree/one-more"), "").unwrap();
    said(&place.compare(&["--against", path.to_str().unwrap()]), "other names or kinds");
}

#[test]
fn a_record_of_another_kind_of_build_is_refused() {
    let place = Place::new(1);
    let path = place.record();
    rewrite(&path, |record| {
        let other = if record["environment"]["build"] == "debug" { "release" } else { "debug" };
        record["environment"]["build"] = other.into();
    });
    said(&place.compare(&["--against", path.to_str().unwrap()]), "build");
}

#[test]
fn a_record_with_nothing_to_hold_a_row_against_says_what_it_has() {
    let place = Place::new(1);
    let path = place.record();
    let tree = place.path("tree");
    let other = ["compare", tree.to_str().unwrap(), "-s", "rayon", "--baseline", "rayon", "--rounds", "2"];
    let ran = fsbench(&[&other[..], &["--against", path.to_str().unwrap()]].concat());
    said(&ran, "the record has no measurement of both a row (rayon) and another to hold it against (walkdir, ");
    assert!(ran.err.contains("it has serial, walkdir, nftw"), "{}", ran.err);
}

#[test]
fn another_machine_is_no_reason_to_refuse_but_is_said() {
    let place = Place::new(1);
    let path = place.record();
    rewrite(&path, |record| record["environment"]["kernel"] = "Linux 2.4".into());
    let ran = place.compare(&["--against", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("The kernel differs from the record's: it was Linux 2.4"), "{}", ran.out);
}

#[test]
fn what_is_no_record_is_told_what_it_is() {
    let place = Place::new(1);
    let path = place.record();
    let whole = fs::read(&path).unwrap();
    let against = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        place.compare(&["--against", path.to_str().unwrap()])
    };
    said(&against(&whole[..whole.len() / 2]), "cut short");
    said(&against(b""), "empty");
    said(&against(b"fast: yes"), "not JSON");
    said(&against(b"{\"results\": []}"), "no record of fsbench");
    said(&against(b"[1, 2]"), "no record of fsbench");
    said(&against(br#"{"schema": 99, "fsbench": "9.0.0"}"#), "its schema is 99, written by fsbench 9.0.0");
    said(&against(br#"{"schema": 1, "fsbench": "0.1.0"}"#), "damaged");
    said(&place.compare(&["--against", "/no/such/record"]), "/no/such/record");
}

#[test]
fn another_build_is_compared_row_by_row_in_the_same_rounds() {
    let place = Place::new(3);
    let ran = place.compare(&["--against-binary", FSBENCH, "--format", "json"]);
    let record = ran.json();
    let view = &record["views"][0];
    assert_eq!(view["kind"], "builds", "{view}");
    let rows = view["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(row["ratio"]["median"].is_f64(), "{row}");
        // Two rounds say nothing for sure.
        assert_eq!(row["marks"][0], "unchanged", "{row}");
    }
    let others = record["cases"].as_array().unwrap().iter().filter(|case| case["twin"] == "other-build");
    assert_eq!(others.count(), 2);
}

#[test]
fn a_build_that_is_none_is_a_row_that_failed() {
    let place = Place::new(1);
    said(&place.compare(&["--against-binary", "/no/such/program"]), "/no/such/program");
    let ran = place.compare(&["--against-binary", "/bin/true"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("the other build has no time for it"), "{}", ran.out);
    let tree = place.path("tree");
    let no_strategy = ["compare", tree.to_str().unwrap(), "--command", "find {}", "--against-binary", FSBENCH];
    said(&fsbench(&no_strategy), "select some with -s");
}

#[test]
fn a_limit_wants_something_to_be_held_against() {
    let place = Place::new(1);
    said(&place.compare(&["--fail-if-slower", "5%"]), "slower than what?");
    assert_eq!(place.compare(&["--against-binary", FSBENCH, "--fail-if-slower", "soon"]).code, Some(2));
}

#[test]
fn a_record_says_where_as_it_was_named_and_what_was_made_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| Ran::of(std::process::Command::new(FSBENCH).args(arguments).current_dir(&folder));
    assert_eq!(run(&["gen", "source", "made", "--entries", "200", "--seed", "3"]).code, Some(0));
    let target = || {
        let ran = run(&["compare", "made", "-s", "serial", "--rounds", "2", "--calls", "none", "--format", "json"]);
        assert!(!ran.out.contains(folder.path().to_str().unwrap()), "nothing says whose folder it was: {}", ran.out);
        ran.json()["targets"][0].clone()
    };
    let made = target();
    assert_eq!((made["root"].as_str(), made["shape"].as_str()), (Some("made"), Some("source, 200 entries, seed 3")));
    let depth = folder.path().canonicalize().unwrap().components().count();
    assert_eq!(made["depth"].as_u64(), Some(depth as u64), "the folder's components, the root left out, and its own");
    fs::write(folder.path().join("made/more"), "").unwrap();
    assert!(target()["shape"].is_null(), "it is no longer what was made");
}
