//! What happens to a session from outside: signals, a build that replaces the program, a worker that falls silent, a command
//! that begins to fail, a full disk. What was measured is kept, and what was not is said.

use crate::kit::command::{FSBENCH, Ran, fsbench, heeding};
use crate::kit::mount::Mount;
use crate::kit::skip::skip;
use crate::kit::slow::Slow;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How late an end may be on a machine where other tests run.
const SOON: Duration = Duration::from_secs(2);

fn tree(files: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in 0..files {
        fs::write(folder.path().join(format!("f{file}")), "").unwrap();
    }
    folder
}

fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

fn started(command: &mut Command) -> Child {
    heeding(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn kill(child: &Child, signal: &str) {
    Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
}

/// Waits for its end, which must come soon.
fn ended(mut child: Child) -> Ran {
    let start = Instant::now();
    let mut ran = Ran { code: None, out: String::new(), err: String::new() };
    child.stdout.take().unwrap().read_to_string(&mut ran.out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut ran.err).unwrap();
    ran.code = child.wait().unwrap().code();
    assert!(start.elapsed() < SOON, "it ended after {:?}", start.elapsed());
    ran
}

#[test]
fn a_signal_ends_the_oracle_and_verification_in_whatever_call_they_wait() {
    // Each answer takes so long that no phase is over before the signal.
    let slow = Slow { latency: Duration::from_millis(150), directories: 60, files: 30 };
    let folder = TempDir::new().unwrap();
    let _session = match slow.mount(folder.path()) {
        Ok(session) => session,
        Err(why) => return skip("a slow file system", why),
    };
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)] {
        let child = started(Command::new(FSBENCH).args(["compare", "--want", "metadata"]).arg(folder.path()));
        thread::sleep(Duration::from_millis(700));
        kill(&child, signal);
        let ran = ended(child);
        assert_eq!((ran.code, ran.out.as_str()), (Some(status), ""), "{signal}: {}", ran.err);
    }
}

#[test]
fn what_was_measured_before_a_signal_is_shown_marked_and_saved() {
    let (tree, folder) = (tree(200), TempDir::new().unwrap());
    let record = folder.path().join("record.json");
    let mut command = Command::new(FSBENCH);
    command.args(["compare", "--flat", "--rounds", "100000", "-s", "readdir", "-s", "std", "--save"]);
    let child = started(command.arg(&record).arg(tree.path()));
    thread::sleep(Duration::from_secs(3));
    kill(&child, "INT");
    let ran = ended(child);
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    assert!(ran.out.contains("readdir") && ran.out.contains("interrupted by Ctrl-C in round "), "{}", ran.out);
    let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    assert_eq!(record["rounds"]["ended"], "interrupted");
    let rounds = record["rounds"]["count"].as_u64().unwrap();
    assert!(rounds > 0 && rounds < 100_000, "{rounds}");
    for case in record["cases"].as_array().unwrap() {
        let samples = case["outcome"]["measured"]["samples"].as_array().unwrap().len() as u64;
        assert!((rounds..=rounds + 1).contains(&samples), "{samples} of {rounds}");
    }
}

#[test]
fn signals_that_were_ignored_stay_ignored() {
    let tree = tree(50);
    let mut command = Command::new("sh");
    // nohup's own way: a trap of nothing is inherited.
    command.args(["-c", r#"trap '' HUP; exec "$@""#, "sh", FSBENCH, "compare", "--flat", "--rounds", "60"]);
    let child = started(command.args(["-s", "std", "-s", "readdir"]).arg(tree.path()));
    thread::sleep(Duration::from_millis(500));
    kill(&child, "HUP");
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    // The first asks for an end in its own way; a stopped program would never get there.
    let tree = tree(50);
    let child = started(Command::new(FSBENCH).args(["compare", "--flat", "--rounds", "100000"]).arg(tree.path()));
    thread::sleep(Duration::from_millis(700));
    for signal in ["STOP", "TERM", "CONT"] {
        kill(&child, signal);
    }
    thread::sleep(Duration::from_millis(300));
    kill(&child, "TERM");
    assert_eq!(ended(child).code, Some(143));
}

#[test]
fn a_build_that_replaces_the_program_changes_no_sample() {
    let (tree, folder) = (tree(50), TempDir::new().unwrap());
    let program = folder.path().join("fsbench");
    fs::copy(FSBENCH, &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["compare", "--flat", "--rounds", "200", "--calls", "none", "--format", "json", "-s", "readdir"]);
    let child = started(command.arg(tree.path()));
    thread::sleep(Duration::from_millis(600));
    // What a linker does: the old file goes, a new one takes its name.
    fs::remove_file(&program).unwrap();
    script(folder.path(), "fsbench", "exit 7");
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let record: Value = serde_json::from_slice(&ran.stdout).unwrap();
    for case in record["cases"].as_array().unwrap() {
        assert_eq!(case["outcome"]["measured"]["samples"].as_array().unwrap().len(), 200, "{case}");
    }
}

#[test]
fn a_command_that_fails_in_a_later_round_is_a_failed_row_with_its_status_and_the_round() {
    let (tree, folder) = (tree(5), TempDir::new().unwrap());
    let count = folder.path().join("count");
    let fails = script(
        folder.path(),
        "walk",
        &format!("echo x >>'{0}'; [ $(wc -l <'{0}') -gt 4 ] && exit 9; exec find \"$1\" -mindepth 1", count.display()),
    );
    let command = format!("{} {{}}", fails.display());
    let words =
        ["compare", "--rounds", "9", "--calls", "none", "--command", &command, "--command", "find {} -mindepth 1"];
    let words: Vec<&str> = words.into_iter().chain([tree.path().to_str().unwrap()]).collect();
    let ran = fsbench(&words);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("failed: in round "), "{}", ran.out);
    assert!(ran.out.contains("exit status: 9"), "{}", ran.out);
    assert!(!ran.out.contains("changed while it was measured"), "{}", ran.out);
}

#[test]
fn a_silent_worker_is_given_up_and_the_rest_goes_on() {
    let (tree, folder) = (tree(5), TempDir::new().unwrap());
    let opened = r#"echo '{"opened":{"worker":"sh"}}'"#;
    let silent = script(folder.path(), "silent", &format!("read -r line; {opened}; exec sleep 60"));
    let stopped = script(folder.path(), "stopped", &format!("read -r line; {opened}; kill -STOP $$"));
    let worker = |name: &str, path: &Path| format!("{name}={}", path.display());
    let (silent, stopped) = (worker("silent", &silent), worker("stopped", &stopped));
    let tree = tree.path().to_str().unwrap();
    let words = [
        "compare",
        "--flat",
        "--rounds",
        "2",
        "--worker",
        &silent,
        "--worker",
        &stopped,
        "--worker-timeout",
        "1s",
        tree,
    ];
    let ran = fsbench(&words);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    for name in ["silent", "stopped"] {
        let row = ran.out.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        assert!(row.contains("failed: no answer within 1 s"), "{row}");
    }
    assert!(ran.out.contains("readdir"), "{}", ran.out);
}

#[test]
fn a_listing_that_differs_within_a_sample_is_seen() {
    let tree = tree(3);
    let mut worker = Command::new(FSBENCH).arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut requests, mut answers) = (worker.stdin.take().unwrap(), BufReader::new(worker.stdout.take().unwrap()));
    let mut ask = |request: Value| {
        writeln!(requests, "{request}").unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    ask(
        json!({"open": {"strategy": "getdents/64k", "want": "names", "root": tree.path(), "threads": 1, "entries": 3}}),
    );
    let quiet = ask(json!({"sample": {"iterations": 50}}));
    assert_eq!((&quiet["sampled"]["tally"]["entries"], quiet["sampled"].get("other_tally")), (&json!(3), None));
    let path = tree.path().join("late");
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        fs::write(path, "").unwrap();
    });
    let changed = ask(json!({"sample": {"iterations": 100_000}}));
    writer.join().unwrap();
    assert_eq!(changed["sampled"]["tally"]["entries"], 3, "the first listing's");
    assert_eq!(changed["sampled"]["other_tally"]["entries"], 4, "{changed}");
    drop(requests);
    worker.wait().unwrap();
}

/// A comparison that keeps its record in `folder`.
fn saving(folder: &Path, tree: &Path, rounds: &str) -> Command {
    let mut command = Command::new(FSBENCH);
    command.args(["compare", "--flat", "-s", "readdir", "-s", "std", "--calls", "none", "--rounds", rounds, "--save"]);
    command.arg(folder.join("record.json")).arg(tree);
    command
}

#[test]
fn a_full_disk_is_told_before_anything_is_measured() {
    let tree = tree(5);
    let full = TempDir::new().unwrap();
    let _mounted = match Mount::new(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"], full.path()) {
        Ok(mounted) => mounted,
        Err(why) => return skip("a full disk", why),
    };
    let ran = Ran::of(&mut saving(full.path(), tree.path(), "2"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    assert!(ran.err.contains("No space left on device"), "{}", ran.err);
    assert_eq!(fs::read_dir(full.path()).unwrap().count(), 0, "nothing is left behind");
    // The same by a limit on the sizes of files, whose signal would end the program.
    let folder = TempDir::new().unwrap();
    let mut limited = saving(folder.path(), tree.path(), "2");
    // SAFETY: setrlimit is a plain system call, safe between fork and exec.
    unsafe {
        limited.pre_exec(|| {
            let limit = rustix::process::Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) };
            rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).map_err(Into::into)
        });
    }
    let ran = Ran::of(&mut limited);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("File too large"), "{}", ran.err);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_record_that_cannot_be_kept_costs_no_table() {
    let (tree, folder) = (tree(50), TempDir::new().unwrap());
    let child = started(&mut saving(folder.path(), tree.path(), "100"));
    thread::sleep(Duration::from_millis(300));
    fs::write(folder.path().join("record.json"), "another's").unwrap();
    let ran = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(2), "{err}");
    assert!(out.contains("readdir") && err.contains("a file is there already"), "{out}{err}");
    assert_eq!(fs::read_to_string(folder.path().join("record.json")).unwrap(), "another's");
}
