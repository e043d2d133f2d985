//! The commands on a file system that fails, lies, has no end or does not answer: what cannot be had is said, the rest
//! is right, and a signal ends the wait.

use crate::kit::command::{FSBENCH, Ran, fsbench, heeding};
use crate::kit::faults::{Call, Fault, Faults, Gate};
use crate::kit::skip::skip;
use crate::kit::slow::Slow;
use crate::kit::strace::Strace;
use fuser::{BackgroundSession, Errno, FileType};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The root holds d1 to d3 and f0 to f2, the others files.
const TREE: Slow = Slow { latency: Duration::ZERO, directories: 4, files: 3 };

fn mounted(faults: Faults) -> Option<(TempDir, BackgroundSession)> {
    let folder = tempfile::tempdir().unwrap();
    match TREE.mount_with(faults, folder.path()) {
        Ok(session) => Some((folder, session)),
        Err(why) => {
            skip("a file system with faults", why);
            None
        }
    }
}

const COMPARE: [&str; 10] =
    ["compare", "-s", "serial", "-s", "stealing", "--baseline", "serial", "--rounds", "1", "--calls=none"];

#[test]
fn count_and_compare_say_what_they_leave_out() {
    let fails = |errno| Fault::Error(errno);
    for (call, about, fault, said, left) in [
        (Call::Opendir, TREE.directory(2), fails(Errno::EIO), "openat", 12),
        (Call::Opendir, TREE.directory(2), fails(Errno::ENOENT), "openat", 12),
        (Call::Lookup, TREE.directory(2), fails(Errno::ESTALE), "openat", 12),
        (Call::Readdir, TREE.directory(2), fails(Errno::ENOTCONN), "getdents64", 12),
        (Call::Readdir, TREE.directory(2), Fault::Breaks(1, Errno::EIO), "getdents64", 13),
        (Call::Entry, TREE.file(0, 1), Fault::Type(FileType::Directory), "openat", 15),
    ] {
        let Some((folder, _session)) = mounted(Faults::default().with(call, about, fault)) else { return };
        let what = format!("{call:?}, {about:?}");
        let named = folder.path().join(if call == Call::Entry { "f1" } else { "d2" });
        let told = format!("fsbench: {said} '{}': ", named.display());
        let counted = fsbench(&[Path::new("count"), folder.path()]);
        assert_eq!(counted.code, Some(1), "{what}: {}", counted.err);
        assert!(counted.err.starts_with(&told) && counted.err.lines().count() == 1, "{what}: {}", counted.err);
        assert!(counted.out.starts_with(&format!("{left} entries: ")), "{what}: {}", counted.out);
        let compared = Ran::of(Command::new(FSBENCH).args(COMPARE).arg(folder.path()));
        assert_eq!(compared.code, Some(1), "{what}: {}", compared.err);
        assert!(compared.err.contains(&told[9..]), "{what}: {}", compared.err);
        assert!(compared.err.contains("every row that was verified left out just that"), "{what}: {}", compared.err);
        assert!(!compared.out.contains("wrong:"), "{what}: {}", compared.out);
    }
}

#[test]
fn count_and_compare_take_what_is_odd_as_it_is() {
    for (call, about, fault, entries) in [
        (Call::Readdir, TREE.directory(2), Fault::Twice, 18),
        (Call::Readdir, TREE.directory(0), Fault::Short(1), 15),
        (Call::Entry, TREE.directory(2), Fault::Type(FileType::RegularFile), 12),
        (Call::Entry, TREE.file(0, 1), Fault::NoInode, 15),
        (Call::Statfs, TREE.directory(0), Fault::Error(Errno::EIO), 15),
    ] {
        let Some((folder, _session)) = mounted(Faults::default().with(call, about, fault)) else { return };
        let what = format!("{call:?}, {about:?}");
        let counted = fsbench(&[Path::new("count"), folder.path()]);
        assert_eq!((counted.code, &*counted.err), (Some(0), ""), "{what}");
        assert!(counted.out.starts_with(&format!("{entries} entries: ")), "{what}: {}", counted.out);
        let compared = Ran::of(Command::new(FSBENCH).args(COMPARE).arg(folder.path()));
        assert_eq!(compared.code, Some(0), "{what}: {}{}", compared.err, compared.out);
    }
}

/// Ends what waits for an answer, whatever happens: nothing else can.
struct Opens<'g>(&'g Gate);

impl Drop for Opens<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

#[test]
fn a_signal_ends_a_comparison_whose_workers_wait_for_an_answer() {
    for call in [Call::Opendir, Call::Readdir] {
        let gate = Arc::new(Gate::default());
        let held = Faults::default().with(call, TREE.directory(3), Fault::Held(Arc::clone(&gate)));
        let Some((folder, _session)) = mounted(held) else { return };
        let _opens = Opens(&gate);
        let mut command = Command::new(FSBENCH);
        command.args(COMPARE).arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut running = heeding(&mut command).spawn().unwrap();
        let start = Instant::now();
        while gate.held() == 0 {
            assert!(start.elapsed() < Duration::from_secs(60) && running.try_wait().unwrap().is_none(), "{call:?}");
            thread::sleep(Duration::from_millis(5));
        }
        let start = Instant::now();
        kill_process(Pid::from_child(&running), Signal::INT).unwrap();
        let status = running.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{call:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{call:?}: {:?}", start.elapsed());
        assert!(gate.held() > 0, "the answer has still not come");
    }
}

#[test]
fn a_directory_without_end_is_listed_until_somebody_has_enough() {
    let endless = Faults::default().with(Call::Readdir, TREE.directory(0), Fault::Endless);
    let Some((folder, _session)) = mounted(endless) else { return };

    // A reader that leaves.
    let mut listing =
        Command::new(FSBENCH).args(["ls", "-U1"]).arg(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> =
        BufReader::new(listing.stdout.take().unwrap()).lines().map(Result::unwrap).take(5000).collect();
    assert_eq!(lines.len(), 5000);
    assert!(lines.contains(&"f4000".to_owned()));
    assert_eq!(listing.wait().unwrap().signal(), Some(libc::SIGPIPE));

    // A signal.
    let compare = [&COMPARE[..], &["--want", "names"]].concat();
    for (arguments, code) in [(vec!["count"], None), (vec!["ls"], None), (compare, Some(130))] {
        let mut command = Command::new(FSBENCH);
        command.args(&arguments).arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = heeding(&mut command).spawn().unwrap();
        thread::sleep(Duration::from_secs(1));
        assert!(running.try_wait().unwrap().is_none(), "{arguments:?} ended");
        let start = Instant::now();
        kill_process(Pid::from_child(&running), Signal::INT).unwrap();
        let status = running.wait().unwrap();
        assert!(start.elapsed() < Duration::from_secs(20), "{arguments:?}: {:?}", start.elapsed());
        assert_eq!(status.code(), code, "{arguments:?}");
        assert_eq!(status.signal(), if code.is_none() { Some(libc::SIGINT) } else { None }, "{arguments:?}");
    }
}

#[test]
fn whichever_call_fails_nothing_is_left_out_without_a_word() {
    if let Err(why) = Strace::can_attach() {
        return skip("calls that fail", why);
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let directories = [root.clone(), root.join("a"), root.join("a/b")];
    for directory in &directories {
        fs::create_dir(directory).unwrap();
        fs::write(directory.join("file"), "").unwrap();
        symlink("file", directory.join("link")).unwrap();
    }
    let calls = ["openat", "getdents64", "statx", "?newfstatat", "fstat", "?fstatfs", "lseek", "readlinkat", "ioctl"];
    let mut injected = 0;
    for command in [&["ls", "-lR"][..], &["ls", "-R"], &["count"], &["count", "--size"]] {
        let whole = Ran::of(Command::new(FSBENCH).args(command).arg(&root));
        assert_eq!((whole.code, &*whole.err), (Some(0), ""), "{command:?}");
        for call in calls {
            for (errno, said) in [
                ("EIO", "Input/output error"),
                ("EACCES", "Permission denied"),
                ("ENOENT", "No such file or directory"),
                ("ENOMEM", "Cannot allocate memory"),
            ] {
                for when in ["1", "2", "3+"] {
                    let trace = folder.path().join("trace");
                    let mut strace = Command::new("strace");
                    strace.args(["-f", "-o"]).arg(&trace);
                    for directory in &directories {
                        strace.arg("-P").arg(directory);
                    }
                    strace.args(["-e", &format!("trace={call}")]);
                    strace.args(["-e", &format!("inject={call}:error={errno}:when={when}"), FSBENCH]);
                    let ran = Ran::of(strace.args(command).arg(&root));
                    let what = format!("{command:?}, {call} number {when}: {errno}: {}", ran.err);
                    assert!(matches!(ran.code, Some(0..=2)), "{what}");
                    let was = fs::read_to_string(&trace).unwrap().matches("(INJECTED)").count();
                    injected += was;
                    if ran.code == Some(0) {
                        // A directory that has gone meanwhile is at its end: all calls after the first are refused as
                        // well.
                        let is_gone = (call, errno) == ("getdents64", "ENOENT") && was > 0;
                        assert!(ran.out == whole.out || is_gone, "{what}{}", ran.out);
                    } else {
                        assert!(ran.err.contains(said) && ran.err.contains(root.to_str().unwrap()), "{what}");
                    }
                }
            }
        }
    }
    assert!(injected > 100, "only {injected} calls failed");
}
