//! `fsbench compare` from outside: what it shows, what it says of trouble, and what it leaves behind.

use crate::kit::command::{FSBENCH, Ran, Unprivileged, fsbench, heeding};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A small tree: 3 directories, 12 files, a link.
fn tree() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for dir in ["a", "a/b", "c"] {
        fs::create_dir(folder.path().join(dir)).unwrap();
        for file in ["1", "22", "333", "4444"] {
            File::create(folder.path().join(dir).join(file)).unwrap();
        }
    }
    symlink("a", folder.path().join("link")).unwrap();
    folder
}

fn quick<'a>(dir: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["compare", "-v", "--rounds", "2", dir.to_str().unwrap()], more].concat()
}

#[test]
fn the_table_has_a_row_for_every_strategy_that_delivers_what_is_wanted() {
    let tree = tree();
    for (flags, level, want) in [(&["--flat"][..], "directory", "metadata"), (&[], "tree", "kinds")] {
        let ran = fsbench(&quick(tree.path(), &[flags, &["--want", want]].concat()));
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        let listed = fsbench(&["strategies"]).out;
        let fits = |line: &&str| {
            let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(',')).collect();
            words.get(1) == Some(&level) && words.contains(&want)
        };
        let names: Vec<&str> = listed.lines().filter(fits).filter_map(|line| line.split_whitespace().next()).collect();
        assert!(names.len() > 5, "{listed}");
        for name in names {
            assert!(ran.out.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}: {}", ran.out);
        }
    }
}

/// Every case but a file system's own interface where it says that this is another file system, or that it may not.
fn cases(record: &Value) -> impl Iterator<Item = &Value> {
    let is_own =
        |case: &Value| case["strategy"].as_str().is_some_and(|name| name == "btrfs-search" || name.starts_with("raw-"));
    let elsewhere = move |case: &&Value| is_own(case) && case["outcome"]["unsupported"].is_string();
    record["cases"].as_array().unwrap().iter().filter(move |case| !elsewhere(case))
}

#[test]
fn json_holds_every_sample_of_every_case_and_all_of_them_did_the_same_work() {
    let tree = tree();
    let record = fsbench(&quick(tree.path(), &["--format", "json"])).json();
    assert_eq!(record["targets"][0]["entries"], 16);
    assert_eq!(record["targets"][0]["directories"], 3);
    for case in cases(&record) {
        let measured = &case["outcome"]["measured"];
        assert_eq!(measured["samples"].as_array().map(Vec::len), Some(2), "{case}");
        if case["ruler"] == false {
            assert_eq!(measured["entries"], 16, "{case}");
            assert_eq!(measured["verified_by"], "digest", "{case}");
        }
    }
}

#[test]
fn csv_has_a_line_for_each_row_and_markdown_a_table() {
    let tree = tree();
    let csv = fsbench(&quick(tree.path(), &["-s", "serial", "-s", "walkdir", "--format", "csv"])).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[0].starts_with("view,strategy,threads,want,outcome"), "{csv}");
    let markdown = fsbench(&quick(tree.path(), &["-s", "serial", "--format", "markdown"])).out;
    assert!(
        markdown.contains("\n\n### Walking a tree: names and file types, fastest first\n\n| Strategy"),
        "{markdown}"
    );
}

#[test]
fn a_ladder_shows_its_steps_in_order_each_with_what_it_changes() {
    let tree = tree();
    let out = fsbench(&quick(tree.path(), &["--flat", "--ladder", "--want", "kinds"])).out;
    let at = |name: &str| out.lines().position(|line| line.split_whitespace().next() == Some(name));
    let steps = ["readdir+isdir+isfile", "readdir+lstat", "readdir+fstatat", "readdir", "getdents/32k", "getdents/64k"];
    let found: Vec<usize> = steps.iter().map(|step| at(step).unwrap_or_else(|| panic!("{step}: {out}"))).collect();
    assert!(found.is_sorted(), "{out}");
    assert!(out.contains("looked up by descriptor"), "{out}");
}

#[test]
fn a_directory_level_strategy_without_flat_is_an_error_that_says_so() {
    let ran = fsbench(&quick(tree().path(), &["-s", "readdir"]));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(ran.err, "fsbench: 'readdir' lists one directory, not a tree: add --flat\n");
}

#[test]
fn a_missing_path_and_a_file_in_place_of_a_folder_are_told_apart() {
    let tree = tree();
    let missing = fsbench(&quick(&tree.path().join("none"), &[]));
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("none': No such file or directory"), "{}", missing.err);
    let file = fsbench(&quick(&tree.path().join("a/1"), &[]));
    assert_eq!(file.code, Some(2));
    assert!(file.err.ends_with("a/1' is a file, not a directory\n"), "{}", file.err);
}

#[test]
fn an_unreadable_folder_is_left_out_for_all_alike_and_said() {
    let tree = tree();
    let closed = tree.path().join("c");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    let nobody = Unprivileged::new();
    let ran = Ran::of(nobody.command().args(quick(tree.path(), &["--format", "json"])));
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("/c': Permission denied"), "{}", ran.err);
    let record = ran.json();
    assert_eq!(record["targets"][0]["errors"][0], 1);
    for case in cases(&record) {
        assert!(case["outcome"]["measured"].is_object(), "{case}");
    }
}

#[test]
fn a_root_that_cannot_be_read_is_serious() {
    let tree = tree();
    fs::set_permissions(tree.path(), PermissionsExt::from_mode(0o311)).unwrap();
    let nobody = Unprivileged::new();
    let ran = Ran::of(nobody.command().args(quick(tree.path(), &[])));
    fs::set_permissions(tree.path(), PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.starts_with("fsbench: openat '"), "{}", ran.err);
    assert!(ran.err.ends_with("Permission denied\n"), "{}", ran.err);
}

#[test]
fn a_tree_that_changes_is_noticed() {
    let tree = tree();
    let stop = AtomicBool::new(false);
    let ran = thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                File::create(tree.path().join(format!("new-{number}"))).unwrap();
                number += 1;
                thread::sleep(Duration::from_micros(200));
            }
        });
        let ran = fsbench(&["compare", "--rounds", "5", tree.path().to_str().unwrap()]);
        stop.store(true, Ordering::Relaxed);
        ran
    });
    match ran.code {
        Some(1) => assert!(ran.out.contains("changed while it was measured"), "{}", ran.out),
        Some(2) => assert!(ran.err.contains("what is listed must keep still"), "{}", ran.err),
        code => panic!("{code:?}: {}{}", ran.out, ran.err),
    }
}

#[test]
fn names_that_a_terminal_would_interpret_are_escaped() {
    let folder = TempDir::new().unwrap();
    let hostile = folder.path().join(std::ffi::OsStr::from_bytes(b"\x1b[31m<script>\xff\n"));
    fs::create_dir(&hostile).unwrap();
    File::create(hostile.join("a")).unwrap();
    let arguments =
        ["compare".as_ref(), "-v".as_ref(), "--flat".as_ref(), "--rounds".as_ref(), "1".as_ref(), hostile.as_os_str()];
    let ran = fsbench(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains('\x1b'), "{:?}", ran.out);
    assert!(ran.out.contains(r"\u{1b}[31m<script>\xff\n"), "{}", ran.out);
}

#[test]
fn an_empty_directory_and_a_link_to_one_can_be_compared() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    symlink("empty", folder.path().join("link")).unwrap();
    for flags in [&["--flat"][..], &[]] {
        let ran = fsbench(&quick(&folder.path().join("link"), flags));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.contains(": 0 entries, 0 directories"), "{}", ran.out);
    }
}

/// A worker in shell: it opens, then answers whatever `answers` says.
fn worker(folder: &Path, name: &str, answers: &str) -> String {
    let path = folder.join(name);
    let script = format!(
        "#!/bin/sh\nwhile read -r line; do case $line in\n*open*) echo '{{\"opened\":{{\"worker\":\"sh\"}}}}';;\n{answers}\nesac; done\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    format!("{name}={}", path.display())
}

#[test]
fn a_worker_that_saw_something_else_is_wrong_and_has_no_time() {
    let (tree, folder) = (tree(), TempDir::new().unwrap());
    let tally = r#"{"entries":15,"name_bytes":3,"kinds":[0,0,0,0,0,0,0,0],"size_bytes":0,"errors":0}"#;
    let liar = worker(
        folder.path(),
        "liar",
        &format!("*verify*) echo '{{\"verified\":{{\"tally\":{tally},\"digest\":null,\"errors\":[]}}}}';;"),
    );
    let ran = fsbench(&quick(tree.path(), &["--worker", &liar]));
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let row = ran.out.lines().find(|line| line.trim_start().starts_with("liar")).unwrap();
    assert!(row.contains("WRONG, so not timed: entries 15, not 16"), "{row}");
}

#[test]
fn a_worker_that_breaks_or_talks_nonsense_costs_its_own_row() {
    let (tree, folder) = (tree(), TempDir::new().unwrap());
    let dead = worker(folder.path(), "dead", "*) exit 3;;");
    let mad = worker(folder.path(), "mad", "*) echo 'what?';;");
    let ran = fsbench(&quick(tree.path(), &["--worker", &dead, "--worker", &mad]));
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let row = |name: &str| ran.out.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
    assert!(row("dead").contains("failed: the worker ended (exit status: 3)"), "{}", ran.out);
    assert!(row("mad").contains("failed: the worker answered nonsense"), "{}", ran.out);
    assert!(row("serial ").contains("baseline"), "{}", ran.out);
}

#[test]
fn a_worker_that_is_not_there_is_told_before_anything_is_measured() {
    let (tree, folder) = (tree(), TempDir::new().unwrap());
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    fs::set_permissions(&plain, PermissionsExt::from_mode(0o644)).unwrap();
    let cases =
        [(Path::new("/no/such/program"), "No such file"), (&plain, "Permission"), (folder.path(), "not a program")];
    for (program, why) in cases {
        let ran = fsbench(&quick(tree.path(), &["--worker", &format!("mine={}", program.display())]));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        assert!(ran.err.contains(&format!("'{}': ", program.display())) && ran.err.contains(why), "{}", ran.err);
    }
}

#[test]
fn a_reader_that_leaves_ends_the_program_without_a_word() {
    let tree = tree();
    let mut child = Command::new(FSBENCH)
        .args(quick(tree.path(), &[]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""));
}

/// Processes that have `mark` in their environment.
fn marked(mark: &str) -> usize {
    let environment = |entry: fs::DirEntry| fs::read(entry.path().join("environ")).ok();
    let holds = |bytes: &Vec<u8>| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    fs::read_dir("/proc").unwrap().flatten().filter_map(environment).filter(holds).count()
}

#[test]
fn an_interrupted_run_leaves_no_tree_and_no_worker_behind() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // Early, where the trees are made, and late, where workers run.
        for patience in [0, 2500] {
            let folder = TempDir::new().unwrap();
            let mark = format!("TMPDIR={}", folder.path().display());
            let mut command = Command::new(FSBENCH);
            let mut child = heeding(&mut command)
                .args(["compare", "--entries", "20000"])
                .env("TMPDIR", folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while fs::read_dir(folder.path()).unwrap().next().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(patience));
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(status), "{signal} after {patience} ms");
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).collect();
            assert!(left.is_empty(), "{signal} after {patience} ms left {left:?}");
            let start = Instant::now();
            while marked(&mark) > 0 {
                assert!(start.elapsed() < Duration::from_secs(10), "{signal} after {patience} ms left a worker");
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

#[test]
fn a_killed_run_takes_its_workers_with_it() {
    let folder = TempDir::new().unwrap();
    let mark = format!("TMPDIR={}", folder.path().display());
    let mut child = Command::new(FSBENCH)
        .args(["compare", "--flat", "--entries", "20000"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(2500));
    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while marked(&mark) > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "a worker outlived its parent");
        thread::sleep(Duration::from_millis(20));
    }
}
