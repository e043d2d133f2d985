//! `fsbench trace`, held against strace, and its two ways against each other.

mod kit;

use fsbench::list::{Options, Parallel, Want};
use fsbench::strategy::{Level, Strategy};
use fsbench::sys::held::Held;
use fsbench::trace::{Choice, Detail, Scope, Start, Trace, Watch, Window};
use kit::command::{FSBENCH, Ran, Unprivileged, fsbench};
use kit::skip::skip;
use kit::strace::{Counts, Strace, returned};
use kit::tracefs::{tracepoints, with_tracefs};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// A small tree.
struct Tree {
    folder: TempDir,
}

impl Tree {
    /// Directories side by side, each with so many files.
    fn with(dirs: usize, files: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for dir in 0..dirs {
            let dir = folder.path().join(format!("dir-{dir}"));
            fs::create_dir(&dir).unwrap();
            (0..files).for_each(|file| drop(File::create(dir.join(format!("file-{file}"))).unwrap()));
        }
        Self { folder }
    }

    /// 3 directories, 64 files each, and a link.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for dir in ["a", "b", "b/c"] {
            let dir = folder.path().join(dir);
            fs::create_dir(&dir).unwrap();
            (0..64).for_each(|file| drop(File::create(dir.join(format!("file-{file}"))).unwrap()));
        }
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        Self { folder }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What a worker is to read to run one case: once to check, once to count.
    fn script(&self, strategy: Strategy, want: Want, threads: usize) -> PathBuf {
        let root = match strategy.level() {
            Level::Directory => self.root().join("b"),
            Level::Tree => self.root().to_owned(),
        };
        let name = strategy.name();
        let open = json!({"open": {"strategy": name, "want": want, "root": root, "threads": threads, "entries": 65}});
        // A folder of its own: not in the tree, which is listed meanwhile.
        let path = self.root().with_extension(format!("{}.script", name.replace(['/', ':'], "-")));
        fs::write(&path, format!("{open}\n\"verify\"\n\"count\"\n")).unwrap();
        path
    }
}

/// The counts of `strace -f -c`; `None` where there is no strace.
fn strace<A: AsRef<OsStr>>(words: &[A], stdin: Option<&Path>, started: fn(&str) -> Command) -> Option<Counts> {
    let report = NamedTempFile::new().unwrap();
    let mut command = started("strace");
    command.args(["-f", "-c", "-o"]).arg(report.path()).args(words).stdin(input(stdin)).stdout(Stdio::null());
    command.stderr(Stdio::null()).status().ok()?;
    let text = fs::read_to_string(report.path()).unwrap();
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (count, errors) = match fields[..] {
            [_, _, _, count, _] => (count, "0"),
            [_, _, _, count, errors, _] => (count, errors),
            _ => return None,
        };
        let name = fields.last().filter(|&&name| name != "total")?;
        Some(((*name).to_owned(), (count.parse().ok()?, errors.parse().ok()?)))
    };
    Some(text.lines().filter_map(line).collect())
}

/// Ours.
fn trace<A: AsRef<OsStr>>(way: &str, words: &[A], stdin: Option<&Path>, started: fn(&str) -> Command) -> Counts {
    let mut command = started(FSBENCH);
    command.args(["trace", "--format", "json", "--way", way, "--"]).args(words).stdin(input(stdin));
    let traced = Ran::of(&mut command).json();
    assert_eq!(traced["trace"]["lost"], 0);
    let calls = traced["trace"]["calls"].as_object().unwrap();
    calls
        .iter()
        .map(|(name, call)| (name.clone(), (call["count"].as_u64().unwrap(), call["errors"].as_u64().unwrap())))
        .collect()
}

fn input(path: Option<&Path>) -> Stdio {
    path.map_or(Stdio::null(), |path| File::open(path).unwrap().into())
}

/// The ways that are possible here; says why another is not.
fn ways() -> Vec<&'static str> {
    match tracepoints() {
        Ok(()) => vec!["ptrace", "tracepoints"],
        Err(why) => {
            skip("counting through tracepoints", why);
            vec!["ptrace"]
        }
    }
}

/// Holds each way against strace.
fn agree_with_strace<A: AsRef<OsStr>>(what: &str, words: &[A], stdin: Option<&Path>, ways: &[&str]) {
    // All where the same is mounted: a row that reads the list of mounts reads as much of it.
    let started: fn(&str) -> Command =
        if ways.contains(&"tracepoints") { |program| with_tracefs(program) } else { |program| Command::new(program) };
    let Some(expected) = strace(words, stdin, started).filter(|counts| !counts.is_empty()) else {
        return skip("agreement with strace", "no strace, or it may not trace");
    };
    for way in ways {
        assert_eq!(trace(way, words, stdin, started), expected, "{what}, by {way}");
    }
}

#[test]
fn ls_and_find_are_counted_as_strace_counts_them() {
    let tree = Tree::new();
    let root = tree.root().to_str().unwrap();
    let ways = ways();
    agree_with_strace("ls -l", &["ls", "-l", root], None, &ways);
    agree_with_strace("ls -lR", &["ls", "-lR", root], None, &ways);
    agree_with_strace("find", &["find", root, "-type", "f"], None, &ways);
}

#[test]
fn every_single_threaded_strategy_is_counted_as_strace_counts_it() {
    let tree = Tree::new();
    let ways = ways();
    let mut cases = 0;
    for strategy in Strategy::all() {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            if strategy.factors(want).parallel == Parallel::Serial {
                let script = tree.script(strategy, want, 1);
                agree_with_strace(&format!("{strategy:?} {want}"), &[FSBENCH, "worker"], Some(&script), &ways);
                fs::remove_file(script).unwrap();
                cases += 1;
            }
        }
    }
    assert!(cases > 20, "{cases}");
}

#[test]
fn signals_processes_and_programs_started_on_the_way_are_counted_as_strace_counts_them() {
    let ways = ways();
    for script in [
        // A handler runs, and returns.
        "trap : USR1; kill -USR1 $$; exit 0",
        // A real-time signal.
        "trap : 34; kill -34 $$; exit 0",
        // A child, a program in it, and one in place of the shell.
        "(exit 3); /bin/true; exec /bin/true",
        // A death by signal, of a child.
        "sh -c 'kill -9 $$'; exit 0",
    ] {
        agree_with_strace(script, &["sh", "-c", script], None, &ways);
    }
}

#[test]
fn a_program_that_stops_itself_goes_on_when_it_is_told_to() {
    // The child waits until its parent is stopped, by the state that the kernel shows, and sends it on.
    let script =
        "(until grep -q '^State:.[Tt]' /proc/$$/status; do :; done; kill -CONT $$) & kill -STOP $$; wait; exit 7";
    for way in ways() {
        let mut command = if way == "tracepoints" { with_tracefs(FSBENCH) } else { Command::new(FSBENCH) };
        command.args(["trace", "--format", "json", "--way", way, "--", "sh", "-c", script]);
        let traced = Ran::of(&mut command).json();
        assert_eq!(traced["subject"]["command"]["exit_status"], 7, "{way}");
    }
}

#[test]
fn a_command_that_fails_or_is_not_there_is_said() {
    let ran = fsbench(&["trace", "--way", "ptrace", "--", "sh", "-c", "exit 3"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("ended with status 3"), "{}", ran.out);
    let ran = fsbench(&["trace", "--way", "ptrace", "--", "/no/such/program"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("execve '/no/such/program': No such file"), "{}", ran.err);
    let ran = fsbench(&["trace", "--way", "ptrace", "--", "sh", "-c", "kill -9 $$"]);
    assert!(ran.out.contains("ended by a signal"), "{}", ran.out);
}

#[test]
fn without_privileges_calls_are_counted_all_the_same_and_what_is_missing_is_said() {
    let nobody = Unprivileged::new();
    let ran = Ran::of(nobody.command().args(["trace", "--", "true"]));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains(" execve "), "{}", ran.out);
    if ran.out.contains("Seen through kernel tracepoints") {
        return skip("what is missing without privileges", "nothing is: tracefs is everybody's here");
    }
    assert!(ran.out.contains("Counted by ptrace"), "{}", ran.out);
    assert!(ran.out.contains("Kernel tracepoints would show how long calls take"), "{}", ran.out);
}

#[test]
fn a_command_is_ended_with_us_and_what_was_seen_is_shown() {
    let mut command = Command::new(FSBENCH);
    let child =
        command.args(["trace", "--way", "ptrace", "--", "sleep", "1000"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    let pid = Pid::from_child(&child);
    // Until the command is asleep.
    let sleeping = || {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
        let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().flatten();
        let all = threads.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
        let all: Vec<String> = all.chain([children]).collect();
        all.iter()
            .flat_map(|list| list.split_whitespace())
            .any(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n"))
    };
    while !sleeping() {
        std::thread::yield_now();
    }
    kill_process(pid, Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15));
    assert!(String::from_utf8_lossy(&output.stdout).contains("execve"), "{output:?}");
}

#[test]
fn a_listing_is_counted_between_its_marks_alone() {
    let tree = Tree::new();
    let dir = tree.root().join("b");
    for way in ways() {
        let mut command = if way == "tracepoints" { with_tracefs(FSBENCH) } else { Command::new(FSBENCH) };
        command.args(["trace", "--format", "json", "--way", way, "--flat", "-s", "getdents+statx-type"]).arg(&dir);
        let ran = Ran::of(&mut command);
        let traced = ran.json();
        let calls = traced["trace"]["calls"].as_object().unwrap();
        assert_eq!(calls["statx"]["count"], 65, "{way}: {calls:?}");
        assert_eq!(calls["openat"]["count"], 1, "{way}: {calls:?}");
        assert!(!calls.contains_key("getppid") && !calls.contains_key("read"), "{way}: {calls:?}");
        assert_eq!(calls["statx"]["latency"].is_null(), way == "ptrace");
    }
}

#[test]
fn compare_counts_the_calls_of_every_row_and_times_none_of_them() {
    let tree = Tree::new();
    let dir = tree.root().join("b");
    let dir = dir.to_str().unwrap();
    let of = |calls: &str| {
        fsbench(&["compare", "--flat", dir, "--rounds", "2", "--calls", calls, "--format", "json"]).json()
    };
    let record = of("ptrace");
    for case in record["cases"].as_array().unwrap() {
        let measured = &case["outcome"]["measured"];
        if measured.is_null() || case["twin"] != "first" {
            continue;
        }
        let calls = &measured["calls"]["counted"]["trace"]["calls"];
        let strategy = case["strategy"].as_str().unwrap();
        assert!(calls.is_object(), "{strategy}: {measured}");
        match strategy {
            "null" => assert_eq!(calls, &json!({})),
            "getdents/eof" => assert!(calls["getdents64"]["count"].as_u64() >= Some(1), "{calls}"),
            "readdir+lstat" => assert!(calls["newfstatat"]["count"].as_u64() >= Some(65), "{calls}"),
            _ => assert!(calls["getdents64"]["count"].as_u64() >= Some(2), "{strategy}: {calls}"),
        }
    }
    assert_eq!(of("none")["cases"][0]["outcome"]["measured"]["calls"], json!({"uncounted": "nobody asked"}));
}

#[test]
fn lost_records_are_said_and_what_is_not_exact_is_not_shown_as_exact() {
    if let Err(why) = tracepoints() {
        return skip("lost records", why);
    }
    // While we are stopped nobody empties the rings, and 600,000 calls and their entries fill any of them.
    let script = "kill -STOP $PPID; dd if=/dev/zero of=/dev/null bs=1 count=300000; kill -CONT $PPID";
    let trace =
        |format: &str| Ran::of(with_tracefs(FSBENCH).args(["trace", "--format", format, "--", "sh", "-c", script]));
    let table = trace("table");
    assert_eq!(table.code, Some(1), "{}", table.err);
    assert!(table.out.contains("LOST: ") && table.out.contains("≥ "), "{}", table.out);
    let traced = trace("json").json();
    let calls = traced["trace"]["calls"].as_object().unwrap();
    let recorded: u64 = calls.values().map(|call| call["count"].as_u64().unwrap()).sum();
    let total = recorded + traced["trace"]["lost"].as_u64().unwrap();
    // dd's and the shell's beginnings and ends make a few hundred more.
    assert!(recorded < 600_000 && (600_000..602_000).contains(&total), "{recorded} of {total}");
}

#[test]
fn both_ways_see_the_same_run_of_a_threaded_strategy() {
    if let Err(why) = tracepoints() {
        return skip("both ways at once", why);
    }
    let inner = ["--exact", "both_ways_at_once", "--ignored", "--nocapture"];
    let output = with_tracefs(std::env::current_exe().unwrap()).args(inner).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "the test above runs it, where tracefs is mounted"]
fn both_ways_at_once() {
    let tree = Tree::new();
    let mut cases = 0;
    for strategy in Strategy::all() {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            let runs_here = |mut run: Box<dyn fsbench::walk::Run>| run.prepare(&tree.root().join("b"));
            let cannot = strategy.open(want, &Options::default()).and_then(runs_here).is_err();
            if strategy.factors(want).parallel == Parallel::Serial || cannot {
                continue;
            }
            let script = tree.script(strategy, want, 4);
            let (tracepoints, ptrace) = watch_twice(&fs::read(&script).unwrap());
            assert_eq!(counts(&tracepoints), counts(&ptrace), "{strategy:?} {want}");
            assert_eq!(tracepoints.uring_operations, ptrace.uring_operations, "{strategy:?} {want}");
            fs::remove_file(script).unwrap();
            cases += 1;
        }
    }
    assert!(cases > 10, "{cases}");
}

/// One run of a worker, seen by tracepoints and by ptrace.
fn watch_twice(script: &[u8]) -> (Trace, Trace) {
    let attach = |pid| Watch::attach(Choice::Ptrace, pid, FROM_EXEC).unwrap();
    watch_with(script, attach, |ptrace, _| {
        let seen = ptrace.finish().unwrap();
        assert_eq!(seen.status, Some(9));
        seen.trace
    })
}

const FROM_EXEC: Scope = Scope { start: Start::AtExec, window: Window::Whole, detail: Detail::Latencies, until: None };

/// One run of a worker, seen by tracepoints and by another watcher: from its execve until it has answered and all its threads
/// sleep. Then it is killed. Had it ended by itself, it would have killed threads in the middle of what they were doing.
fn watch_with<W, S>(script: &[u8], attach: impl FnOnce(Pid) -> W, finish: impl FnOnce(W, Child) -> S) -> (Trace, S) {
    let mut command = Command::new(FSBENCH);
    command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped());
    let held = Held::new(command).unwrap();
    let pid = held.pid();
    let tracepoints = Watch::attach(Choice::Tracepoints, pid, FROM_EXEC).unwrap();
    let other = attach(pid);
    let mut started = held.release().unwrap();
    // It stays open until the end: the read that the worker waits in must not succeed while it is killed.
    let mut stdin = started.child.stdin.take().unwrap();
    stdin.write_all(script).unwrap();
    let answers = BufReader::new(started.child.stdout.take().unwrap()).lines().take(script.lines().count());
    assert!(answers.last().unwrap().unwrap().starts_with(r#"{"counted":"#));
    while !all_asleep(pid) {
        std::thread::yield_now();
    }
    kill_process(pid, Signal::KILL).unwrap();
    let other = finish(other, started.child);
    let tracepoints = tracepoints.finish().unwrap().trace;
    assert_eq!(tracepoints.lost, 0);
    (tracepoints, other)
}

#[test]
fn strace_counts_the_same_in_the_same_run_of_a_threaded_walk() {
    if let Err(why) = tracepoints().and_then(|()| Strace::can_attach()) {
        return skip("tracepoints and strace at once", why);
    }
    let inner = ["--exact", "strace_at_once", "--ignored", "--nocapture"];
    let output = with_tracefs(std::env::current_exe().unwrap()).args(inner).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "the test above runs it, where tracefs is mounted"]
fn strace_at_once() {
    let tree = Tree::with(60, 50);
    for (name, want) in ["rayon", "jwalk", "stealing"].iter().flat_map(|name| Want::ALL.map(|want| (*name, want))) {
        let strategy = Strategy::all().find(|strategy| strategy.name() == name).unwrap();
        let script = tree.script(strategy, want, 4);
        let text = fs::read(&script).unwrap();
        for repetition in 1..=3 {
            let (tracepoints, strace) = watch_with(&text, |pid| Strace::attach(pid).unwrap(), Strace::finish);
            assert_eq!(counts(&tracepoints), strace, "{name} {want}, repetition {repetition}");
            assert!(strace.values().map(|(count, _)| count).sum::<u64>() > 100, "{strace:?}");
        }
        fs::remove_file(script).unwrap();
    }
}

#[test]
fn a_call_in_a_report_of_strace_is_counted_once_and_only_if_it_returned() {
    let report = r#"7 openat(3, " = ?(", O_RDONLY <unfinished ...>
8 futex(0x5, FUTEX_WAIT_PRIVATE, 1, NULL <unfinished ...>
7 <... openat resumed>) = -1 ENOENT (No such file or directory)
7 --- SIGCHLD {si_signo=SIGCHLD} ---
9 read(0, "\n", 8) = 1
8 <... futex resumed>) = ?
7 read(0, 0x1, 8) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
7 exit_group(0) = ?
7 +++ killed by SIGKILL +++"#;
    let calls: Vec<_> = report.lines().filter_map(returned).collect();
    assert_eq!(calls, [("openat", true), ("read", false), ("read", true)]);
}

#[test]
fn a_process_whose_first_thread_has_ended_is_traced_all_the_same() {
    let script = format!(
        "import ctypes, os, sys, threading\n\
         def work():\n sys.stdin.readline(); [os.getppid() for _ in range(100)]; os._exit(3)\n\
         threading.Thread(target=work).start(); ctypes.CDLL(None).syscall({}, 0)",
        libc::SYS_exit
    );
    let mut command = Command::new("python3");
    let Ok(mut child) = command.args(["-c", &script]).stdin(Stdio::piped()).spawn() else {
        return skip("a process whose first thread has ended", "no python3");
    };
    let state = || fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    while !state().contains("State:\tZ") {
        std::thread::yield_now();
    }
    let scope = Scope { start: Start::Now, detail: Detail::Counts, ..FROM_EXEC };
    let watch = Watch::attach(Choice::Ptrace, Pid::from_child(&child), scope).unwrap();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let seen = watch.finish().unwrap();
    assert_eq!(seen.trace.calls["getppid"].count, 100);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

/// Whether each thread of a process sleeps, and none has run between two looks at them.
fn all_asleep(process: Pid) -> bool {
    let look = || {
        let tasks = fs::read_dir(format!("/proc/{}/task", process.as_raw_nonzero())).unwrap().flatten();
        let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let lines = |status: String| {
            let told = |line: &&str| line.starts_with("State:") || line.contains("ctxt_switches:");
            status.lines().filter(told).map(str::to_owned).collect::<Vec<_>>()
        };
        tasks.map(status).map(lines).collect::<Vec<_>>()
    };
    let first = look();
    std::thread::sleep(Duration::from_millis(5));
    let asleep = |thread: &Vec<String>| thread.iter().any(|line| line.starts_with("State:\tS"));
    first.iter().all(asleep) && look() == first
}

fn counts(trace: &Trace) -> Counts {
    trace.calls.iter().map(|(name, call)| (name.clone(), (call.count, call.errors))).collect()
}
