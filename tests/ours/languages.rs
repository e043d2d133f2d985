//! `compare --languages`: every row is verified, or says why it is not.

use crate::kit::command::{Ran, fsbench};
use crate::kit::skip::skip;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

/// Directories, hidden and empty files, links of all sorts, a socket, names with a newline, in UTF-8 and with a quote.
fn tree() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let path = |name: &str| tree.path().join(name);
    fs::create_dir_all(path("a/b/c")).unwrap();
    fs::create_dir(path("empty")).unwrap();
    for name in ["a/file", "a/b/.hidden", "a/b/c/new\nline", "a/b/c/\u{e9}t\u{e9}", "a/b/c/quo\"te", "a/b/c/-dash"] {
        fs::write(path(name), name).unwrap();
    }
    symlink("file", path("a/to-a-file")).unwrap();
    symlink("nowhere", path("a/to-nothing")).unwrap();
    symlink("../a", path("empty/to-a-directory")).unwrap();
    std::os::unix::net::UnixListener::bind(path("a/socket")).unwrap();
    tree
}

fn compare(dir: &Path, more: &[&str]) -> Ran {
    let usual = ["compare", dir.to_str().unwrap(), "--languages", "--rounds", "1", "--format", "json"];
    fsbench(&[&usual, more].concat())
}

/// Rows by name, with what became of them.
fn outcomes(record: &Value) -> Vec<(String, Value)> {
    let cases = record["cases"].as_array().unwrap().iter();
    let named = cases.map(|case| (case["strategy"].as_str().unwrap().to_owned(), case["outcome"].clone()));
    named.filter(|(name, _)| name.contains('/') && !name.starts_with("getdents")).collect()
}

fn all_verified_or_unsupported(ran: &Ran) -> usize {
    let mut verified = 0;
    for (name, outcome) in outcomes(&ran.json()) {
        match (outcome.get("measured"), outcome.get("unsupported")) {
            (Some(measured), _) => {
                let by = measured["verified_by"].as_str().unwrap();
                assert!(by == "digest" || (by == "tally" && name.starts_with("c/")), "{name}: {by}");
                verified += 1;
            }
            (None, Some(reason)) => skip(&name, reason),
            _ => panic!("{name}: {outcome}"),
        }
    }
    verified
}

#[test]
fn every_language_that_is_here_sees_the_same_tree() {
    let tree = tree();
    for want in ["kinds", "metadata"] {
        all_verified_or_unsupported(&compare(tree.path(), &["-s", "serial", "--want", want]));
    }
}

#[test]
fn every_language_that_is_here_sees_the_same_directory() {
    let tree = tree();
    let dir = tree.path().join("a/b/c");
    for want in ["names", "kinds", "metadata"] {
        all_verified_or_unsupported(&compare(&dir, &["--flat", "-s", "std", "--want", want]));
    }
}

#[test]
fn a_language_that_cannot_carry_a_name_says_so_and_the_others_carry_it() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join(OsStr::from_bytes(b"not-utf8-\xff")), "").unwrap();
    let ran = compare(tree.path(), &["-s", "serial"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for (name, outcome) in outcomes(&ran.json()) {
        let reason = outcome["unsupported"].as_str().unwrap_or_default();
        if name.starts_with("node/") && !reason.contains("PATH") {
            assert!(reason.contains("not UTF-8"), "{name}: {outcome}");
        }
        if name == "python/os.walk" && !reason.contains("PATH") {
            assert_eq!(outcome["measured"]["verified_by"], "digest", "{name}: {outcome}");
        }
    }
}

#[test]
fn a_language_that_is_not_here_is_rows_with_the_reason() {
    let tree = tree();
    let nothing = tempfile::tempdir().unwrap();
    let dir = tree.path().to_str().unwrap();
    let mut command = std::process::Command::new(crate::kit::command::FSBENCH);
    command.env("PATH", nothing.path());
    command.args(["compare", dir, "-s", "serial", "--languages", "--rounds", "1", "--format", "json"]);
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let outcomes = outcomes(&ran.json());
    assert!(outcomes.len() > 10);
    for (name, outcome) in outcomes {
        let reason = outcome["unsupported"].as_str().unwrap_or_else(|| panic!("{name}: {outcome}"));
        assert!(reason.ends_with("is not on the PATH"), "{name}: {reason}");
    }
}
