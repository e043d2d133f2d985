//! `compare --worker`: the workers of docs/worker work as they are, and what is no worker is told so.

use crate::kit::command::{Ran, fsbench};
use crate::kit::skip::skip;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the workers of the documentation are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/worker");

/// A tree with each kind of entry that anybody may make, and names of all sorts, below a folder of this name.
fn tree(name: &OsStr) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join(name);
    let path = |name: &str| root.join(name);
    fs::create_dir_all(path("a/b/c")).unwrap();
    fs::create_dir(path("empty")).unwrap();
    for name in ["a/file", "a/b/.hidden", "a/b/c/new\nline", "a/b/c/\u{e9}t\u{e9}", "a/b/c/quo\"te"] {
        fs::write(path(name), name).unwrap();
    }
    fs::write(root.join(OsStr::from_bytes(b"a/not-utf8-\xff")), "").unwrap();
    symlink("file", path("a/to-a-file")).unwrap();
    symlink("../a", path("empty/to-a-directory")).unwrap();
    std::os::unix::net::UnixListener::bind(path("a/socket")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, path("a/fifo"), rustix::fs::FileType::Fifo, 0o644.into(), 0).unwrap();
    (folder, root)
}

fn compare(dir: &Path, more: &[&str]) -> Ran {
    let words = ["compare", "-v", "-s", "serial", "--rounds", "1", "--calls", "ptrace"].map(OsStr::new);
    let more = more.iter().map(OsStr::new);
    fsbench(&words.into_iter().chain(more).chain([dir.as_os_str()]).collect::<Vec<_>>())
}

/// The worker of that file, ready to run; `None` where what it takes is not here.
fn made(file: &str, folder: &Path) -> Option<PathBuf> {
    let source = Path::new(FOLDER).join(file);
    let out = folder.join("worker");
    let (tool, arguments): (_, &[&str]) = match file {
        "worker.c" => ("cc", &["-O2", "-Wall", "-Wextra", "-Werror", "-o"]),
        "worker.rs" => ("rustc", &["-O", "-D", "warnings", "-o"]),
        _ => ("python3", &["--version"]),
    };
    let mut command = Command::new(tool);
    command.args(arguments);
    if tool != "python3" {
        command.arg(&out).arg(&source);
    }
    match command.output() {
        Err(why) => {
            skip(file, format!("{tool}: {why}"));
            None
        }
        Ok(made) => {
            assert!(made.status.success(), "{tool}: {}", String::from_utf8_lossy(&made.stderr));
            Some(if tool == "python3" { source } else { out })
        }
    }
}

const FILES: [&str; 3] = ["worker.py", "worker.c", "worker.rs"];

fn outcome(record: &Value) -> Value {
    let cases = record["cases"].as_array().unwrap();
    cases.iter().find(|case| case["strategy"] == "mine").unwrap()["outcome"].clone()
}

#[test]
fn each_worker_of_the_documentation_works_at_the_first_attempt() {
    let (_folder, root) = tree("t\u{e9}".as_ref());
    for file in FILES {
        let out = tempfile::tempdir().unwrap();
        let Some(program) = made(file, out.path()) else { continue };
        let worker = format!("mine={}", program.display());
        let flat = ["--flat", "--baseline", "std", "-s", "std"];
        for (dir, more) in [
            (&root, &["--want", "kinds"][..]),
            (&root.join("a/b/c"), &[&["--want", "names"], &flat[..]].concat()),
            (&root.join("a"), &[&["--want", "kinds"], &flat[..]].concat()),
        ] {
            let words = [more, &["--worker", &worker, "--format", "json"]].concat();
            let words: Vec<&str> = words.into_iter().collect();
            let ran = match more.contains(&"--flat") {
                true => {
                    let usual = ["compare", "--rounds", "1", "--calls", "ptrace"];
                    fsbench(&[&usual[..], &words, &[dir.to_str().unwrap()]].concat())
                }
                false => compare(dir, &words),
            };
            assert_eq!(ran.code, Some(0), "{file}: {}", ran.err);
            let measured = &outcome(&ran.json())["measured"];
            let by = if file == "worker.py" { "digest" } else { "tally" };
            assert_eq!(measured["verified_by"], by, "{file} {more:?}: {}", outcome(&ran.json()));
            assert!(measured["calls"].get("counted").is_some(), "{file}: {}", measured["calls"]);
        }
        let refused = compare(&root, &["--want", "metadata", "--worker", &worker, "--format", "json"]);
        assert!(outcome(&refused.json())["unsupported"].is_string(), "{file}: {}", outcome(&refused.json()));
    }
}

#[test]
fn a_worker_of_the_documentation_lists_a_root_of_any_name_or_says_that_it_does_not() {
    for name in [OsStr::new("a b"), OsStr::new("quo\"te\\n"), OsStr::from_bytes(b"\xff")] {
        let (_folder, root) = tree(name);
        for file in FILES {
            let out = tempfile::tempdir().unwrap();
            let Some(program) = made(file, out.path()) else { continue };
            let ran = compare(&root, &["--worker", &format!("mine={}", program.display()), "--format", "json"]);
            let outcome = outcome(&ran.json());
            let lists = name == "a b" || file == "worker.py";
            assert_eq!(outcome.get("measured").is_some(), lists, "{file} {name:?}: {outcome}");
            assert_eq!(outcome.get("unsupported").is_some(), !lists, "{file} {name:?}: {outcome}");
        }
    }
}

#[test]
fn a_workers_name_for_itself_is_in_the_record_and_in_its_rows_note() {
    let (_folder, root) = tree("t".as_ref());
    let out = tempfile::tempdir().unwrap();
    let Some(program) = made("worker.c", out.path()) else { return };
    let worker = format!("mine={}", program.display());
    let ran = compare(&root, &["--worker", &worker]);
    let row = ran.out.lines().find(|line| line.trim_start().starts_with("mine ")).unwrap();
    assert!(row.contains("my worker 1.0"), "{row}");
    let record = compare(&root, &["--worker", &worker, "--format", "json"]).json();
    let case = record["cases"].as_array().unwrap().iter().find(|case| case["strategy"] == "mine").unwrap();
    assert_eq!(case["worker"], "my worker 1.0");
}

#[test]
fn a_program_that_is_no_worker_is_told_what_came_what_was_expected_and_where_to_read() {
    let (_folder, root) = tree("t".as_ref());
    for (program, came) in [
        ("/bin/true", "the worker ended (exit status: 0)"),
        ("/bin/cat", "the worker answered nonsense, '{\"open\":"),
        ("yes", "the worker answered nonsense, 'y'"),
    ] {
        let ran = compare(&root, &["--worker", &format!("x={program}")]);
        assert_eq!(ran.code, Some(1), "{program}: {}", ran.err);
        let row = ran.out.lines().find(|line| line.trim_start().starts_with("x ")).unwrap();
        for said in ["failed: it is no worker", "{\"opened\":{\"worker\":\"NAME\"}}", "docs/worker.md", came] {
            assert!(row.contains(said), "{program}: {row}");
        }
        assert!(ran.out.contains("serial "), "the others go on: {}", ran.out);
    }
}

#[test]
fn a_program_that_waits_for_ever_or_speaks_without_end_is_given_up() {
    let (_folder, root) = tree("t".as_ref());
    let folder = tempfile::tempdir().unwrap();
    for (script, came) in
        [("exec sleep 1000", "no answer within 1 s"), ("exec cat /dev/zero", "nonsense without end, '\\u{0}")]
    {
        let program = folder.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let (start, more) = (Instant::now(), if script.contains("sleep") { "1s" } else { "60s" });
        let worker = format!("x={}", program.display());
        let ran = compare(&root, &["--worker-timeout", more, "--worker", &worker]);
        let row = ran.out.lines().find(|line| line.trim_start().starts_with("x ")).unwrap();
        assert!(row.contains("it is no worker") && row.contains(came), "{script}: {row}");
        assert!(start.elapsed() < Duration::from_secs(50), "{script}");
    }
}

#[test]
fn workers_have_names_of_their_own() {
    let (_folder, root) = tree("t".as_ref());
    let twice = compare(&root, &["--worker", "x=/bin/true", "--worker", "x=/bin/cat"]);
    assert_eq!(twice.code, Some(2));
    assert!(twice.err.contains("two rows are called 'x': give each worker a name of its own"), "{}", twice.err);
    let taken = compare(&root, &["--worker", "serial=/bin/true"]);
    assert_eq!(taken.code, Some(2));
    assert!(taken.err.contains("'serial' is a strategy's name"), "{}", taken.err);
}
