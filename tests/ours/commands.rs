//! `compare --command` and `--peers`: whole processes, in a table of their own, held against the oracle where their output
//! allows it.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::skip::skip;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn tree() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let path = |name: &str| tree.path().join(name);
    fs::create_dir_all(path("a/b")).unwrap();
    fs::create_dir(path("empty")).unwrap();
    for name in ["a/file", "a/b/.hidden", "a/b/new\nline", "a/ignored", ".gitignore"] {
        fs::write(path(name), "ignored\n").unwrap();
    }
    symlink("../a", path("a/b/up")).unwrap();
    tree
}

fn compare(dir: &Path, more: &[&str]) -> Ran {
    fsbench(&[&["compare", dir.to_str().unwrap(), "--rounds", "2"], more].concat())
}

fn json(dir: &Path, more: &[&str]) -> Value {
    compare(dir, &[more, &["--format", "json"]].concat()).json()
}

fn outcome<'r>(record: &'r Value, name: &str) -> &'r Value {
    let cases = record["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["strategy"] == name);
    &case.unwrap_or_else(|| panic!("no row {name}: {record}"))["outcome"]
}

#[test]
fn every_peer_that_is_here_sees_the_same_tree() {
    let tree = tree();
    for more in [&["--peers"][..], &["--peers", "--want", "metadata"], &["--peers", "--flat"]] {
        let record = json(tree.path(), more);
        for case in record["cases"].as_array().unwrap() {
            let name = case["strategy"].as_str().unwrap();
            match (case["outcome"].get("measured"), case["outcome"].get("unsupported")) {
                (Some(_), _) => {}
                (None, Some(reason)) => skip(name, reason),
                _ => panic!("{name}: {}", case["outcome"]),
            }
        }
    }
}

#[test]
fn output_that_names_the_tree_is_verified_by_digest() {
    let tree = tree();
    let commands = ["--command", "find {} -mindepth 1 -print0", "--command", "find {}", "--peers"];
    let record = json(tree.path(), &commands);
    let verified = |name| outcome(&record, name)["measured"]["verified_by"].clone();
    assert_eq!(verified("find {} -mindepth 1 -print0"), "digest");
    // A line feed in a name makes two lines of it: that much cannot be told from a wrong output.
    assert_eq!(verified("find {}"), "nothing");
    assert_eq!(verified("fsbench count {}"), "tally");
}

#[test]
fn commands_alone_have_a_table_of_their_own() {
    let tree = tree();
    let ran = compare(tree.path(), &["--command", "find {} -print0"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("Whole processes"), "{}", ran.out);
    assert!(!ran.out.contains("walkdir") && !ran.out.contains("null  "), "{}", ran.out);
    let views = json(tree.path(), &["--command", "find {} -print0", "-s", "serial"])["views"].clone();
    assert_eq!(views.as_array().unwrap().len(), 2, "one for processes, one for strategies");
}

/// The rows of the last table, its baseline first.
fn rows(record: &Value) -> Vec<&str> {
    let view = record["views"].as_array().unwrap().last().unwrap();
    let name = |case: &Value| record["cases"][case.as_u64().unwrap() as usize]["strategy"].as_str().unwrap();
    let others = view["rows"].as_array().unwrap().iter().map(|row| name(&row["case"]));
    let baseline = name(&view["baseline"]);
    std::iter::once(baseline).chain(others.filter(|other| *other != baseline)).collect()
}

/// A row that is judged is never what it is judged by.
#[test]
fn commands_are_held_against_find_which_nobody_changes_meanwhile() {
    const FIND: &str = "find {} -mindepth 1 -print0";
    let tree = tree();
    let one = json(tree.path(), &["--command", "sh -c 'exit 0' {}"]);
    assert_eq!(rows(&one), [FIND, "sh -c exit 0 {}"], "and fsbench's own only where peers are asked for");
    let finds = json(tree.path(), &["--command", FIND]);
    assert_eq!(rows(&finds), ["fsbench count {}", FIND]);
    let peers = json(tree.path(), &["--command", "sh -c 'exit 0' {}", "--peers"]);
    assert_eq!(rows(&peers)[0], FIND);
    assert!(rows(&peers).contains(&"fsbench count {}"));
    // Where there is no find, fsbench's own is what stays.
    let without = Command::new(FSBENCH)
        .args(["compare", "--rounds", "2", "--format", "json", "--command", "/bin/sh -c 'exit 0' {}"])
        .arg(tree.path())
        .env("PATH", tree.path())
        .output()
        .unwrap();
    let without: Value = serde_json::from_slice(&without.stdout).unwrap();
    assert_eq!(rows(&without), ["fsbench count {}", "/bin/sh -c exit 0 {}"]);
}

#[test]
fn no_shell_sees_a_command() {
    let tree = tree();
    let witness = tree.path().join("a/b/witness");
    let command = format!("echo {{}} > {} ; touch {}", witness.display(), witness.display());
    let record = json(tree.path(), &["--command", &command]);
    assert!(outcome(&record, command.as_str()).get("measured").is_some());
    assert!(!witness.exists());
}

#[test]
fn a_root_with_blanks_is_one_argument() {
    let tree = tempfile::tempdir().unwrap();
    let dir = tree.path().join("a b ; c");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("file"), "").unwrap();
    let record = json(&dir, &["--command", "find {} -print0"]);
    assert_eq!(outcome(&record, "find {} -print0")["measured"]["verified_by"], "digest");
}

#[test]
fn a_command_that_fails_is_a_row_that_says_so() {
    let tree = tree();
    let failing = "sh -c 'echo it broke >&2; exit 3' {}";
    let ran = compare(tree.path(), &["--command", failing]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("exit status: 3: it broke"), "{}", ran.out);
}

#[test]
fn a_program_that_was_named_and_cannot_be_run_ends_all_before_anything_is_measured() {
    let tree = tree();
    let file = tree.path().join("a/file");
    let (dir, file) = (tree.path().to_str().unwrap(), file.to_str().unwrap());
    for (program, why) in [
        ("/no/such/program", "stat '/no/such/program': No such file or directory"),
        ("no-such-program", "exec 'no-such-program': there is no such program on the PATH"),
        (file, "Permission denied"),
        (dir, "it is a directory, not a program"),
    ] {
        let command = format!("{program} {{}}");
        for more in [&["--command", "find {}", "--command", &command][..], &["-s", "serial", "--command", &command]] {
            let ran = compare(tree.path(), more);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{program}: {}", ran.err);
            assert!(ran.err.contains(why), "{program}: {}", ran.err);
        }
        if program.contains('/') {
            let ran = compare(tree.path(), &["-s", "serial", "--against-binary", program]);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{program}: {}", ran.err);
            assert!(ran.err.contains(why), "{program}: {}", ran.err);
        }
    }
}

#[test]
fn a_command_must_say_where_the_tree_goes() {
    let ran = compare(tree().path(), &["--command", "find"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("{}"), "{}", ran.err);
}

#[test]
fn a_command_ends_with_the_comparison_that_runs_it() {
    let tree = tree();
    // An unusual length, by which it is found among the processes.
    let seconds = "98765.4321";
    let mut compare = Command::new(FSBENCH)
        .args(["compare", tree.path().to_str().unwrap(), "--command", &format!("sh -c 'exec sleep {seconds}' {{}}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeps = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok()).any(|line| {
            line.starts_with(b"sleep\0") && line.windows(seconds.len()).any(|window| window == seconds.as_bytes())
        })
    };
    let wait_until = |wanted: bool| {
        let start = Instant::now();
        while sleeps() != wanted && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        sleeps() == wanted
    };
    assert!(wait_until(true), "it was never started");
    let pid = rustix::process::Pid::from_child(&compare);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(compare.wait().unwrap().code(), Some(143));
    assert!(wait_until(false), "it outlived the comparison");
}
